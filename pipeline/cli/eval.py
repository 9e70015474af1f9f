"""`wire eval`: quality on labelled data."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import settings_from
from pipeline.errors import Usage
from pipeline.log import configure

WHAT = ("dedup", "topics", "entities", "keywords")
WITH_CONFIDENCES = ("topics", "entities")


def command(
    what: Annotated[str, typer.Argument(help=f"What to measure: {', '.join(WHAT)}.", metavar="WHAT")],
    data: Annotated[list[str], typer.Argument(help="Labelled JSON lines, gzipped or not.", metavar="DATA…")],
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the figures here as JSON.")] = None,
    errors: Annotated[int, typer.Option(min=0, help="How many of the worst errors to show.")] = 10,
    plot: Annotated[Path | None, typer.Option(help="Draw the reliability of confidences here, as SVG.")] = None,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Also judge each source by a model that never saw it (minutes).")
    ] = False,
) -> int:
    """Measure deduplication, topics, entities or keywords on labelled data: tables, JSON, worst errors."""
    if what not in WHAT:
        raise Usage(f"there is nothing to measure called '{what}'; choose one of {', '.join(WHAT)}.")
    for path in data:
        if not Path(path).is_file():
            raise Usage(f"there is no file {path}; name labelled JSON lines.")
    if (plot or leave_out) and what not in WITH_CONFIDENCES:
        raise Usage(
            f"--plot and --leave-out go with {' and '.join(WITH_CONFIDENCES)}; {what} are not learnt from labels."
        )
    configure(settings_from())
    run = import_module(f"pipeline.evaluation.{what}").run
    more = {"plot": plot, "leave_out": leave_out} if what in WITH_CONFIDENCES else {}
    return int(run(data, json_out, errors, **more))
