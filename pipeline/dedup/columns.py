"""Fingerprints of many stories side by side, for what is computed for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import COARSE, HEAD, SKETCH, TERMS, U32, Fingerprint

F32 = NDArray[np.float32]
NONE = np.uint32(0xFFFFFFFF)
"""Fills the rows of sketches behind their end: the greatest hash, so that rows stay sorted."""


class Columns:
    """Of n stories: `sketch` (n, SKETCH), `head` (n, HEAD), `terms` (n, TERMS) and what tells of each as a whole."""

    def __init__(self, prints: Sequence[Fingerprint]) -> None:
        self.prints = prints
        self.sketch, self.sketched = padded([p.sketch for p in prints], SKETCH, NONE)
        self.coarse = self.sketch & COARSE
        self.head, _ = padded([p.head for p in prints], HEAD, NONE)
        self.terms, self.termed = padded([p.terms for p in prints], TERMS, np.uint32(0))
        self.shingles = np.array([p.shingles for p in prints], dtype=np.int64)
        self.titles = np.array([p.title_only for p in prints], dtype=bool)
        self.bodies = np.array([p.body_hash for p in prints], dtype=np.uint64)

    def __len__(self) -> int:
        return len(self.prints)


def padded(rows: Sequence[U32], width: int, fill: np.uint32) -> tuple[U32, NDArray[np.int64]]:
    """Rows of at most `width` values as one array, filled up behind their ends, and the length of each."""
    sizes = np.array([row.size for row in rows], dtype=np.int64)
    table = np.full((len(rows), width), fill, dtype=np.uint32)
    if rows:
        table[np.arange(width) < sizes[:, None]] = np.concatenate(rows)
    return table, sizes


def gathered(words: U32, begins: NDArray[np.int64], sizes: NDArray[np.int64], width: int, fill: np.uint32) -> U32:
    """The same for rows that lie in one long array of words, from `begins` on, with `width` words more behind them."""
    steps = np.arange(width)
    table: U32 = np.where(steps < sizes[:, None], words[begins[:, None] + steps], fill)
    return table


def overlaps(
    a: U32, a_size: NDArray[np.int64], a_shingles: NDArray[np.int64],
    b: U32, b_size: NDArray[np.int64], b_shingles: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """Pair by pair (rows of sketches): the sampled shingles in both, and those of the shorter story.

    The same numbers as `likeness.overlap` gives for one pair.
    """
    limit = np.minimum(
        np.where(a_shingles > SKETCH, a[:, -1], NONE), np.where(b_shingles > SKETCH, b[:, -1], NONE)
    )[:, None]  # fmt: skip
    steps = np.arange(SKETCH)
    in_a, in_b = (a <= limit) & (steps < a_size[:, None]), (b <= limit) & (steps < b_size[:, None])
    both = np.concatenate((np.where(in_a, a, NONE), np.where(in_b, b, NONE)), axis=1)
    both.sort(axis=1)
    same = np.count_nonzero((both[:, 1:] == both[:, :-1]) & (both[:, 1:] != NONE), axis=1)
    short = np.where(a_shingles <= b_shingles, in_a.sum(axis=1), in_b.sum(axis=1))
    return same, short
