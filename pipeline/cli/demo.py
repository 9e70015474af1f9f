"""`wire demo`: the main job on this machine, from nothing, with one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipeline.cli.options import settings_from
from pipeline.errors import Usage
from pipeline.log import configure

SEEDS = Path(__file__).resolve().parents[2] / "seeds"


SEEDS_RATE = 40.0
"""Stories a second of the seeds: so that a kill finds its story out already, and not still on its way."""


def command(
    feed: Annotated[list[str] | None, typer.Argument(help="What to replay instead of seeds/.")] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.1, help="Stories a second. Without: seeds/ at a pace for watching."),
    ] = None,
    partitions: Annotated[int, typer.Option(min=1, help="Partitions; with several, copies overtake each other.")] = 1,
) -> int:
    """Start an embedded Kafka and a worker, replay seeds/, show what became of every story, and clean up."""
    paths = feed or [str(SEEDS), str(SEEDS / "scenarios")]
    for path in paths:
        if path != "-" and not Path(path).exists():
            raise Usage(f"there is no {path}; name a file or folder, or none for seeds/.")
    settings = settings_from(partitions=partitions)
    configure(settings)
    from pipeline.demo.act import Act
    from pipeline.demo.run import run

    console = Console()
    if not console.is_terminal:
        console = Console(width=120)  # a log file wraps nothing
    if feed:
        return run(settings, paths, None, rate, console)
    return run(settings, paths, Act(SEEDS), rate or SEEDS_RATE, console)
