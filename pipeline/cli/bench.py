"""`wire bench`: our pipeline beside Quix Streams, Bytewax, a plain loop and plain Faust, in one run."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from pipeline.errors import Unavailable, Usage

SOURCE_TREE = Path(__file__).resolve().parents[2]

SMALLEST_MEMORY = 20_000
"""Less cannot be held against the cost at 10,000."""

WARM_UP_AND_LATENCY = 1000
"""Stories wanted besides the backlog."""


def command(
    quick: Annotated[bool, typer.Option("--quick", help="Rough ratios in under a minute.")] = False,
    rounds: Annotated[int | None, typer.Option(min=1, help="Turns of each contender.")] = None,
    stories: Annotated[int | None, typer.Option(min=200, help="Stories of the backlog.")] = None,
    feed: Annotated[Path | None, typer.Option(help="JSON lines (.gz) to use instead.")] = None,
    broker: Annotated[str | None, typer.Option(help="A Kafka to use instead of the embedded one.")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the figures here as JSON.")] = None,
    memory: Annotated[
        int | None, typer.Option(min=0, help="Stories to fill dedup's memory with; 0: leave it out.")
    ] = None,
    only_memory: Annotated[bool, typer.Option("--only-memory", help="Measure dedup's memory, nothing else.")] = False,
    plot_out: Annotated[Path | None, typer.Option("--plot", help="Write a plot here, PNG or SVG.")] = None,
) -> int:
    """Measure the same job on our pipeline and its peers: throughput, CPU, latency, memory, catching up."""
    _writable(json_out, "--json", ())
    _writable(plot_out, "--plot", (".png", ".svg"))
    sys.path.append(str(SOURCE_TREE))  # an installed package leaves the bench out
    try:
        from bench import report, run
        from bench.bars import judged
        from bench.feed import feed as read_feed
        from bench.summary import summary
    except ImportError as e:
        raise Unavailable("the bench is in the source tree only; clone the repository and run ./wire bench.") from e
    if only_memory and memory == 0:
        raise Usage("--only-memory and --memory 0 leave nothing to measure; give one of them.")
    if memory and memory < SMALLEST_MEMORY:
        raise Usage(f"--memory: {SMALLEST_MEMORY:,} stories at least, to compare with, or 0.")
    console = Console()
    if only_memory:
        from bench.recovery import measure

        found = measure(memory or run.FULL_MEMORY, lambda line: console.print(line, markup=False, highlight=False))
        _write(json_out, {"memory": asdict(found), "environment": run.environment()})
        return 0
    wanted = run.plan(quick, rounds, stories, memory)
    given, name = read_feed(feed)
    needed = WARM_UP_AND_LATENCY + wanted.stories
    if len(given) < needed:
        raise Usage(
            f"{name} has {len(given)} stories, and {needed} are needed; give fewer --stories or another --feed."
        )
    console.print(f"{len(given)} stories of {name}; {', '.join(c.name for c in wanted.contenders)}")
    told = summary(run.measure(wanted, given, feed, broker, console)) | {"environment": run.environment()}
    told["bars"] = judged(told)
    report.show(told, console)
    _write(json_out, told)
    if plot_out is not None:
        report.plot(told, plot_out)
        console.print(f"plot written to {plot_out}")
    failed = [name for name, figures in told["contenders"].items() if figures["failures"]]
    return 1 if failed else 0


def _write(path: Path | None, told: dict[str, Any]) -> None:
    if path is not None:
        path.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))


def _writable(path: Path | None, option: str, endings: tuple[str, ...]) -> None:
    """Better now than after twenty minutes. Raises Usage."""
    if path is None:
        return
    if endings and path.suffix.lower() not in endings:
        raise Usage(f"{option}: {path} must end in {' or '.join(endings)}.")
    if path.is_dir() or not path.parent.is_dir():
        raise Usage(f"{option}: {path} cannot be written; its folder is not there.")
