"""Exact keys (record, id, uri, text) to the story that has them: a hash table in two arrays, 12 bytes a place.

Keys of the block at hand (see `state`) wait in a dictionary and are filed together at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
WORTH_IT = 50
"""Keys from which on it is faster to look them up together."""
SLACK = 1024
"""Places behind the last, so that a run of keys never has to turn round."""

_S32 = np.uint64(32)
_digest = xxhash.xxh3_64_intdigest


def key(*parts: str) -> int:
    """The 64-bit hash of a key, its kind first; never 0."""
    return _digest("\x1f".join(parts).encode("utf-8", "surrogatepass")) or 1


class Keys:
    """Keys to places: a place is 32 bits that say which story, and that `alive` knows from those of forgotten ones."""

    def __init__(self, alive: Callable[[U32], NDArray[np.bool_]]) -> None:
        self._alive = alive
        self.new: dict[int, int] = {}
        self._looked_up: dict[int, int] = {}
        """What stands in the table of keys that were asked for since it changed last."""
        self._lay(START)

    def _lay(self, size: int) -> None:
        self.size, self.used = size, 0
        self.hashes = np.zeros(size + SLACK, dtype=np.uint64)
        self.places = np.zeros(size + SLACK, dtype=np.uint32)

    def get(self, hashed: int) -> int:
        """The place that the key was given last, of a story that may be forgotten by now, or 0."""
        place = self.new.get(hashed)
        if place is None:
            place = self._looked_up.get(hashed)
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

    def look_up(self, hashes: Sequence[int]) -> None:
        """Ask for many keys at once, so that `get` has them at hand; of a few it finds each as fast."""
        if len(hashes) < WORTH_IT:
            return
        wanted = np.array(hashes, dtype=np.uint64)
        found = np.zeros(wanted.size, dtype=np.uint32)
        at, going = self._home(wanted), np.arange(wanted.size)
        while going.size:
            here = self.hashes.take(at)
            there = here == wanted
            found[going[there]] = self.places[at[there]]
            on = ~(there | (here == 0))
            wanted, at, going = wanted[on], at[on] + 1, going[on]
        self._looked_up.update(zip(hashes, found.tolist(), strict=True))

    def put(self, hashed: int, place: int) -> None:
        self.new[hashed] = place

    def flush(self) -> None:
        """File the keys that wait."""
        self._looked_up.clear()
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
            free = found == 0
            self.hashes[at[free]] = hashes[free]  # of several to one free place, one has it; the others go on
            there = self.hashes[at] == hashes
            self.places[at[there]] = places[there]
            self.used += int(np.count_nonzero(free & there))
            on = ~there
            hashes, places, at = hashes[on], places[on], at[on] + 1
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
