"""`wire bench`: our pipeline beside Quix Streams, Bytewax, a plain loop and plain Faust, in one run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from pipeline.errors import Unavailable, Usage

SOURCE_TREE = Path(__file__).resolve().parents[2]

WARM_UP_AND_LATENCY = 1000
"""Stories wanted besides the backlog."""


def command(
    quick: Annotated[bool, typer.Option("--quick", help="Rough ratios in under a minute.")] = False,
    rounds: Annotated[int | None, typer.Option(min=1, help="Turns of each contender.")] = None,
    stories: Annotated[int | None, typer.Option(min=200, help="Stories of the backlog.")] = None,
    feed: Annotated[Path | None, typer.Option(help="JSON lines (.gz) to use instead.")] = None,
    broker: Annotated[str | None, typer.Option(help="A Kafka to use instead of the embedded one.")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the figures here as JSON.")] = None,
    horizon: Annotated[
        int | None, typer.Option(min=10_000, help="Instead: fill dedup's memory with so many made-up stories.")
    ] = None,
    plot_out: Annotated[Path | None, typer.Option("--plot", help="Write a plot here, PNG or SVG.")] = None,
) -> int:
    """Measure the same job on our pipeline and its peers: throughput, CPU, latency, memory, catching up."""
    _writable(json_out, "--json", ())
    _writable(plot_out, "--plot", (".png", ".svg"))
    sys.path.append(str(SOURCE_TREE))  # an installed package leaves the bench out
    try:
        from bench import report, run
        from bench.feed import feed as read_feed
        from bench.summary import summary
    except ImportError as e:
        raise Unavailable("the bench is in the source tree only; clone the repository and run ./wire bench.") from e
    if horizon is not None:
        from bench.horizon import main as fill

        fill([size for size in (10_000, 100_000, 300_000) if size < horizon] + [horizon])
        return 0
    console = Console()
    wanted = run.plan(quick, rounds, stories)
    found, name = read_feed(feed)
    needed = WARM_UP_AND_LATENCY + wanted.stories
    if len(found) < needed:
        raise Usage(
            f"{name} has {len(found)} stories, and {needed} are needed; give fewer --stories or another --feed."
        )
    console.print(f"{len(found)} stories of {name}; {', '.join(c.name for c in wanted.contenders)}")
    told = summary(run.measure(wanted, found, feed, broker, console)) | {"environment": run.environment()}
    report.show(told, console)
    if json_out is not None:
        json_out.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    if plot_out is not None:
        report.plot(told, plot_out)
        console.print(f"plot written to {plot_out}")
    failed = [name for name, figures in told["contenders"].items() if figures["failures"]]
    return 1 if failed else 0


def _writable(path: Path | None, option: str, endings: tuple[str, ...]) -> None:
    """Better now than after twenty minutes. Raises Usage."""
    if path is None:
        return
    if endings and path.suffix.lower() not in endings:
        raise Usage(f"{option}: {path} must end in {' or '.join(endings)}.")
    if path.is_dir() or not path.parent.is_dir():
        raise Usage(f"{option}: {path} cannot be written; its folder is not there.")
