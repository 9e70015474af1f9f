"""Words of a text to numbers without a string for each: their bytes are hashed, and looked up, as arrays.

Cutting a story into strings and looking each up in a dictionary costs 150 nanoseconds a word, most of it for making the
strings. Here all words of a batch go eight bytes at a time, and a look-up is a step or two in an open-addressed table.
Two words are taken for one where all bits of their hashes agree: once in a thousand million tables of 100,000 words.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)
"""An odd number near 2**64 over the golden ratio: what is multiplied by it spreads (Knuth 1973, 6.4)."""
_HALF = np.uint64(32)
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)
"""The lowest n bytes."""
MOST_STEPS = 16
"""Of a longer run of bytes the first 128 and the last 8 tell, and its length."""


def hashes(data: bytes, starts: Ints, ends: Ints) -> Hashes:
    """A hash of each stretch of bytes. It is odd, so never 0; a stretch that holds byte 0 may equal one without."""
    whole = -(-len(data) // 8) + 2
    shifted = np.zeros((8, whole), "<u8")  # the bytes from each offset on, so that any eight in a row are one number
    flat = shifted.view(np.uint8)
    source = np.frombuffer(data, np.uint8)
    for offset in range(min(8, len(data))):
        flat[offset, : len(data) - offset] = source[offset:]
    eights = shifted.reshape(-1)
    size = ends - starts
    found = (size.astype(np.uint64) + np.uint64(1)) * _MIX
    left, at, which = size, starts, None
    for step in range(MOST_STEPS + 1):
        if step == MOST_STEPS:
            at, left = at + left - 8, np.minimum(left, 8)
        part = eights.take((at & 7) * whole + (at >> 3)) & _MASKS.take(np.minimum(left, 8))
        if which is None:
            found = _mixed(found ^ part)
        else:
            found[which] = _mixed(found[which] ^ part)
        more = (left > 8).nonzero()[0]
        if not len(more):
            break
        which = more if which is None else which[more]
        at, left = at[more] + 8, left[more] - 8
    return found | np.uint64(1)


def _mixed(values: Hashes) -> Hashes:
    values = values * _MIX
    return values ^ values >> _HALF


class Table:
    """Hashes to numbers: open addressing with linear probing (Knuth 1973, 6.4), at most half full."""

    def __init__(self) -> None:
        self._bits = 10
        self._keys = np.zeros(1 << self._bits, np.uint64)
        self._values = np.zeros(1 << self._bits, np.int64)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def find(self, keys: Hashes) -> Ints:
        """The number of each hash, -1 for those that were not added."""
        at = self._slots(keys)
        there = self._keys.take(at)
        found = np.where(there == keys, self._values.take(at), -1)
        on = ((there != keys) & (there != 0)).nonzero()[0]
        at = at[on]
        while len(on):
            at = at + 1 & len(self._keys) - 1
            there = self._keys.take(at)
            hit = there == keys[on]
            found[on[hit]] = self._values.take(at[hit])
            further = ~hit & (there != 0)
            on, at = on[further], at[further]
        return found

    def add(self, keys: Hashes, values: Ints) -> None:
        """Add hashes, none of them twice and none known."""
        self._count += len(keys)
        if 2 * self._count > len(self._keys):
            keys = np.concatenate([keys, self._keys[self._keys != 0]])
            values = np.concatenate([values, self._values[self._keys != 0]])
            self._bits = int(4 * self._count - 1).bit_length()
            self._keys, self._values = np.zeros(1 << self._bits, np.uint64), np.zeros(1 << self._bits, np.int64)
        at = self._slots(keys)
        while len(keys):
            free = self._keys[at] == 0
            self._keys[at[free]] = keys[free]  # of several for one slot the last one written has it
            lost = self._keys[at] != keys
            self._values[at[~lost]] = values[~lost]
            keys, values, at = keys[lost], values[lost], at[lost] + 1 & len(self._keys) - 1

    def _slots(self, keys: Hashes) -> Ints:
        return (keys * _MIX >> np.uint64(64 - self._bits)).astype(np.int64)
