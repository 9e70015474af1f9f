"""`wire broker`: the embedded Kafka in the foreground."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.cli.options import settings_from
from pipeline.log import configure
from pipeline.settings import Settings


class _Terminated(BaseException):
    """SIGTERM: not an Exception, so that nothing on the way takes it for a failure."""


def command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="On loopback; 0: any free one.")] = 9092,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where its data lives. [kafka in WIRE_DATA_DIR]", show_default=False)
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the data first.")] = False,
    heap_mb: Annotated[int, typer.Option(min=128, help="Java heap in MB.")] = 512,
) -> int:
    """Run a real single-node Kafka here until Ctrl-C. Its data stays for the next time."""
    from pipeline.broker.embedded import EmbeddedKafka

    settings = settings_from()
    configure(settings)
    console = Console(stderr=True)
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        with console.status("starting Kafka …") as status:
            kafka = EmbeddedKafka(
                data_dir or settings.data_dir / "kafka", settings.data_dir, port, heap_mb, progress=status.update
            )
            if fresh:
                kafka.erase()
            kafka.start()
        try:
            print(_welcome(kafka.bootstrap, kafka.data_dir, kafka.log_path, settings), flush=True)
            kafka.wait()
        finally:
            with console.status("stopping Kafka …"):
                kafka.stop()
            print("Kafka has stopped; its data stays.", file=sys.stderr)
    except _Terminated:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def _terminate(*_: object) -> None:
    raise _Terminated


def _welcome(bootstrap: str, data_dir: Path, log: Path, settings: Settings) -> str:
    from pipeline.broker.jars import KAFKA_VERSION

    lines = [
        f"Kafka {KAFKA_VERSION} listens on {bootstrap}: one node, for this machine only.",
        f"data: {data_dir}",
        f"log:  {log}",
        "",
        "In another terminal:",
    ]
    if settings.bootstrap != [bootstrap]:
        lines.append(f"  export WIRE_BROKER={bootstrap}")
    lines += [
        "  wire topics          create the topics",
        "  wire worker          run the stages",
        "  wire replay PATH…    feed it",
        "  wire tail --follow   read what comes out",
        "",
        "Ctrl-C stops it.",
    ]
    return "\n".join(lines)
