"""Exact keys (record, id, uri, text) to the story that has them: a hash table in two arrays, 24 to 48 bytes a key."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xxhash
from numpy.typing import NDArray

START = 1 << 12
FULL = 0.66


def key(kind: str, *parts: str | int) -> int:
    """The 64-bit hash of a key; never 0."""
    return xxhash.xxh3_64_intdigest("\x1f".join((kind, *map(str, parts))).encode("utf-8", "surrogatepass")) or 1


class Keys:
    """Keys to story numbers. Dead stories' keys are dropped whenever the table is laid anew."""

    def __init__(self, alive: Callable[[int], bool], living: Callable[[], NDArray[np.int64]]) -> None:
        self._alive, self._living = alive, living
        self._lay(START)

    def _lay(self, size: int) -> None:
        self._size, self._used = size, 0
        self._hashes = np.zeros(size, dtype=np.uint64)
        self._numbers = np.zeros(size, dtype=np.int64)

    def get(self, hashed: int) -> int:
        """The number of the living story that has the key last, or -1."""
        at = self._find(hashed)
        if int(self._hashes[at]) != hashed:
            return -1
        number = int(self._numbers[at])
        return number if self._alive(number) else -1

    def put(self, hashed: int, number: int) -> None:
        at = self._find(hashed)
        if int(self._hashes[at]) != hashed:
            self._used += 1
            self._hashes[at] = hashed
        self._numbers[at] = number
        if self._used > FULL * self._size:
            self._rebuild()

    def _find(self, hashed: int) -> int:
        mask, hashes = self._size - 1, self._hashes
        at = hashed & mask
        while True:
            found = int(hashes[at])
            if found in (hashed, 0):
                return at
            at = (at + 1) & mask

    def _rebuild(self) -> None:
        """Lay the table anew without the dead, all keys at once: each round places those whose place is free."""
        used = self._hashes != 0
        hashes, numbers = self._hashes[used], self._numbers[used]
        living = np.isin(numbers, self._living())
        hashes, numbers = hashes[living], numbers[living]
        size = START
        while hashes.size > FULL / 2 * size:
            size *= 2
        self._lay(size)
        self._used = hashes.size
        mask = np.uint64(size - 1)
        at = hashes & mask
        while hashes.size:
            _, first = np.unique(at, return_index=True)
            first = first[self._hashes[at[first]] == 0]
            self._hashes[at[first]], self._numbers[at[first]] = hashes[first], numbers[first]
            rest = np.ones(hashes.size, dtype=bool)
            rest[first] = False
            hashes, numbers, at = hashes[rest], numbers[rest], (at[rest] + np.uint64(1)) & mask

    @property
    def nbytes(self) -> int:
        return int(self._hashes.nbytes + self._numbers.nbytes)
