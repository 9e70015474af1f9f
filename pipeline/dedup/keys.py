"""Exact keys (record, id, uri, text) to the story that has them: a hash table in two arrays, 12 bytes a place.

A key is in the bucket that its hash names, eight places side by side, or, where that is full, in one behind it. Keys of
the block at hand (see `state`) wait in a dictionary and are filed together at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

from pipeline.dedup.room import room

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

BUCKET = 8
START = 1 << 9
"""Buckets of an empty table."""
FULL = 0.9
"""The share of places in use at which a larger table is laid."""
ROOM = 0.75
"""The share of places in use of a table laid anew."""
WORTH_IT = 50
"""Keys from which on it is faster to look them up together."""
MOVED = 1 << 13
"""Buckets that are moved at a time when a table is laid anew."""
SLACK = 64
"""Buckets behind the last, so that a run of full ones never has to turn round."""

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
        self.hashes = room((size + SLACK, BUCKET), np.uint64)
        self.places = room((size + SLACK, BUCKET), np.uint32)

    def get(self, hashed: int) -> int:
        """The place that the key was given last, of a story that may be forgotten by now, or 0."""
        place = self.new.get(hashed)
        if place is None:
            place = self._looked_up.get(hashed)
        if place is not None:
            return place
        at = ((hashed >> 32) * self.size) >> 32
        while True:
            bucket = self.hashes[at].tolist()
            if hashed in bucket:
                return int(self.places.item(at, bucket.index(hashed)))
            if not bucket[-1]:
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
            buckets = self.hashes.take(at, axis=0)
            row, column = (buckets == wanted[:, None]).nonzero()
            found[going[row]] = self.places[at[row], column]
            on = buckets[:, -1] != 0
            on[row] = False
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
        if self.used + count > FULL * BUCKET * self.size:
            self._rebuild(count)
        at = self._home(hashes)
        while hashes.size:
            # a bucket is filled from its first place on: the key itself or the first free place comes first
            buckets = self.hashes.take(at, axis=0)
            fits = (buckets == hashes[:, None]) | (buckets == 0)
            fit, column = fits.any(axis=1), fits.argmax(axis=1)
            row, column, wanted = at[fit], column[fit], hashes[fit]
            free = self.hashes[row, column] == 0
            self.hashes[row, column] = wanted  # of several to one free place, one has it; the others go on
            there = self.hashes[row, column] == wanted
            self.places[row[there], column[there]] = places[fit][there]
            self.used += int(np.count_nonzero(free & there))
            on = ~fit
            at[on] += 1
            on[fit.nonzero()[0][~there]] = True  # they look at the bucket again
            hashes, places, at = hashes[on], places[on], at[on]
            if at.size and at.max() >= len(self.hashes) - 1:  # only with forged hashes
                self._extend(SLACK)

    def _home(self, hashes: U64) -> NDArray[np.int64]:
        return (((hashes >> _S32) * np.uint64(self.size)) >> _S32).astype(np.int64)

    def _rebuild(self, more: int) -> None:
        """Lay the table anew for so many more keys, without those of forgotten stories.

        In order of home buckets, each key goes to the first place of its own or right behind the one before it: what
        probing one by one comes to. Old buckets stand in that order too, so that some are moved at a time.
        """
        hashes, places = self.hashes, self.places
        alive = sum(int(np.count_nonzero(self._living(places[a:b]))) for a, b in _slices(hashes))
        self._lay(max(START, int((alive + more) / (ROOM * BUCKET))))
        last = -1
        for a, b in _slices(hashes):
            living = self._living(places[a:b])
            some, theirs = hashes[a:b][living], places[a:b][living]
            order = self._home(some).argsort(kind="stable")
            some, theirs = some[order], theirs[order]
            steps = np.arange(1, some.size + 1)
            at = np.maximum(np.maximum.accumulate(BUCKET * self._home(some) - steps), last) + steps
            if at.size:
                last = int(at[-1])
                if last >= (len(self.hashes) - 1) * BUCKET:
                    self._extend(last // BUCKET + SLACK - len(self.hashes))
                self.hashes.reshape(-1)[at], self.places.reshape(-1)[at] = some, theirs
        self.used = alive

    def _living(self, places: U32) -> NDArray[np.bool_]:
        """Which places are of stories that are remembered. (A free place is 0, which no story has.)"""
        living: NDArray[np.bool_] = (places != 0) & self._alive(places)
        return living

    def _extend(self, room: int) -> None:
        self.hashes = np.concatenate((self.hashes, np.zeros((room, BUCKET), dtype=np.uint64)))
        self.places = np.concatenate((self.places, np.zeros((room, BUCKET), dtype=np.uint32)))

    @property
    def nbytes(self) -> int:
        return int(self.hashes.nbytes + self.places.nbytes)


def _slices(hashes: U64) -> Iterator[tuple[int, int]]:
    """Runs of buckets, some thousands each, of which the last has room: no key behind it belongs before it."""
    room = hashes[:, -1] == 0
    begin = 0
    while begin < len(room):
        end = min(begin + MOVED, len(room))
        end += int(room[end - 1 :].argmax()) if end < len(room) else 0
        yield begin, end
        begin = end
