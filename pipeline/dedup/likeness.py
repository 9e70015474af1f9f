"""How alike two fingerprints are: estimated resemblance and containment, and what in them agrees and differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import SKETCH, U16, U32, Fingerprint

F64 = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two sets of hashes (numbers, names, headline words): how many there are and how many are in both."""

    a: int
    b: int
    both: int

    @property
    def share(self) -> float:
        """The share of the smaller set that is in the other, 0 to 1; 1 where one has none (nothing disagrees)."""
        least = min(self.a, self.b)
        return self.both / least if least else 1.0

    @property
    def jaccard(self) -> float:
        union = self.a + self.b - self.both
        return self.both / union if union else 0.0

    @property
    def odd(self) -> int:
        """How many of the smaller set the larger one lacks."""
        return min(self.a, self.b) - self.both


@dataclass(frozen=True, slots=True)
class Likeness:
    """The earlier story is `a`, the later one `b`."""

    resemblance: float
    """Jaccard of the shingle sets, 0 to 1."""
    containment: float
    """The share of the shorter one's shingles that the longer one has, 0 to 1."""
    sampled: int
    """How many of the shorter one's shingles that was judged by."""
    exact: bool
    """The same words and numbers in the same order."""
    numbers: Agreement
    names: Agreement
    headline: float
    """The share of the shorter headline's weight (rare words weigh more) that the other has; -1 where one has none."""
    same_headline: bool
    rivals: bool
    """Each headline names somebody of whom the other story says nothing."""


def compare(a: Fingerprint, b: Fingerprint, weigh: Callable[[U32], F64]) -> Likeness:
    """The likeness of two stories; resemblance and containment as Broder's bottom-k estimates.

    `weigh` gives the weight of terms (24-bit hash in the high bits): the rarer, the heavier.
    """
    numbers, names = _agreement(a.numbers, b.numbers), _agreement(a.names, b.names)
    same_headline = a.headline_hash == b.headline_hash and a.headline_hash != 0
    headline = 1.0 if same_headline else _headline(a.headline, b.headline, weigh)
    rivals = not same_headline and _alone(a, b) and _alone(b, a)
    if a.body_hash == b.body_hash:
        return Likeness(1.0, 1.0, a.sketch.size, True, numbers, names, headline, same_headline, rivals)
    both, union, short = _overlap(a, b)
    return Likeness(
        both / union if union else 0.0,
        both / short if short else 0.0,
        short, False, numbers, names, headline, same_headline, rivals,
    )  # fmt: skip


def unlike(a: Fingerprint, b: Fingerprint, least: float) -> bool:
    """Whether both have bodies, and of the shorter one less than `least` stands in the other: not worth a closer look.

    Most candidates share a phrase and no more; this costs a tenth of `compare`.
    """
    if a.title_only or b.title_only or a.body_hash == b.body_hash:
        return False
    both, _, short = _overlap(a, b)
    return both < least * short


def _overlap(a: Fingerprint, b: Fingerprint) -> tuple[int, int, int]:
    """Sampled shingles in both, in either, and of the shorter story."""
    x, y = a.sketch, b.sketch
    if a.shingles > SKETCH or b.shingles > SKETCH:
        limit = min(f.sketch[-1] for f in (a, b) if f.shingles > SKETCH)
        x = x[: np.searchsorted(x, limit, side="right")]
        y = y[: np.searchsorted(y, limit, side="right")]
    both = shared(x, y)
    return both, x.size + y.size - both, (x if a.shingles <= b.shingles else y).size


def _headline(x: U32, y: U32, weigh: Callable[[U32], F64]) -> float:
    if not x.size or not y.size:
        return -1.0
    weights_x, weights_y = weigh(x), weigh(y)
    known = set(y.tolist())
    both: float = sum(weight for word, weight in zip(x.tolist(), weights_x.tolist(), strict=True) if word in known)
    return float(both / min(float(weights_x.sum()), float(weights_y.sum())))


def _alone(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether the headline of `a` has a name from its text that is nowhere in `b`."""
    named = set(_top(a.headline).tolist()).intersection(a.names.tolist())
    if not named:
        return False
    return bool(named.difference(b.names.tolist(), _top(b.headline).tolist(), _top(b.terms).tolist()))


def _top(terms: U32) -> U16:
    return (terms >> np.uint32(16)).astype(np.uint16)


def shared(x: U32 | U16, y: U32 | U16) -> int:
    """How many values two arrays of distinct values have in common."""
    if not x.size or not y.size:
        return 0
    every: NDArray[np.unsignedinteger] = np.concatenate((x, y))
    every.sort()
    return int(np.count_nonzero(every[1:] == every[:-1]))


def _agreement(x: U16, y: U16) -> Agreement:
    return Agreement(x.size, y.size, shared(x, y))
