"""From hashes to the remembered stories that have them: one table of fixed size, a short row of postings a hash.

A row holds the newest stories of all hashes that fall into it and forgets the oldest, so that boilerplate leads to a
few recent stories instead of thousands, and a look-up costs the same however many stories there are. A posting is a
story's slot with ten bits of the hash; what a candidate really has in common is always checked on its fingerprint.
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


class Index:
    """Hashes (32 bits) to slots (1 to 2^22 - 1). `rows_log2` at most 22; memory is touched as it is used."""

    def __init__(self, rows_log2: int, width: int) -> None:
        self._table = np.zeros((1 << rows_log2, width), dtype=np.uint32)
        self._written = np.zeros(1 << rows_log2, dtype=np.uint8)
        self._shift = np.uint32(32 - rows_log2)
        self._tag_shift = np.uint32(32 - rows_log2 - TAG_BITS) if rows_log2 + TAG_BITS <= 32 else np.uint32(0)
        self._width = width

    def _place(self, hashes: U32) -> tuple[U32, U32]:
        mixed = hashes * _MIX
        return mixed >> self._shift, (mixed >> self._tag_shift) & np.uint32((1 << TAG_BITS) - 1)

    def look_up(self, hashes: U32) -> tuple[NDArray[np.intp], U32]:
        """Which of the hashes leads to which slot: two arrays of equal length, positions in `hashes` and slots."""
        rows, tags = self._place(hashes)
        postings = self._table[rows]
        which, column = np.nonzero(((postings >> np.uint32(SLOT_BITS)) == tags[:, None]) & (postings != 0))
        return which, postings[which, column] & SLOT_MASK

    def add(self, hashes: U32, slot: int) -> None:
        """File the story in `slot` under each of the hashes."""
        if not hashes.size:
            return
        rows, tags = self._place(hashes)
        written = self._written[rows]
        position = written % np.uint8(self._width)
        self._written[rows] = written + np.uint8(1)
        same = (self._table[rows] >> np.uint32(SLOT_BITS)) == tags[:, None]
        if np.count_nonzero(same) >= HOT:
            for n in np.nonzero(same.sum(axis=1) >= HOT)[0]:
                own = np.nonzero(same[n])[0]
                position[n] = own[int(position[n]) % own.size]
        self._table[rows, position] = (tags << np.uint32(SLOT_BITS)) | np.uint32(slot)
