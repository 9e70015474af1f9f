"""Rows of bytes of any length in one array: no object a row, and room given back when all rows of a page are gone.

Rows are forgotten roughly in the order in which they came, so pages empty one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PAGE = 1 << 20
"""Bytes; no row lies across two pages."""
AHEAD = 512
"""Bytes at the end of a page that stay free, so that reading too far reads zeros of the same page."""
GROWTH = 8
"""Pages by which the array grows: some milliseconds, and at most so much memory without use."""


class Arena:
    """Rows by where they begin, in units of four bytes. What is read is a copy, never a view: the array moves."""

    def __init__(self) -> None:
        self.data = np.zeros(GROWTH * PAGE, dtype=np.uint8)
        self.rows = np.zeros(GROWTH, dtype=np.int32)
        """Living rows by page."""
        self.free = list(range(GROWTH - 1, -1, -1))
        self.page, self.at = -1, PAGE

    def put(self, rows: Sequence[bytes]) -> list[int]:
        """Keep rows, each a multiple of four bytes and far shorter than a page; where each begins."""
        begins: list[int] = []
        waiting: list[bytes] = []
        begin = self.at
        for row in rows:
            if self.at + len(row) > PAGE - AHEAD:
                self._write(begin, waiting)
                self._turn()
                waiting, begin = [], 0
            begins.append((self.page * PAGE + self.at) >> 2)
            waiting.append(row)
            self.at += len(row)
        self._write(begin, waiting)
        return begins

    def _write(self, begin: int, rows: Sequence[bytes]) -> None:
        """Onto the page at hand, from there on."""
        if rows:
            self.rows[self.page] += len(rows)
            start = self.page * PAGE
            self.data[start + begin : start + self.at] = np.frombuffer(b"".join(rows), dtype=np.uint8)

    def get(self, begin: int, size: int) -> bytes:
        """So many bytes from there on."""
        return self.data[begin << 2 : (begin << 2) + size].tobytes()

    def words(self) -> NDArray[np.uint32]:
        """All of it, for gathering at once; let go of it before the next `put`."""
        return self.data.view(np.uint32)

    def drop(self, begin: int) -> None:
        """The row is forgotten."""
        page = (begin << 2) // PAGE
        self.rows[page] -= 1
        if not self.rows[page] and page != self.page:
            self.free.append(page)

    def _turn(self) -> None:
        """To the next free page."""
        if self.page >= 0 and not self.rows[self.page]:
            self.free.append(self.page)
        if not self.free:
            pages = self.rows.size
            # moves the pages in the kernel's tables without copying them
            self.data.resize((pages + GROWTH) * PAGE, refcheck=False)
            self.rows = np.concatenate((self.rows, np.zeros(GROWTH, dtype=np.int32)))
            self.free = list(range(pages + GROWTH - 1, pages - 1, -1))
        self.page, self.at = self.free.pop(), 0

    @property
    def reached(self) -> int:
        """Pages up to the last that was ever used."""
        untouched = set(self.free)
        return max((n + 1 for n in range(self.rows.size) if n not in untouched), default=0)

    @property
    def nbytes(self) -> int:
        return (self.rows.size - len(self.free)) * PAGE
