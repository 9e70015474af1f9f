"""What the model says of how words are spelt, for many words at once: beginnings and endings looked up by their bytes.

The features are those of `pipeline.tags.features.spelling` and `ending`, which says them in words and is asked where a
word is not of plain letters. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.text.hashing import Hashes, Ints, Table, hashes

Rows = npt.NDArray[np.float32]

# kind of feature: whether it is told from the front of a word, letters of it (0 for all), letters that a word must have
_KINDS = {
    "w": (True, 0, 1), "f2": (True, 2, 3), "f3": (True, 3, 4), "f4": (True, 4, 5),
    "z1": (False, 1, 1), "z2": (False, 2, 3), "z3": (False, 3, 4), "z4": (False, 4, 5), "z": (False, 3, 1),
}  # fmt: skip
_AS_PRINTED = "x"
_SALTS = {kind: np.uint64(2 * n + 2) for n, kind in enumerate((*_KINDS, _AS_PRINTED))}


class Spelling:
    """The rows of the model's features of spelling, found by bytes."""

    def __init__(self, index: Mapping[str, int], rows: Rows) -> None:
        """`index` gives the row of each feature, named as in `pipeline.tags.features`."""
        self._rows = rows
        self._table = Table()
        for kind, salt in _SALTS.items():
            named = {name[len(kind) + 1 :]: row for name, row in index.items() if name.startswith(f"{kind}=")}
            data, starts, ends = _joined(list(named))
            self._table.add(_salted(hashes(data, starts, ends), salt), np.fromiter(named.values(), np.int64))

    def sums(self, words: Sequence[str]) -> Rows:
        """The sum of the rows of each word's features. The words are of ASCII letters alone."""
        total = np.zeros((len(words), self._rows.shape[1]), np.float32)
        printed, starts, ends = _joined(words)
        small = printed.lower()
        size = ends - starts
        for kind, (front, letters, least) in _KINDS.items():
            which = (size >= least).nonzero()[0]
            begin, end = starts[which], ends[which]
            if letters and front:
                end = begin + letters
            elif letters:
                begin = np.maximum(begin, end - letters)
            self._add(total, which, _salted(hashes(small, begin, end), _SALTS[kind]))
        capital = np.array([not word.islower() for word in words]).nonzero()[0]
        keys = _salted(hashes(printed, starts[capital], ends[capital]), _SALTS[_AS_PRINTED])
        self._add(total, capital, keys)
        return total

    def _add(self, total: Rows, which: Ints, keys: Hashes) -> None:
        rows = self._table.find(keys)
        known = (rows >= 0).nonzero()[0]
        total[which[known]] += self._rows[rows[known]]


def _salted(keys: Hashes, salt: np.uint64) -> Hashes:
    """Hashes of one kind of feature, apart from those of the same letters in another."""
    return keys ^ salt


def _joined(words: Sequence[str]) -> tuple[bytes, Ints, Ints]:
    encoded = [word.encode() for word in words]
    ends = np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)))
    starts = np.zeros(len(encoded), np.int64)
    starts[1:] = ends[:-1]
    return b"".join(encoded), starts, ends
