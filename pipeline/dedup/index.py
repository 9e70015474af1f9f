"""Which remembered stories share sampled shingles with a new one: an inverted index with short posting lists."""

from __future__ import annotations

import numpy as np

from pipeline.dedup.fingerprint import Fingerprint

INSERTED = 16
"""Keys of a story's sketch that are indexed; it is looked up by all of them."""
POSTINGS = 8
"""Stories a key leads to at most, the newest: boilerplate would lead to thousands."""


class ShingleIndex:
    """Hash to the numbers of the newest stories that have it."""

    def __init__(self) -> None:
        self._postings: dict[int, list[int]] = {}

    def add(self, number: int, print_: Fingerprint) -> None:
        for key in {*print_.sketch[:INSERTED].tolist(), *print_.head.tolist()}:
            row = self._postings.setdefault(key, [])
            row.append(number)
            if len(row) > POSTINGS:
                del row[0]

    def remove(self, number: int, print_: Fingerprint) -> None:
        """Forget a story that was added."""
        for key in {*print_.sketch[:INSERTED].tolist(), *print_.head.tolist()}:
            row = self._postings.get(key)
            if row is not None and number in row:
                row.remove(number)
                if not row:
                    del self._postings[key]

    def candidates(self, print_: Fingerprint, limit: int) -> list[int]:
        """Numbers of stories that share at least one key, most shared keys first, then newest."""
        found = [
            number for key in {*print_.sketch.tolist(), *print_.head.tolist()} for number in self._postings.get(key, ())
        ]
        if not found:
            return []
        numbers, counts = np.unique(np.array(found, dtype=np.int64), return_counts=True)
        order = np.lexsort((-numbers, -counts))[:limit]
        return [int(n) for n in numbers[order]]
