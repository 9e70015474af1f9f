"""Stories with labelled topics, what the classify stage made of them, and the figures of a group of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled story and what the stage made of it."""

    row: dict[str, Any]
    best: str
    confidence: float
    answered: bool
    """False where the stage abstains."""

    @property
    def right(self) -> bool:
        return self.best in self.row["accept"]

    @property
    def source(self) -> str:
        return str(self.row.get("source") or "unnamed")


@dataclass(slots=True)
class Scores:
    """The figures of one group of stories."""

    stories: int
    micro: float
    macro: float
    coverage: float
    precision: float
    by_topic: dict[str, dict[str, float]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def score(judged: Sequence[Judged]) -> Scores:
    """The figures of a group; see the module for what they mean."""
    answered = [one for one in judged if one.answered]
    by_topic = _by_topic(judged)
    return Scores(
        stories=len(judged),
        micro=_share(one.right for one in judged),
        macro=sum(t["f1"] for t in by_topic.values()) / len(by_topic) if by_topic else 0.0,
        coverage=len(answered) / len(judged),
        precision=_share(one.right for one in answered),
        by_topic=by_topic,
    )


def _by_topic(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of each topic that is some row's `medtop`."""
    pairs = [
        (one.row["medtop"], one.row["medtop"] if one.right else one.best) for one in judged if one.row.get("medtop")
    ]
    gold, given = Counter(g for g, _ in pairs), Counter(p for _, p in pairs)
    hits = Counter(g for g, p in pairs if g == p)
    return {
        topic: {
            "stories": gold[topic],
            "precision": hits[topic] / given[topic] if given[topic] else 0.0,
            "recall": hits[topic] / gold[topic],
            "f1": 2 * hits[topic] / (gold[topic] + given[topic]),
        }
        for topic in sorted(gold)
    }


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0


def confused(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Which topic was taken for which, most often first; rows that accept several topics count under their `medtop`."""
    counts = Counter((one.row["medtop"], one.best) for one in judged if one.row.get("medtop") and not one.right)
    return [{"gold": gold, "best": best, "stories": count} for (gold, best), count in counts.most_common()]
