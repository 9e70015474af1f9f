"""How well pairs and clusters found agree with those labelled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """Weighted counts of pairs and what follows from them."""

    hits: float
    false: float
    missed: float

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.false) if self.hits + self.false else 1.0

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def as_json(self) -> dict[str, float]:
        return {
            "precision": round(self.precision, 4), "recall": round(self.recall, 4), "f1": round(self.f1, 4),
            "hits": round(self.hits, 2), "false": round(self.false, 2), "missed": round(self.missed, 2),
        }  # fmt: skip


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def pair_counts(truth: Sequence[Hashable], found: Sequence[Hashable]) -> tuple[int, int, int, int]:
    """Pairs of items together in both, in truth, in what was found, and pairs in all."""
    both = sum(map(_pairs, Counter(zip(truth, found, strict=True)).values()))
    in_truth, in_found = (sum(map(_pairs, Counter(parting).values())) for parting in (truth, found))
    return both, in_truth, in_found, _pairs(len(truth))


def cluster_score(truth: Sequence[Hashable], found: Sequence[Hashable]) -> Score:
    """Pairs of items that are together, found against labelled."""
    both, in_truth, in_found, _ = pair_counts(truth, found)
    return Score(both, in_found - both, in_truth - both)


def adjusted_rand(truth: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """The adjusted Rand index (Hubert and Arabie 1985): 1 for the same clusters, about 0 for chance."""
    both, in_truth, in_found, every = pair_counts(truth, found)
    if not every:
        return 1.0
    expected = in_truth * in_found / every
    most = (in_truth + in_found) / 2
    return (both - expected) / (most - expected) if most != expected else 1.0
