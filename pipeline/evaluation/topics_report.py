"""The report of `wire eval topics`: by source and class, confusion, reliability, worst errors, as JSON too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from rich.console import Console
from rich.table import Table

from pipeline.evaluation import reliability
from pipeline.evaluation.judged import Judged, Scores, confused, score
from pipeline.mediatopics import vocabulary

CONFUSIONS = 12
HEADLINES_ONLY = "huffpost"
"""The one source of headlines without text, which no reader could tell as well: figures without it are given too."""


@dataclass(slots=True)
class Report:
    """All figures of one run."""

    model: str
    groups: dict[str, Scores]
    """By source, then `all`, and `all but huffpost` where it is among them."""
    curves: dict[str, list[reliability.Bin]]
    """The same groups."""
    confusion: dict[str, list[dict[str, Any]]]
    mistakes: list[Judged]
    """The surest ones, surest first."""

    @classmethod
    def of(cls, model: str, judged: Sequence[Judged], limit_errors: int) -> Self:
        by_source: dict[str, list[Judged]] = defaultdict(list)
        for one in judged:
            by_source[one.source].append(one)
        some = dict(sorted(by_source.items()))
        if len(some) > 1:
            if HEADLINES_ONLY in some:
                some[f"all but {HEADLINES_ONLY}"] = [one for one in judged if one.source != HEADLINES_ONLY]
            some["all"] = list(judged)
        return cls(
            model=model,
            groups={name: score(group) for name, group in some.items()},
            curves={
                name: reliability.bins((one.confidence, one.right) for one in group) for name, group in some.items()
            },
            confusion={name: confused(group) for name, group in some.items()},
            mistakes=sorted((one for one in judged if not one.right), key=lambda one: -one.confidence)[:limit_errors],
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "groups": {name: scores.as_dict() for name, scores in self.groups.items()},
            "reliability": self.curves,
            "calibration_error": {name: round(reliability.error(curve), 4) for name, curve in self.curves.items()},
            "confusion": self.confusion,
            "errors": [
                {
                    "id": one.row.get("id"),
                    "source": one.source,
                    "title": one.row.get("title"),
                    "gold": one.row["accept"],
                    "best": one.best,
                    "confidence": round(one.confidence, 3),
                }
                for one in self.mistakes
            ],
        }

    def print(self, out: Console) -> None:
        """Tables for people."""
        columns = ("source", "stories", "micro", "macro", "coverage", "precision", "calibration error")
        table = Table(*columns, title=f"Topics by {self.model}")
        for name, s in self.groups.items():
            figures = (s.micro, s.macro, s.coverage, s.precision, reliability.error(self.curves[name]))
            table.add_row(name, str(s.stories), *(f"{x:.3f}" for x in figures))
        out.print(table)
        self._print_classes(out)
        main = list(self.groups)[-1]
        whole = f"all but {HEADLINES_ONLY}" if f"all but {HEADLINES_ONLY}" in self.groups else main
        out.print(reliability.table(f"Reliability of the best topic's confidence, {whole}", self.curves[whole]))
        table = Table("gold", "taken for", "stories", title=f"Most often confused, {whole}")
        for c in self.confusion[whole][:CONFUSIONS]:
            table.add_row(_name(c["gold"]), _name(c["best"]), str(c["stories"]))
        out.print(table)
        if self.mistakes:
            table = Table("sure", "taken for", "accepted", "headline or text", title="Surest mistakes")
            for one in self.mistakes:
                text = one.row.get("title") or one.row.get("text") or ""
                accepted = _name(one.row["medtop"]) if one.row.get("medtop") else f"{len(one.row['accept'])} topics"
                table.add_row(f"{one.confidence:.2f}", _name(one.best), accepted, f"{one.source}: {text[:90]}")
            out.print(table)

    def _print_classes(self, out: Console) -> None:
        """Precision, recall and F1 of each topic over all groups, then F1 by source."""
        for name, s in self.groups.items():
            if name.startswith("all") or len(self.groups) == 1:
                table = Table("topic", "stories", "precision", "recall", "F1", title=f"By topic, {name}")
                for code, t in s.by_topic.items():
                    figures = (f"{t[x]:.3f}" for x in ("precision", "recall", "f1"))
                    table.add_row(f"{code} {_name(code)}", str(t["stories"]), *figures)
                out.print(table)
        sources = [name for name in self.groups if not name.startswith("all")]
        if len(sources) > 1:
            table = Table("topic", *sources, title="F1 by topic and source (stories)")
            for code in vocabulary.TOP:
                found = [self.groups[source].by_topic.get(code) for source in sources]
                if any(found):
                    table.add_row(_name(code), *(f"{t['f1']:.2f} ({t['stories']:.0f})" if t else "" for t in found))
            out.print(table)


def _name(code: str) -> str:
    return vocabulary.topics()[code].name if code else "(nothing)"
