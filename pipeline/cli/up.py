"""`wire up` and `wire down`: the whole pipeline under Docker compose, by `deploy/compose.yaml`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from pipeline.errors import Unavailable, Usage
from pipeline.settings import Settings

COMPOSE_FILE = Path(__file__).resolve().parents[2] / "deploy" / "compose.yaml"


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
        environment = {"WIRE_REPLAY_PATH": str(replay.resolve()), "WIRE_REPLAY_RATE": str(rate)}
        options = ["--profile", "replay"]
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
    return compose("--profile", "*", "down", *(["--volumes"] if volumes else []))


def addresses(environment: Mapping[str, str]) -> Table:
    """What is where, on this machine. Ports may be set by `WIRE_…_PORT`, see `deploy/compose.yaml`."""

    def port(name: str, default: int) -> str:
        return environment.get(f"WIRE_{name}_PORT") or str(default)

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("what", "where", "for"):
        table.add_column(column)
    table.add_row("Grafana", f"http://127.0.0.1:{port('GRAFANA', 3000)}", "the dashboards; Wire overview comes first")
    table.add_row("Prometheus", f"http://127.0.0.1:{port('PROMETHEUS', 9090)}", "alerts, targets, ad-hoc queries")
    kafka = f"127.0.0.1:{port('KAFKA', 9092)}"
    option = "" if kafka == Settings.model_fields["broker"].default else f" --broker {kafka}"
    table.add_row("Kafka", kafka, f"./wire replay seeds/{option}")
    return table


def compose(*arguments: str, environment: Mapping[str, str] | None = None) -> int:
    """Run `docker compose` on our file, its output passed through. Returns its exit status.

    Raises Unavailable where there is no source tree, no docker, no engine or no compose.
    """
    if not COMPOSE_FILE.is_file():
        raise Unavailable(
            "the compose files are in the source tree only; clone the repository and run ./wire up there."
        )
    if shutil.which("docker") is None:
        raise Unavailable("there is no docker command; install Docker with the compose plugin, or use `wire demo`.")
    for command, remedy in (
        (["docker", "compose", "version"], "install the compose plugin (version 2.24 or newer)"),
        (["docker", "version"], "start the Docker engine, or ask for the right to use it"),
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise Unavailable(f"`{' '.join(command)}` fails; {remedy}. It says: {' '.join(said)}")
    command = ["docker", "compose", "-f", str(COMPOSE_FILE), *arguments]
    return subprocess.call(command, env={**os.environ, **(environment or {})})
