"""Words to numbers: which words and word pairs of the model's vocabulary stand in each story, and how heavily.

The weighting is tf-idf with a logarithmic term count and unit length per story (Salton and Buckley, 1988). Everything
after the word look-up is done for the whole batch at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Counted:
    """The terms of a batch of stories, story by story: those of story i are `start[i]` to `start[i + 1]`."""

    start: Ints
    """Stories + 1 positions."""
    term: Ints
    """Term numbers, ascending within a story."""
    value: Floats
    """Their weight; the squares of a story add up to one."""


class Terms:
    """The vocabulary: single words, then pairs of neighbouring words."""

    def __init__(self, words: Sequence[str], pairs: Ints, idf: Floats) -> None:
        """`pairs` holds first * len(words) + second, ascending; `idf` one value for each word, then for each pair."""
        self.words = words
        self.pairs = pairs
        self.idf = idf
        self.numbers: dict[str, int] = {word: number for number, word in enumerate(words)}

    def __len__(self) -> int:
        return len(self.words) + len(self.pairs)

    def name(self, term: int) -> str:
        """A term as a person reads it."""
        if term < len(self.words):
            return self.words[term]
        first, second = divmod(int(self.pairs[term - len(self.words)]), len(self.words))
        return f"{self.words[first]} {self.words[second]}"

    def count(self, batch: Sequence[Sequence[str]], numbers: Sequence[Mapping[str, int]] | None = None) -> Counted:
        """The weighted terms of each story's words. `numbers` gives a word look-up of its own for each story."""
        # One unknown word after each story, so that no pair spans two of them.
        unknown = repeat(-1)
        flat: list[int] = []
        for words, own in zip(batch, numbers or repeat(self.numbers), strict=False):
            flat.extend(map(own.get, words, unknown))
            flat.append(-1)
        lengths = np.fromiter(map(len, batch), np.int64, len(batch)) + 1
        word = np.array(flat, dtype=np.int64)
        story = np.repeat(np.arange(len(batch)), lengths)

        known = word >= 0
        neighbours = np.flatnonzero(known[:-1] & known[1:])
        keys = word[neighbours] * len(self.words) + word[neighbours + 1]
        at = np.searchsorted(self.pairs, keys)
        at[at == len(self.pairs)] = 0
        hit = self.pairs[at] == keys if len(self.pairs) else np.zeros(len(keys), bool)

        terms = np.concatenate((word[known], at[hit] + len(self.words)))
        stories = np.concatenate((story[known], story[neighbours[hit]]))
        packed, counts = np.unique(stories * len(self) + terms, return_counts=True)
        stories, terms = np.divmod(packed, len(self))
        value = (np.log(counts) + 1.0).astype(np.float32) * self.idf[terms]
        start = np.searchsorted(stories, np.arange(len(batch) + 1))
        squares = np.bincount(stories, value.astype(np.float64) ** 2, minlength=len(batch))
        value /= np.sqrt(np.maximum(squares, 1e-12)).astype(np.float32)[stories]
        return Counted(start, terms, value)
