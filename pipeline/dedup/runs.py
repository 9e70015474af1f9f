"""Rows of different lengths, one after the other in one array, and what is chosen from each row, from all at once."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

T = TypeVar("T", bound=np.generic)
W = TypeVar("W", bound=np.unsignedinteger)

_S16, _S32, _S48 = np.uint64(16), np.uint64(32), np.uint64(48)
_LOW = np.uint64(0xFFFFFFFF)


class Rows(NamedTuple, Generic[T]):
    """Row n is `flat[edges[n]:edges[n + 1]]`."""

    flat: NDArray[T]
    edges: I64

    @property
    def sizes(self) -> I64:
        return self.edges[1:] - self.edges[:-1]

    def pieces(self) -> list[bytes]:
        """The bytes of each row."""
        data = self.flat.tobytes()
        return [data[a:b] for a, b in pairwise((self.edges * self.flat.itemsize).tolist())]


def edges_of(sizes: I64) -> I64:
    """Where rows of those lengths begin, and the end of the last."""
    edges = np.zeros(sizes.size + 1, dtype=np.int64)
    sizes.cumsum(out=edges[1:])
    return edges


def bounds(values: NDArray[Any]) -> I64:
    """Where runs of equal values begin, and the end of the last."""
    new = np.empty(values.size + 1, dtype=bool)
    new[0] = new[-1] = True
    np.not_equal(values[1:], values[:-1], out=new[1:-1])
    return new.nonzero()[0]


def places(starts: I64, sizes: NDArray[np.integer]) -> I64:
    """All places of runs of places, one run after the other."""
    begins = starts - sizes.cumsum()
    begins += sizes
    found: I64 = begins.repeat(sizes)
    found += np.arange(found.size)
    return found


def cut(values: NDArray[W], starts: I64, ends: I64) -> Rows[W]:
    """Rows that are runs of `values`; a copy."""
    rows = [values[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    return Rows(np.concatenate(rows), edges_of(ends - starts))


def sort(rows: Rows[W]) -> None:
    """Sort each row in its place."""
    flat = rows.flat
    for a, b in pairwise(rows.edges.tolist()):
        flat[a:b].sort()


def distinct(rows: Rows[W]) -> Rows[np.int64]:
    """The places of the values, in sorted rows, that differ from the one before them in their row."""
    flat, edges = rows
    new = np.empty(flat.size + 1, dtype=bool)
    np.not_equal(flat[1:], flat[:-1], out=new[1:-1])
    new[edges] = True
    found = new[:-1].nonzero()[0]
    return Rows(found, found.searchsorted(edges))


def smallest(rows: Rows[W], most: I64) -> tuple[Rows[W], I64]:
    """The distinct values of each row ascending, `most` (for each row) of them at most, and how many distinct ones
    there are. Sorts the rows."""
    sort(rows)
    found = distinct(rows)
    counts = found.sizes
    kept = np.minimum(counts, most)
    return Rows(rows.flat[found.flat[places(found.edges[:-1], kept)]], edges_of(kept)), counts


def firsts(values: U16, starts: I64, ends: I64, most: I64) -> Rows[np.uint16]:
    """The distinct values of each run ascending: of more than `most` (for each run), those that come first in it. Runs
    are in order and do not overlap."""
    sizes = ends - starts
    at = places(starts, sizes).astype(np.uint64)
    row = np.arange(starts.size, dtype=np.uint64).repeat(sizes)
    keys = (((row << _S16) | values[at]) << _S32) | at
    keys.sort()
    new = np.ones(keys.size, dtype=bool)
    np.not_equal(keys[1:] >> _S32, keys[:-1] >> _S32, out=new[1:])
    keys = keys[new]
    at, row = keys & _LOW, (keys >> _S48).view(np.int64)
    seen = np.zeros(values.size + 1, dtype=np.int64)
    seen[at] = 1
    seen.cumsum(out=seen)
    before = edges_of(np.bincount(row, minlength=starts.size))
    kept = seen[at] - before[row] <= most[row]
    return Rows((keys[kept] >> _S32).astype(np.uint16), edges_of(np.bincount(row[kept], minlength=starts.size)))


def least(scores: Rows[Any], most: int) -> NDArray[np.bool_]:
    """Which values are among the `most` smallest of their row; of equal ones the first."""
    sizes = scores.sizes
    wide = (sizes > most).nonzero()[0]
    kept = np.ones(scores.flat.size, dtype=bool)
    if wide.size:
        width = int(sizes[wide].max())
        inside = np.arange(width) < sizes[wide, None]
        at = places(scores.edges[wide], sizes[wide])
        table = np.full(inside.shape, np.inf)
        table[inside] = scores.flat[at]
        limit = np.partition(table, most - 1, axis=1)[:, most - 1 : most]
        below, equal = table < limit, table == limit
        equal &= equal.cumsum(axis=1) <= most - below.sum(axis=1, keepdims=True)
        kept[at] = (below | equal)[inside]
    return kept
