"""From texts to the codes of their words, all texts of a batch at once.

What stands between two spaces is looked up, by a hash of its bytes, in a table of what it was read as before; only
what was never seen is split and coded letter by letter (`tokens`). The table changes nothing but the speed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup import tokens

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

PLACES_LOG2 = 18
FULL = 150_000
"""Printed words that are kept (the table takes 10 MB); after that it is begun anew, and the frequent ones come back."""
LONGEST = 24
"""Bytes; longer runs without a space are mostly sentences of unspaced scripts, which do not come twice."""
INLINE = 3
"""Tokens of a printed word that the table can hold; `U.S.` has three."""

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_S32 = np.uint64(32)
_SHIFT = np.uint64(64 - PLACES_LOG2)
_SPACE = np.zeros(256, dtype=bool)
_SPACE[[9, 10, 11, 12, 13, 28, 29, 30, 31, 32]] = True
_OTHER_SPACES = "\x85\u1680\u2028\u2029"
"""Besides those that normalising makes plain."""


class Lexicon:
    """Words seen before. One for all: it only remembers what any text would give."""

    def __init__(self) -> None:
        self._clear()
        self._powers = self._inverses = np.empty(0, dtype=np.uint64)

    def _clear(self) -> None:
        size = 1 << PLACES_LOG2
        self._known = 0
        self._hashes = np.zeros(size, dtype=np.uint64)
        self._codes = [np.zeros(size, dtype=np.uint64) for _ in range(INLINE)]
        self._counts = np.zeros(size, dtype=np.int8)

    def read(self, texts: Sequence[str]) -> tuple[U64, I64]:
        """The codes of all texts (normalised) one after the other, and where each text begins, with the end last."""
        if self._known >= FULL:
            self._clear()
        data = [(text if text.isascii() else _plain(text)).encode("utf-8", "surrogatepass") for text in texts]
        joined = b" ".join((b"", *data, b""))
        array = np.frombuffer(joined, dtype=np.uint8)
        space = _SPACE[array]
        edges = np.flatnonzero(space[1:] != space[:-1]) + 1
        starts, ends = edges[::2], edges[1::2]
        lengths = np.fromiter(map(len, data), dtype=np.int64, count=len(data)) + 1
        firsts = np.searchsorted(starts, np.concatenate((np.ones(1, dtype=np.int64), 1 + np.cumsum(lengths))))
        hashes = self._hash(array, starts, ends)
        at, missed = self._find(hashes)
        apart: dict[int, list[int]] = {}
        if missed.size:
            apart = self._learn(joined, starts, ends, hashes, missed)
            at[missed] = self._find(hashes[missed])[0]
        counts = self._counts[at]
        totals = np.zeros(starts.size + 1, dtype=np.int64)
        np.cumsum(counts, out=totals[1:])
        codes = np.empty(int(totals[-1]) + 1, dtype=np.uint64)
        codes[totals[:-1]] = self._codes[0][at]  # a word of no token is overwritten by the next
        for n in range(1, INLINE):
            more = np.flatnonzero(counts > n)
            codes[totals[more] + n] = self._codes[n][at[more]]
        codes = codes[:-1]
        if apart:
            codes, totals = _inserted(codes, totals, apart)
        return codes, totals[firsts]

    def _hash(self, array: NDArray[np.uint8], starts: I64, ends: I64) -> U64:
        """A polynomial in the bytes of each word, from sums over all bytes before its ends."""
        while self._powers.size < array.size:
            size = max(1 << 16, 2 * self._powers.size)
            self._powers, self._inverses = _powers(_BASE, size), _powers(_INVERSE, size)
        sums = np.empty(array.size + 1, dtype=np.uint64)
        sums[0] = 0
        np.cumsum(self._powers[: array.size] * (array + np.uint64(1)), out=sums[1:])
        hashes = (sums[ends] - sums[starts]) * self._inverses[starts]
        hashes ^= hashes >> _S32
        hashes *= _MIX
        return hashes

    def _find(self, hashes: U64) -> tuple[I64, I64]:
        """The place of each word, and which ones have none yet (their place is any)."""
        at = (hashes >> _SHIFT).astype(np.int64)
        missed = np.flatnonzero(self._hashes[at] != hashes)
        mask = (1 << PLACES_LOG2) - 1
        going = missed
        lost: list[I64] = []
        while going.size:
            here = self._hashes[at[going]]
            lost.append(going[here == 0])
            going = going[(here != 0) & (here != hashes[going])]
            at[going] = (at[going] + 1) & mask
        return at, np.concatenate(lost) if lost else missed

    def _learn(self, joined: bytes, starts: I64, ends: I64, hashes: U64, missed: I64) -> dict[int, list[int]]:
        """Read the words that were not found and keep them; the codes of those that the table does not take."""
        apart: dict[int, list[int]] = {}
        new: dict[int, list[int]] = {}
        for n, start, end, hashed in zip(
            missed.tolist(), starts[missed].tolist(), ends[missed].tolist(), hashes[missed].tolist(), strict=True
        ):
            if (found := new.get(hashed)) is None:
                found = tokens.codes_of(joined[start:end].decode("utf-8", "surrogatepass"))
                if end - start <= LONGEST and len(found) <= INLINE and self._known < FULL:
                    self._keep(hashed, found)
                    continue
                new[hashed] = found
            if not self._holds(hashed):
                apart[n] = found
        return apart

    def _place(self, hashed: int) -> int:
        """Where the word is, or where it would be."""
        at = hashed >> (64 - PLACES_LOG2)
        while self._hashes.item(at) not in (0, hashed):
            at = (at + 1) & ((1 << PLACES_LOG2) - 1)
        return at

    def _holds(self, hashed: int) -> bool:
        return bool(self._hashes.item(self._place(hashed)) == hashed)

    def _keep(self, hashed: int, codes: list[int]) -> None:
        at = self._place(hashed)
        self._known += self._hashes.item(at) == 0
        self._hashes[at], self._counts[at] = hashed, len(codes)
        for n, code in enumerate(codes):
            self._codes[n][at] = code


def _plain(text: str) -> str:
    for space in _OTHER_SPACES:
        text = text.replace(space, " ")
    return text


def _powers(base: int, count: int) -> U64:
    factors = np.full(count, base, dtype=np.uint64)
    factors[0] = 1
    powers: U64 = np.cumprod(factors)
    return powers


def _inserted(codes: U64, totals: I64, apart: dict[int, list[int]]) -> tuple[U64, I64]:
    """With the codes of the words in `apart`, which so far count for none."""
    pieces, at = [], 0
    more = np.zeros(totals.size, dtype=np.int64)
    for n in sorted(apart):
        end = int(totals[n])
        pieces += [codes[at:end], np.array(apart[n], dtype=np.uint64)]
        more[n + 1], at = len(apart[n]), end
    return np.concatenate((*pieces, codes[at:])), totals + np.cumsum(more)


LEXICON = Lexicon()
