"""The tables of `wire eval entities`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from pipeline.evaluation import reliability
from pipeline.evaluation.reuters import Places

if TYPE_CHECKING:
    from pipeline.evaluation.entities import Result

TYPES = ("person", "organisation", "place")


def print_names(console: Console, title: str, results: dict[str, Result]) -> None:
    """Names found in labelled text: precision, recall and F1 by source, and F1 by kind."""
    table = Table(title=title, title_justify="left")
    table.add_column("source", no_wrap=True)
    for column in ("names", "P", "R", "F1 typed", "F1 untyped", *TYPES, "calibration error"):
        table.add_column(column, justify="right")
    for source, r in results.items():
        typed = r.typed.score()
        table.add_row(
            source, str(r.typed.wanted), f"{typed.precision:.3f}", f"{typed.recall:.3f}", f"{typed.f1:.3f}",
            f"{r.untyped.score().f1:.3f}", *(f"{r.by_type[kind].score().f1:.3f}" for kind in TYPES),
            f"{reliability.error(reliability.bins(r.answers)):.3f}",
        )  # fmt: skip
    console.print(table)


def print_details(console: Console, results: dict[str, Result], limit: int) -> None:
    """For each source what was taken for what, the reliability of confidences, and the most frequent errors."""
    kinds = (*TYPES, "none")
    for source, r in results.items():
        table = Table("labelled as", *kinds, title=f"{source}: names by the kind that was given", title_justify="left")
        for gold in kinds:
            table.add_row(gold, *(str(r.confusion[gold, given] or "") for given in kinds))
        console.print(table)
        console.print(reliability.table(f"{source}: reliability", reliability.bins(r.answers)))
        if limit and r.errors:
            console.print(f"{source}, most frequent errors:")
            for error, n in r.errors.most_common(limit):
                console.print(f"  {n:4d}  {error}", markup=False)


def print_places(console: Console, places: Places, limit: int) -> None:
    """Countries against those that editors gave."""
    table = Table(title="Countries against Reuters' place tags", title_justify="left")
    table.add_column("counted")
    for column in ("P", "R", "F1"):
        table.add_column(column, justify="right")
    for name, score in places.scores.items():
        table.add_row(name, f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}")
    console.print(table)
    for error, n in places.errors.most_common(limit):
        console.print(f"  {n:4d}  {error}", markup=False)
