"""`wire worker`: run stages on Kafka until told to stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Annotated

import typer

from pipeline.cli.options import settings_from
from pipeline.errors import Usage
from pipeline.log import configure
from pipeline.topology import FLOW

ALL_STAGES = ",".join(stage.name for stage in FLOW)


def command(
    stages: Annotated[str, typer.Option(help="Stages to run, parted by commas.", metavar="LIST")] = ALL_STAGES,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    group: Annotated[str | None, typer.Option(help="Consumer group. [WIRE_GROUP]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
    metrics_host: Annotated[str | None, typer.Option(help="Address of /metrics. [WIRE_METRICS_HOST]")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Its port; 0: a free one. [WIRE_METRICS_PORT]")] = None,
    stop_with_parent: Annotated[bool, typer.Option("--stop-with-parent", hidden=True)] = False,
    log_level: Annotated[str | None, typer.Option(help="DEBUG, INFO, WARNING, ERROR. [WIRE_LOG_LEVEL]")] = None,
) -> int:
    """Run the Faust worker: parse, dedup, tag, classify, deliver. Start as many as you like."""
    names = [name.strip() for name in stages.split(",") if name.strip()]
    known = [stage.name for stage in FLOW]
    for name in names:
        if name not in known:
            raise Usage(f"there is no stage '{name}'; stages are {', '.join(known)}.")
    if not names:
        raise Usage(f"--stages names no stage; stages are {', '.join(known)}.")
    settings = settings_from(
        broker=broker,
        group=group,
        topic_prefix=prefix,
        metrics_host=metrics_host,
        metrics_port=metrics_port,
        log_level=log_level,
    )
    configure(settings)
    from pipeline.broker.admin import require_topics

    require_topics(settings)
    if stop_with_parent:
        _stop_with_parent()
    sys.argv = sys.argv[:1]  # Faust reads the command line on its own where it can
    from agents.worker import run

    return run(settings, names)


def _stop_with_parent() -> None:
    """Whoever started this worker may be killed without a chance to stop it; then it stops by itself."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
