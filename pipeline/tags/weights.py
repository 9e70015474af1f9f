"""The name model's weights: a linear-chain conditional random field (Lafferty, McCallum and Pereira 2001), trained by
`training/tags/train.py`, shipped as `data/names.npz`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import as_file, files
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.tags.features import CLASSES
from pipeline.tags.spelling import Spelling

SELF, BEFORE, AFTER, BEFORE2, AFTER2 = range(5)
"""For whom a token's features speak: itself; the next token, whose token before it is; the one before; and so on."""
MODES = ("n", "T", "U")
"""How capitals are used in a paragraph: as in running text, on most words, throughout."""
AFTERS = 5
EAGER = 0.8
"""Taken off the score of `O`: a model is too cautious on text whose names it has never seen. Measured on the CoNLL-2003
and held-out Wikinews sentences: +.02 recall for -.01 precision."""

Floats = npt.NDArray[np.float32]


class Weights:
    """Scores of labels for features, and of a label after a label."""

    def __init__(
        self, names: list[str], weights: Floats, transitions: Floats, label_names: list[str], version: str,
        curve: Floats,
    ) -> None:  # fmt: skip
        self.version = version
        self.curve = curve
        """[label, scale and shift]: from the model's log odds of a name to how often such are right (Platt 1999)."""
        self.label_names = label_names
        """`O`, `B-PER`, `I-PER`, …"""
        self.labels = len(label_names)
        self.transitions = transitions
        """[from, to]"""
        self._index: dict[str, int] = {}
        self._matrix = self._by_token(names, weights)
        self._contexts(names, weights)
        self._spelling = Spelling(self._index, self._matrix)

    @classmethod
    def load(cls, other: Path | None = None) -> Weights:
        """The shipped model, or another one of its kind."""
        shipped = as_file(files("pipeline.tags").joinpath("data", "names.npz"))
        with shipped as path, np.load(other or path) as data:
            return cls.of(data)

    @classmethod
    def of(cls, data: Mapping[str, npt.NDArray[Any]]) -> Weights:
        """A model from the arrays of its file."""
        return cls(
            bytes(data["features"]).decode().split("\n"),
            data["weights"].astype(np.float32),
            data["transitions"].astype(np.float32),
            bytes(data["labels"]).decode().split("\n"),
            bytes(data["version"]).decode(),
            data["curve"].astype(np.float32),
        )

    def sum(self, names: Iterable[str]) -> Floats:
        """What some features of a token together say to the five tokens around it, [for whom, labels]."""
        index = self._index
        found = [i for name in names if (i := index.get(name)) is not None]
        total: Floats = self._matrix[found].sum(axis=0).reshape(5, self.labels)
        return total

    def sums(self, names: Sequence[str], begins: Sequence[int]) -> Floats:
        """The sums of stretches of features, [stretch, for whom, labels]; `begins` are their beginnings."""
        number = np.fromiter(map(self._index.get, names, repeat(-1)), np.int64, len(names))
        known = number >= 0
        ends = np.append(0, np.cumsum(known))[[*begins, len(names)]]
        filled = (ends[1:] > ends[:-1]).nonzero()[0]
        total = np.zeros((len(begins), 5 * self.labels), np.float32)
        if len(filled):
            total[filled] = np.add.reduceat(self._matrix.take(number[known], 0), ends[filled], axis=0)
        return total.reshape(len(begins), 5, self.labels)

    def spelt(self, words: Sequence[str]) -> Floats:
        """What the features of spelling say of words of ASCII letters, [word, for whom, labels]."""
        return self._spelling.sums(words).reshape(len(words), 5, self.labels)

    def _by_token(self, names: list[str], weights: Floats) -> Floats:
        """Bring the weights of a feature for the token itself and for its neighbours (`-1:…`) into one row."""
        places = {"-1:": BEFORE, "1:": AFTER, "-2:": BEFORE2, "2:": AFTER2}
        split = [(name[len(p) :], p) for name in names for p in [next((p for p in places if name.startswith(p)), "")]]
        for base, _ in split:
            self._index.setdefault(base, len(self._index))
        matrix = np.zeros((len(self._index), 5, self.labels), np.float32)
        for (base, prefix), row in zip(split, weights, strict=True):
            matrix[self._index[base], places.get(prefix, SELF)] = row
        return matrix.reshape(len(matrix), 5 * self.labels)

    def _contexts(self, names: list[str], weights: Floats) -> None:
        """Unpack the features of classes in context into tables that arrays of classes can index."""
        n = len(CLASSES)
        self.before = np.zeros((n, AFTERS, n, self.labels), np.float32)
        """[class before, what ends it, class]"""
        self.following = np.zeros((n, AFTERS, n, self.labels), np.float32)
        """[class, what ends it, class after]"""
        self.between = np.zeros((n, n, n, self.labels), np.float32)
        self.before2 = np.zeros((n, n, n, self.labels), np.float32)
        self.following2 = np.zeros((n, n, n, self.labels), np.float32)
        self.mode = np.zeros((len(MODES), n, self.labels), np.float32)
        self.start = np.zeros((2, n, self.labels), np.float32)
        """[whether a sentence starts here, class]"""
        for name, row in zip(names, weights, strict=True):
            head, _, rest = name.partition("=")
            match head:
                case "k-" | "k+":
                    a, _, b = rest.partition("|")
                    k, _, end = a.partition(".")
                    (self.before if head == "k-" else self.following)[int(k), int(end), int(b)] = row
                case "k-+" | "k--" | "k++":
                    table = {"k-+": self.between, "k--": self.before2, "k++": self.following2}[head]
                    table[tuple(map(int, rest.split("|")))] = row
                case "m":
                    self.mode[MODES.index(rest[0]), int(rest[1:])] = row
                case "i":
                    self.start[int(rest[0]), int(rest[1:])] = row
        self.mode[:, :, self.label_names.index("O")] -= EAGER
