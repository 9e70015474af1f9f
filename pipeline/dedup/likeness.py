"""How alike two fingerprints are: estimated resemblance and containment, and what in them agrees and differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import SKETCH, U16, U32, Fingerprint

F64 = NDArray[np.float64]


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
    x, y = a.sketch, b.sketch
    if a.shingles > SKETCH or b.shingles > SKETCH:
        limits = [f.sketch[-1] for f in (a, b) if f.shingles > SKETCH]
        limit = min(limits)
        x = x[: np.searchsorted(x, limit, side="right")]
        y = y[: np.searchsorted(y, limit, side="right")]
    both = shared(x, y)
    union = x.size + y.size - both
    short = (x if a.shingles <= b.shingles else y).size
    return Likeness(
        both / union if union else 0.0,
        both / short if short else 0.0,
        short, False, numbers, names, headline, same_headline, rivals,
    )  # fmt: skip


def _headline(x: U32, y: U32, weigh: Callable[[U32], F64]) -> float:
    if not x.size or not y.size:
        return -1.0
    weights_x, weights_y = weigh(x), weigh(y)
    both = float(weights_x[np.isin(x, y, assume_unique=True)].sum())
    return both / min(float(weights_x.sum()), float(weights_y.sum()))


def _alone(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether the headline of `a` has a name from its text that is nowhere in `b`."""
    named = np.intersect1d(_top(a.headline), a.names)
    if not named.size:
        return False
    known = np.concatenate((b.names, _top(b.headline), _top(b.terms)))
    return not np.isin(named, known).all()


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
