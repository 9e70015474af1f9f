"""How often words occur in the stories lately: what is rare tells stories apart, what is frequent does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import U32, Fingerprint

BUCKETS_LOG2 = 18
HALVED_AT = 40_000
"""Stories after which all counts are halved, so that the vocabulary of last month stops counting."""
PRIOR = 300.0
"""Stories that are taken as seen before the first, so that the first few hundred are not judged by each other alone."""


class Frequency:
    """Document counts by term hash, in a fixed table: rare words may share one, which makes them a little less rare."""

    def __init__(self) -> None:
        self._counts = np.zeros(1 << BUCKETS_LOG2, dtype=np.float32)
        self._stories = 0.0
        self._base = float(np.log(PRIOR))

    def add(self, print_: Fingerprint) -> None:
        """Count a story's terms and headline words, once each."""
        self._counts[_buckets(print_.terms)] += 1
        self._stories += 1
        self._base = float(np.log(self._stories + PRIOR))
        if self._stories >= HALVED_AT:
            self._counts *= 0.5
            self._stories *= 0.5

    def weigh(self, terms: U32) -> NDArray[np.float64]:
        """The weight of each term (24-bit hash in the high bits): log of the inverse share of stories that have it."""
        return self._base - np.log(1.0 + self._counts[_buckets(terms)].astype(np.float64))


def _buckets(terms: U32) -> U32:
    return terms >> np.uint32(32 - BUCKETS_LOG2)
