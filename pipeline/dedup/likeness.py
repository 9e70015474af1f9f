"""How alike two fingerprints are: estimated resemblance and containment, and what in them agrees and differs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import COARSE, SKETCH, U16, U32, Fingerprint

F64 = NDArray[np.floating[Any]]
_S16 = np.uint32(16)


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


class Overlap(NamedTuple):
    """Sampled shingles of two stories."""

    both: int
    either: int
    short: int
    """Those of the shorter story."""


def compare(
    a: Fingerprint, b: Fingerprint, weigh: Callable[[U32], F64], found: Overlap | None = None
) -> Likeness:  # fmt: skip
    """The likeness of two stories; resemblance and containment as Broder's bottom-k estimates.

    `weigh` gives the weight of terms (24-bit hash in the high bits): the rarer, the heavier. `found` is what their
    sketches have in common, where that is known.
    """
    numbers, names = _agreement(a.numbers, b.numbers), _agreement(a.names, b.names)
    same_headline = a.headline_hash == b.headline_hash and a.headline_hash != 0
    headline = 1.0 if same_headline else _headline(a.headline, b.headline, weigh)
    rivals = not same_headline and _alone(a, b) and _alone(b, a)
    both, either, short = found or overlap(a, b)
    if a.body_hash == b.body_hash:
        return Likeness(1.0, 1.0, short, True, numbers, names, headline, same_headline, rivals)
    return Likeness(
        both / either if either else 0.0,
        both / short if short else 0.0,
        short, False, numbers, names, headline, same_headline, rivals,
    )  # fmt: skip


def overlap(a: Fingerprint, b: Fingerprint) -> Overlap:
    """What the sketches of two stories have in common."""
    x, y = (a.sketch & COARSE).tolist(), (b.sketch & COARSE).tolist()
    if a.shingles > SKETCH or b.shingles > SKETCH:
        limit = min(s[-1] for f, s in ((a, x), (b, y)) if f.shingles > SKETCH)
        x, y = x[: bisect_right(x, limit)], y[: bisect_right(y, limit)]
    both = len(set(x).intersection(y))
    return Overlap(both, len(x) + len(y) - both, len(x if a.shingles <= b.shingles else y))


def _headline(x: U32, y: U32, weigh: Callable[[U32], F64]) -> float:
    if not x.size or not y.size:
        return -1.0
    weights = weigh(np.concatenate((x, y))).tolist()
    weights_x, weights_y = weights[: x.size], weights[x.size :]
    known = set(y.tolist())
    both: float = sum(weight for word, weight in zip(x.tolist(), weights_x, strict=True) if word in known)
    return float(both / min(sum(weights_x), sum(weights_y)))


def _alone(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether the headline of `a` has a name from its text that is nowhere in `b`."""
    named = set(_top(a.headline)).intersection(a.names.tolist())
    if not named:
        return False
    return bool(named.difference(b.names.tolist(), _top(b.headline), _top(b.terms)))


def _top(terms: U32) -> list[int]:
    top: list[int] = (terms >> _S16).tolist()
    return top


def _agreement(x: U16, y: U16) -> Agreement:
    if not x.size or not y.size:
        return Agreement(x.size, y.size, 0)
    return Agreement(x.size, y.size, len(set(x.tolist()).intersection(y.tolist())))
