"""`wire bench`: our pipeline beside Quix Streams, Bytewax, a plain loop and plain Faust, in one run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from pipeline.errors import Unavailable


def command(
    quick: Annotated[bool, typer.Option("--quick", help="Rough ratios in under a minute.")] = False,
    rounds: Annotated[int | None, typer.Option(min=1, help="Turns of each contender.")] = None,
    stories: Annotated[int | None, typer.Option(min=200, help="Stories of the backlog.")] = None,
    feed: Annotated[Path | None, typer.Option(help="JSON lines (.gz) to use instead.")] = None,
    broker: Annotated[str | None, typer.Option(help="A Kafka to use instead of the embedded one.")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the figures here as JSON.")] = None,
    plot_out: Annotated[Path | None, typer.Option("--plot", help="Write a plot here, PNG or SVG.")] = None,
) -> int:
    """Measure the same job on our pipeline and its peers: throughput, CPU, latency, memory."""
    try:
        from bench import report, run
    except ImportError as e:
        raise Unavailable("the bench is in the source tree only; clone the repository and run ./wire bench.") from e
    console = Console()
    wanted = run.plan(quick, rounds, stories)
    found, name = run.feed(feed)
    console.print(f"{len(found)} stories of {name}; {', '.join(c.name for c in wanted.contenders)}")
    bare = run.bare(found[: 100 + min(1500, wanted.stories)])
    told = run.summary(run.measure(wanted, found, broker, console), bare) | {"environment": run.environment()}
    report.show(told, console)
    if json_out is not None:
        json_out.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    if plot_out is not None:
        report.plot(told, plot_out)
        console.print(f"plot written to {plot_out}")
    return 0
