"""Sketches as they are remembered: the upper 24 bits of each hash, ascending, in 18 bits each or so.

Of each value the lower 16 bits stand as they are; the upper 8, which ascend, as a row of bits that has a one for each
value and a nought for each step up in between (P. Elias, "Efficient storage and retrieval by content and address of
static files", 1974).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import SKETCH, U16, U32
from pipeline.dedup.runs import I64, Rows, edges_of

U8 = NDArray[np.uint8]

BITS = (SKETCH + 255 + 7) // 8
"""Bytes that the row of bits takes at most."""
LEAST = SKETCH // 8
"""Bytes that it takes at least."""
_RANKS = np.arange(SKETCH)
_S8, _S16, _S24 = np.uint32(8), np.uint32(16), np.uint32(24)


def packed(sketch: U32, sizes: I64) -> tuple[Rows[np.uint16], Rows[np.uint8]]:
    """Of sketches (n, SKETCH), the first `sizes` of each: the lower halves, and the bits of the upper parts, in which
    the last one's is repeated until there are `SKETCH` ones."""
    inside = sizes[:, None] > _RANKS
    sketch = np.sort(sketch, axis=1)  # as it is, but in forged fingerprints
    low = ((sketch >> _S8) & np.uint32(0xFFFF)).astype(np.uint16)[inside]
    high = np.where(inside, sketch >> _S24, np.uint32(0)).astype(np.int64)
    at = np.maximum.accumulate(high, axis=1) + _RANKS
    bits = np.zeros((len(sketch), 8 * BITS), dtype=np.uint8)
    bits[np.arange(len(sketch))[:, None], at] = 1
    used = at[:, -1] // 8 + 1
    table = np.packbits(bits, axis=1)
    return Rows(low, edges_of(sizes)), Rows(table[np.arange(BITS) < used[:, None]], edges_of(used))


def unpacked(low: U16, bits: U8) -> U32:
    """Sketches whose lower 8 bits are 0, anything behind their ends, from lower halves (n, SKETCH), where anything may
    stand behind the ends, and bits (n, at most BITS), noughts behind their end."""
    count, width = bits.shape
    ones = np.unpackbits(bits, axis=1).ravel().nonzero()[0].reshape(count, SKETCH)
    ones -= _RANKS + np.arange(0, 8 * width * count, 8 * width)[:, None]
    sketch: U32 = ones.astype(np.uint32)
    sketch <<= _S16
    sketch |= low
    sketch <<= _S8
    return sketch
