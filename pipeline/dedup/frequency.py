"""How often words occur in the stories lately: what is rare tells stories apart, what is frequent does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import U32
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
        self.counts = np.zeros(1 << BUCKETS_LOG2, dtype=np.float32)
        self.stories = 0.0
        self.due = 0.0
        self.refresh()

    def add(self, terms: U32, stories: int) -> None:
        """Count the terms of so many stories, once each."""
        np.add.at(self.counts, buckets(terms), np.float32(1))
        self.stories += stories
        if self.stories >= HALVED_AT:
            self.counts *= np.float32(0.5)
            self.stories *= 0.5
            self.refresh()
        elif self.stories >= self.due:
            self.refresh()

    def weigh(self, terms: U32) -> NDArray[np.float32]:
        """The weight of each term (24-bit hash in the high bits): log of the inverse share of stories that have it."""
        weights: NDArray[np.float32] = self.weights[buckets(terms)]
        return weights

    def refresh(self) -> None:
        """Make the weights anew from the counts."""
        self.due = self.stories + max(4.0, min(512.0, self.stories / 16))
        weights = np.log(np.float32(self.stories + PRIOR_STORIES) / (1 + self.counts + table()))
        self.weights = np.maximum(weights, np.float32(LEAST)).astype(np.float32)
