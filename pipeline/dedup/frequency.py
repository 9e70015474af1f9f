"""How often words occur in the stories lately: what is rare tells stories apart, what is frequent does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import U32, Fingerprint
from pipeline.dedup.prior import BUCKETS_LOG2, PRIOR_STORIES, buckets, table

HALVED_AT = 40_000
"""Stories after which all counts are halved, so that the vocabulary of last month stops counting."""
LEAST = 0.05
"""The weight of a word that is in every story."""


class Frequency:
    """Document counts by term hash, in a fixed table: rare words may share one, which makes them a little less rare.

    Weights are looked up in a table that is made anew ever more rarely as counts grow and so change less.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(1 << BUCKETS_LOG2, dtype=np.float32)
        self._stories = 0.0
        self._refresh()

    def add(self, print_: Fingerprint) -> None:
        """Count a story's terms, once each."""
        self._counts[buckets(print_.terms)] += 1
        self._stories += 1
        if self._stories >= HALVED_AT:
            self._counts *= np.float32(0.5)
            self._stories *= 0.5
            self._refresh()
        elif self._stories >= self._due:
            self._refresh()

    def weigh(self, terms: U32) -> NDArray[np.float32]:
        """The weight of each term (24-bit hash in the high bits): log of the inverse share of stories that have it."""
        weights: NDArray[np.float32] = self._weights[buckets(terms)]
        return weights

    def _refresh(self) -> None:
        self._due = self._stories + max(4.0, min(512.0, self._stories / 16))
        weights = np.log(np.float32(self._stories + PRIOR_STORIES) / (1 + self._counts + table()))
        self._weights = np.maximum(weights, np.float32(LEAST)).astype(np.float32)
