"""Leave one source out: how well topics are told in a source that nothing was learnt from.

For a source that the shipped model was not trained on, its ordinary figures are just that. For one that it was trained
on, a model is trained anew without it, by `training/topics`, which only a checkout of the repository has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.evaluation.judged import Judged, Scores, score
from pipeline.evaluation.trainer import shared, trainer
from pipeline.mediatopics import modelfile
from pipeline.mediatopics.classifier import Classifier
from pipeline.mediatopics.words import plain


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One source and its figures under a model that never saw it."""

    source: str
    retrained: bool
    """False where the shipped model never saw it."""
    scores: Scores

    def as_dict(self) -> dict[str, Any]:
        return {"source": self.source, "retrained": self.retrained, **self.scores.as_dict()}


def leave_one_out(labelled: Sequence[dict[str, Any]], judged: Sequence[Judged]) -> list[LeftOut]:
    """The figures of every source, worst first. Raises Unavailable where a model must be trained and cannot be."""
    learnt = set(modelfile.load().card["texts"])
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[one.source].append(one)
    left = []
    for source, some in groups.items():
        if source in learnt:
            rows = [row for row in labelled if (row.get("source") or "unnamed") == source]
            some = _judged_by(trainer("topics.build").without(source, shared()), rows)
        left.append(LeftOut(source, source in learnt, score(some)))
    return sorted(left, key=lambda one: one.scores.micro)


def _judged_by(model: modelfile.Model, rows: Sequence[dict[str, Any]]) -> list[Judged]:
    found = Classifier(model).best([plain(row.get("title") or "", row.get("text") or "") for row in rows])
    return [Judged(row, code, sure, sure >= model.threshold) for row, (code, sure) in zip(rows, found, strict=True)]


def print_left_out(out: Console, left: Sequence[LeftOut]) -> None:
    """The worst source first."""
    table = Table("source", "model", "stories", "micro", "macro", "coverage", "precision", title="Each source left out")
    for one in left:
        s = one.scores
        figures = (f"{x:.3f}" for x in (s.micro, s.macro, s.coverage, s.precision))
        table.add_row(one.source, "trained without it" if one.retrained else "as shipped", str(s.stories), *figures)
    out.print(table)
