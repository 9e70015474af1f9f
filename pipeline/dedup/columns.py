"""Fingerprints of many stories side by side, for what is computed for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import COARSE, HEAD, HEADER, HEADER_TYPE, LIMITS, SKETCH, TERMS, U16, U32, VERSION
from pipeline.dedup.runs import I64, Rows, T, edges_of, places

F32 = NDArray[np.float32]
NONE = np.uint32(0xFFFFFFFF)
"""Fills the rows of sketches behind their end: the greatest hash, so that rows stay sorted."""
_CUT_SHORT = bytes(HEADER.size)
_WIDE = 4
"""Parts of a fingerprint whose values take four bytes; the others take two."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Of n stories: `sketch` (n, SKETCH), `head` (n, HEAD), `terms` (n, TERMS) and what tells of each as a whole."""

    prints: list[bytes]
    headers: NDArray[Any]
    """`HEADER_TYPE`."""
    sketch: U32
    head: U32
    terms: U32
    headlines: Rows[np.uint32]
    marks: Rows[np.uint16]
    """Numbers, then names."""

    def __len__(self) -> int:
        return len(self.prints)

    @property
    def counts(self) -> I64:
        """How many each part of each has, in the order of the fingerprint: shape (n, 6)."""
        return self.headers["counts"].astype(np.int64)

    @property
    def coarse(self) -> U32:
        return self.sketch & COARSE

    @property
    def shingles(self) -> I64:
        return self.headers["shingles"].astype(np.int64)

    @property
    def titles(self) -> NDArray[np.bool_]:
        """Which have no body to speak of."""
        titles: NDArray[np.bool_] = (self.headers["flags"] & 1) != 0
        return titles

    @property
    def bodies(self) -> NDArray[np.uint64]:
        bodies: NDArray[np.uint64] = self.headers["body"]
        return bodies

    def first(self, count: int) -> Columns:
        """The first so many stories."""
        return Columns(
            self.prints[:count], self.headers[:count], self.sketch[:count], self.head[:count], self.terms[:count],
            Rows(self.headlines.flat[: self.headlines.edges[count]], self.headlines.edges[: count + 1]),
            Rows(self.marks.flat[: self.marks.edges[count]], self.marks.edges[: count + 1]),
        )  # fmt: skip

    def and_more(self, more: Columns) -> Columns:
        """These stories and then the others."""
        return Columns(
            [*self.prints, *more.prints],
            np.concatenate((self.headers, more.headers)),
            np.concatenate((self.sketch, more.sketch)),
            np.concatenate((self.head, more.head)),
            np.concatenate((self.terms, more.terms)),
            _and(self.headlines, more.headlines),
            _and(self.marks, more.marks),
        )


def _and(rows: Rows[T], more: Rows[T]) -> Rows[T]:
    return Rows(np.concatenate((rows.flat, more.flat)), np.concatenate((rows.edges, rows.edges[-1] + more.edges[1:])))


def sound(prints: Sequence[bytes]) -> int:
    """How many of these, from the first on, can be read (`fingerprint.decode` says what is wrong with the next)."""
    headers = _headers(prints)
    counts = headers["counts"].astype(np.int64)
    sizes = HEADER.size + 4 * counts[:, :_WIDE].sum(axis=1) + 2 * counts[:, _WIDE:].sum(axis=1)
    good = (headers["version"] == VERSION) & (counts <= LIMITS).all(axis=1) & (sizes == [len(p) for p in prints])
    return len(prints) if good.all() else int(good.argmin())


def columns_of(prints: list[bytes]) -> Columns:
    """Of sound fingerprints."""
    headers = _headers(prints)
    counts = headers["counts"].astype(np.int64)
    data = b"".join((*prints, b"\0" * 4))
    begin = edges_of(np.fromiter(map(len, prints), dtype=np.int64, count=len(prints)))[:-1] + HEADER.size
    begins = np.empty((6, len(prints)), dtype=np.int64)
    begins[0] = begin
    for n in range(5):
        begins[n + 1] = begins[n] + counts[:, n] * (4 if n < _WIDE else 2)
    # the parts begin at any even byte
    longs: U32 = np.ndarray((len(data) - 3,), dtype="<u4", buffer=data, strides=(1,))
    shorts: U16 = np.ndarray((len(data) - 1,), dtype="<u2", buffer=data, strides=(1,))
    marks = counts[:, 4] + counts[:, 5]
    return Columns(
        prints,
        headers,
        _table(longs, begins[0], counts[:, 0], SKETCH, NONE),
        _table(longs, begins[1], counts[:, 1], HEAD, NONE),
        _table(longs, begins[2], counts[:, 2], TERMS, np.uint32(0)),
        Rows(longs.take(_bytes(begins[3], counts[:, 3], 4)), edges_of(counts[:, 3])),
        Rows(shorts.take(_bytes(begins[4], marks, 2)), edges_of(marks)),
    )


def _headers(prints: Sequence[bytes]) -> NDArray[Any]:
    size = HEADER.size
    return np.frombuffer(b"".join([p[:size] if len(p) >= size else _CUT_SHORT for p in prints]), dtype=HEADER_TYPE)


def _bytes(begins: I64, sizes: I64, width: int) -> I64:
    """The bytes at which values of that width begin, row by row."""
    at = places(np.zeros_like(begins), sizes)
    at *= width
    at += begins.repeat(sizes)
    return at


def _table(longs: U32, begins: I64, sizes: I64, width: int, fill: np.uint32) -> U32:
    steps = np.arange(width)
    table: U32 = np.where(steps < sizes[:, None], longs.take(begins[:, None] + 4 * steps, mode="clip"), fill)
    return table


def gathered(words: U32, begins: I64, sizes: I64, width: int, fill: np.uint32) -> U32:
    """The same for rows that lie in one long array of words, from `begins` on, with `width` words more behind them."""
    steps = np.arange(width)
    table: U32 = np.where(steps < sizes[:, None], words.take(begins[:, None] + steps), fill)
    return table


def overlaps(
    a: U32, a_size: I64, a_shingles: I64, b: U32, b_size: I64, b_shingles: I64
) -> tuple[I64, I64, I64]:  # fmt: skip
    """Pair by pair (rows of sketches): the sampled shingles in both, in either, and of the shorter story.

    The same numbers as `likeness.overlap` gives for one pair.
    """
    limit = np.minimum(
        np.where(a_shingles > SKETCH, a[:, -1], NONE), np.where(b_shingles > SKETCH, b[:, -1], NONE)
    )[:, None]  # fmt: skip
    steps = np.arange(SKETCH)
    in_a, in_b = (a <= limit) & (steps < a_size[:, None]), (b <= limit) & (steps < b_size[:, None])
    a, b = np.where(in_a, a, NONE), np.where(in_b, b, NONE)
    both = np.concatenate((a, b), axis=1)
    both.sort(axis=1)
    same = _twice(both) - _twice(a) - _twice(b)
    of_a, of_b = in_a.sum(axis=1), in_b.sum(axis=1)
    return same, of_a + of_b - same, np.where(a_shingles <= b_shingles, of_a, of_b)


def _twice(rows: U32) -> I64:
    """How many values of each row are as the one before."""
    twice: I64 = ((rows[:, 1:] == rows[:, :-1]) & (rows[:, 1:] != NONE)).sum(axis=1)
    return twice
