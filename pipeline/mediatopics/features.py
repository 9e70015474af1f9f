"""Words to numbers: which words and word pairs of the model's vocabulary stand in each story, and how heavily.

The weighting is tf-idf with a logarithmic term count and unit length per story (Salton and Buckley, 1988). Everything
after the word look-up is done for the whole batch at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np
import numpy.typing as npt

from pipeline.mediatopics.words import cut
from pipeline.text.hashing import Table, hashes

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
SIEVE_BITS = 18
_MIX = np.uint64(0x9E3779B97F4A7C15)
"""An odd number near 2**64 over the golden ratio: multiplied by it, numbers spread (Knuth 1973, 6.4)."""


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
        self._table = Table()
        encoded = [word.encode() for word in self.numbers]
        ends = np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)))
        starts = np.append(0, ends)[: len(ends)]
        self._table.add(hashes(b"".join(encoded), starts, ends), np.fromiter(self.numbers.values(), np.int64))
        self._sieve = np.zeros(1 << SIEVE_BITS, bool)
        self._sieve[self._slot(pairs)] = True

    def __len__(self) -> int:
        return len(self.words) + len(self.pairs)

    def name(self, term: int) -> str:
        """A term as a person reads it."""
        if term < len(self.words):
            return self.words[term]
        first, second = divmod(int(self.pairs[term - len(self.words)]), len(self.words))
        return f"{self.words[first]} {self.words[second]}"

    def count(self, batch: Sequence[Sequence[str]]) -> Counted:
        """The weighted terms of each story's words."""
        lengths = np.fromiter(map(len, batch), np.int64, len(batch))
        flat = chain.from_iterable(batch)
        return self._counted(np.fromiter(map(self.numbers.get, flat, repeat(-1)), np.int64), lengths)

    def count_plain(self, batch: Sequence[bytes]) -> Counted:
        """The same for stories as `pipeline.mediatopics.words.plain` gives them."""
        data, starts, ends, lengths = cut(batch)
        return self._counted(self._table.find(hashes(data, starts, ends)), lengths)

    def _counted(self, word: Ints, lengths: Ints) -> Counted:
        story = np.repeat(np.arange(len(lengths)), lengths)
        known = word >= 0
        neighbours = (known[:-1] & known[1:] & (story[:-1] == story[1:])).nonzero()[0]
        keys = word[neighbours] * len(self.words) + word[neighbours + 1]
        maybe = self._sieve[self._slot(keys)].nonzero()[0]
        keys = keys[maybe]
        at = np.searchsorted(self.pairs, keys)
        at[at == len(self.pairs)] = 0
        hit = self.pairs[at] == keys if len(self.pairs) else np.zeros(len(keys), bool)

        terms = np.concatenate((word[known], at[hit] + len(self.words)))
        stories = np.concatenate((story[known], story[neighbours[maybe[hit]]]))
        packed = np.sort(stories * len(self) + terms)
        changes = np.ones(len(packed) + 1, bool)
        changes[1:-1] = packed[1:] != packed[:-1]
        bounds = changes.nonzero()[0]
        first, counts = bounds[:-1], bounds[1:] - bounds[:-1]
        packed = packed[first]
        stories, terms = np.divmod(packed, len(self))
        value = (np.log(counts) + 1.0).astype(np.float32) * self.idf[terms]
        start = np.searchsorted(stories, np.arange(len(lengths) + 1))
        squares = np.bincount(stories, value.astype(np.float64) ** 2, minlength=len(lengths))
        value /= np.sqrt(np.maximum(squares, 1e-12)).astype(np.float32)[stories]
        return Counted(start, terms, value)

    def _slot(self, keys: Ints) -> Ints:
        """Where a pair stands in the sieve, a table of which few are: most pairs of words are not in the vocabulary,
        and one look here tells so, where a search in `pairs` takes sixteen."""
        return (keys.astype(np.uint64) * _MIX >> np.uint64(64 - SIEVE_BITS)).astype(np.int64)
