"""`wire up` and `wire down`: the whole pipeline under Docker compose, by `deploy/compose.yaml`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from pipeline.cli.compose import compose, port_of, require_docker, require_ports, require_room
from pipeline.errors import Unavailable, Usage
from pipeline.settings import Settings


def up(
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many workers.")] = 1,
    replay: Annotated[
        Path | None,
        typer.Option(help="A folder of stories to send round and round as a simulated feed.", metavar="PATH"),
    ] = None,
    rate: Annotated[float, typer.Option(min=0.01, help="With --replay: so many stories a second.", metavar="N")] = 5.0,
) -> int:
    """Build and start Kafka, workers, Prometheus and Grafana under Docker compose; returns when all is healthy."""
    environment = {}
    options: list[str] = []
    if replay is not None:
        if not replay.is_dir():
            raise Usage(f"--replay takes a folder, because it is mounted into a container; {replay} is none.")
        if sys.platform == "linux" and replay.stat().st_mode & 0o005 != 0o005:
            raise Usage(f"the container's user cannot read {replay}; make it readable: chmod o+rx {replay}")
        environment = {"WIRE_REPLAY_PATH": str(replay.resolve()), "WIRE_REPLAY_RATE": str(rate)}
        options = ["--profile", "replay"]
    require_docker()
    require_ports()
    require_room()
    status = compose(*options, "up", "-d", "--build", "--wait", "--scale", f"worker={workers}", environment=environment)
    if status:
        raise Unavailable(
            "not everything came up healthy; see `docker compose -f deploy/compose.yaml logs`, and docs/operations.md."
        )
    Console().print(addresses(os.environ))
    return 0


def down(
    volumes: Annotated[bool, typer.Option("--volumes", help="Delete the stories, state and metrics too.")] = False,
) -> int:
    """Stop what `wire up` started, in order. Stories, state and metrics stay on their volumes."""
    return compose("--profile", "*", "down", "--remove-orphans", *(["--volumes"] if volumes else []))


def addresses(environment: Mapping[str, str]) -> Table:
    """What is where, on this machine. Ports may be set by `WIRE_…_PORT`, see `deploy/compose.yaml`."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("what", "where", "for"):
        table.add_column(column)
    grafana = f"http://127.0.0.1:{port_of('grafana', environment)}"
    table.add_row("Grafana", grafana, "the dashboards; Wire overview comes first")
    prometheus = f"http://127.0.0.1:{port_of('prometheus', environment)}"
    table.add_row("Prometheus", prometheus, "alerts, targets, ad-hoc queries")
    kafka = f"127.0.0.1:{port_of('kafka', environment)}"
    option = "" if kafka == Settings.model_fields["broker"].default else f" --broker {kafka}"
    table.add_row("Kafka", kafka, f"./wire replay seeds/{option}")
    return table
