"""From hashes to the remembered stories that have them: one table of fixed size, a short row of postings a hash.

A row holds the newest stories of all hashes that fall into it and forgets the oldest, so that boilerplate leads to a
few recent stories instead of thousands, and a look-up costs the same however many stories there are. A posting is a
story's slot with ten bits of the hash; what a candidate really has in common is always checked on its fingerprint.
Stories are filed many at a time, a block (see `state`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import U32

SLOT_BITS = 22
SLOT_MASK = np.uint32((1 << SLOT_BITS) - 1)
TAG_BITS = 10
HOT = 4
"""Postings of one hash in a row from which it overwrites its own instead of its neighbours'."""

_MIX = np.uint32(0x9E3779B1)
_S32, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_TAG_SHIFT = np.uint32(SLOT_BITS)


class Index:
    """Hashes (32 bits) to slots (1 to 2^22 - 1), in so many rows; memory is touched as it is used. The bits of a
    posting are those from `tag_shift` on."""

    def __init__(self, rows: int, width: int, tag_shift: int = 0) -> None:
        self.table = np.zeros((rows, width), dtype=np.uint32)
        self.written = np.zeros(rows, dtype=np.uint8)
        self._rows, self._tag_shift = np.uint64(rows), np.uint32(tag_shift)
        self._width = width

    def _place(self, hashes: U32) -> tuple[U32, U32]:
        mixed = hashes * _MIX
        rows = ((mixed.astype(np.uint64) * self._rows) >> _S32).astype(np.uint32)
        return rows, (mixed >> self._tag_shift) & np.uint32((1 << TAG_BITS) - 1)

    def look_up(self, hashes: U32) -> tuple[NDArray[np.intp], U32]:
        """Which of the hashes leads to which slot: two arrays of equal length, positions in `hashes` and slots."""
        rows, tags = self._place(hashes)
        postings = self.table.take(rows, axis=0)
        found = ((postings >> _TAG_SHIFT) == tags[:, None]).ravel().nonzero()[0]
        slots = postings.ravel()[found] & SLOT_MASK
        used = slots != 0
        return found[used] // self._width, slots[used]

    def add(self, hashes: U32, slots: U32) -> None:
        """File the story in each of the slots under the hash beside it, in order."""
        if not hashes.size:
            return
        rows, tags = self._place(hashes)
        # in one number with the order they came in, which sorts much faster
        order = np.sort((rows.astype(np.uint64) << _S32) | np.arange(rows.size, dtype=np.uint64)) & _LOW
        rows, tags = rows[order], tags[order]
        first = np.concatenate((np.zeros(1, dtype=np.intp), np.flatnonzero(rows[1:] != rows[:-1]) + 1))
        counts = np.diff(first, append=rows.size)
        rank = np.arange(rows.size) - np.repeat(first, counts)
        position = (self.written[rows] + rank) % self._width
        self.written[rows[first]] += counts.astype(np.uint8)
        same = (self.table[rows] >> _TAG_SHIFT) == tags[:, None]
        own = same.sum(axis=1)
        hot = own >= HOT
        if hot.any():
            wanted = position[hot] % own[hot] + 1
            position[hot] = np.argmax(np.cumsum(same[hot], axis=1) == wanted[:, None], axis=1)
        self.table[rows, position] = (tags << _TAG_SHIFT) | slots[order].astype(np.uint32)
