"""Exact keys (record, id, uri, text) to the story that has them: a hash table in two arrays, 12 bytes a place.

Keys of the block at hand (see `state`) wait in a dictionary and are filed together at its end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xxhash
from numpy.typing import NDArray

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

START = 1 << 12
FULL = 0.75
"""The share of places in use at which a larger table is laid."""
ROOM = 0.6
"""The share of places in use of a table laid anew."""
SLACK = 1024
"""Places behind the last, so that a run of keys never has to turn round."""

_S32 = np.uint64(32)
_digest = xxhash.xxh3_64_intdigest


def key(kind: str, *parts: str | int) -> int:
    """The 64-bit hash of a key; never 0."""
    return _digest("\x1f".join((kind, *map(str, parts))).encode("utf-8", "surrogatepass")) or 1


class Keys:
    """Keys to places: a place is 32 bits that say which story, and that `alive` knows from those of forgotten ones."""

    def __init__(self, alive: Callable[[U32], NDArray[np.bool_]]) -> None:
        self._alive = alive
        self.new: dict[int, int] = {}
        self._lay(START)

    def _lay(self, size: int) -> None:
        self.size, self.used = size, 0
        self.hashes = np.zeros(size + SLACK, dtype=np.uint64)
        self.places = np.zeros(size + SLACK, dtype=np.uint32)

    def get(self, hashed: int) -> int:
        """The place that the key was given last, of a story that may be forgotten by now, or 0."""
        place = self.new.get(hashed)
        if place is not None:
            return place
        item = self.hashes.item
        at = ((hashed >> 32) * self.size) >> 32
        while True:
            found = item(at)
            if found == hashed:
                return int(self.places.item(at))
            if found == 0:
                return 0
            at += 1

    def put(self, hashed: int, place: int) -> None:
        self.new[hashed] = place

    def flush(self) -> None:
        """File the keys that wait."""
        if not self.new:
            return
        count = len(self.new)
        hashes = np.fromiter(self.new.keys(), dtype=np.uint64, count=count)
        places = np.fromiter(self.new.values(), dtype=np.uint32, count=count)
        self.new.clear()
        if self.used + count > FULL * self.size:
            self._rebuild(count)
        at = self._home(hashes)
        while hashes.size:
            found = self.hashes[at]
            known = found == hashes
            self.places[at[known]] = places[known]
            free = np.flatnonzero(found == 0)
            _, first = np.unique(at[free], return_index=True)
            taken = free[first]
            self.hashes[at[taken]], self.places[at[taken]] = hashes[taken], places[taken]
            self.used += taken.size
            rest = ~known
            rest[taken] = False
            step = (found != 0)[rest]  # who found a free place taken in this round looks at it again
            hashes, places, at = hashes[rest], places[rest], at[rest] + step
            if at.size and at.max() >= self.hashes.size - 1:  # only with forged hashes
                self._extend(SLACK)

    def _home(self, hashes: U64) -> NDArray[np.int64]:
        return (((hashes >> _S32) * np.uint64(self.size)) >> _S32).astype(np.int64)

    def _rebuild(self, more: int) -> None:
        """Lay the table anew for so many more keys, without those of forgotten stories, all at once.

        In order of home places, each key goes to its home or right behind the one before it: what probing one by one
        comes to.
        """
        used = np.flatnonzero(self.hashes)
        used = used[self._alive(self.places[used])]
        hashes, places = self.hashes[used], self.places[used]
        self._lay(max(START, int((hashes.size + more) / ROOM)))
        home = self._home(hashes)
        order = np.argsort(home, kind="stable")
        hashes, places, home = hashes[order], places[order], home[order]
        steps = np.arange(home.size)
        at = np.maximum.accumulate(home - steps) + steps
        if at.size and at[-1] >= self.hashes.size - 1:
            self._extend(int(at[-1]) + SLACK - self.hashes.size)
        self.hashes[at], self.places[at] = hashes, places
        self.used = hashes.size

    def _extend(self, room: int) -> None:
        self.hashes = np.concatenate((self.hashes, np.zeros(room, dtype=np.uint64)))
        self.places = np.concatenate((self.places, np.zeros(room, dtype=np.uint32)))

    @property
    def nbytes(self) -> int:
        return int(self.hashes.nbytes + self.places.nbytes)
