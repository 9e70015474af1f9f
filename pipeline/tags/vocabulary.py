"""Tokens to numbers, and what the model makes of each token, worked out once and kept.

Wire copy uses few words very often: after some hundred stories nine tokens in ten are known, and a story costs a
dictionary look-up a token plus a few array operations.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from pipeline.tags.features import Facts, edges, mark
from pipeline.tags.phrases import Phrases
from pipeline.tags.tokens import STOP, Token, analyse
from pipeline.tags.weights import Weights

MOST = 100_000
"""Distinct tokens kept. Beyond, everything is forgotten and learnt anew: bounded memory, the same answers."""
PAD = "\0"
"""Stands for the end of a paragraph; control characters never reach a story."""
PADS = [PAD, PAD]
_DIGIT = re.compile(r"\d")
_COUNTED = re.compile(r"\d+ers$")

Rows = npt.NDArray[np.float32]


class Vocabulary(dict[str, int]):
    """Token to its number; a token that is new is taken apart and added. Number 0 pads the ends of paragraphs."""

    def __init__(self, weights: Weights, facts: Facts, phrases: Phrases) -> None:
        super().__init__()
        self._weights = weights
        self._facts = facts
        self._phrases = phrases
        self._words: dict[str, tuple[Rows, int]] = {}
        self._edges: dict[tuple[int, int], Rows] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._words.clear()
        size = 4096
        self.rows = np.zeros((size, 5, self._weights.labels), np.float32)
        """What a token adds to the scores of itself and of the tokens up to two places off."""
        self.klass = np.zeros(size, np.int32)
        self.after = np.zeros(size, np.int32)
        self.length = np.zeros(size, np.int64)
        self.lead = np.zeros(size, np.int64)
        self.core = np.zeros(size, np.int64)
        """Length of the word within the token."""
        self.capital = np.zeros(size, bool)
        self.inside = np.zeros(size, bool)
        """Small words that stand within names."""
        self.opens = np.zeros(size, bool)
        self.closes = np.zeros(size, bool)
        self.worded = np.zeros(size, bool)
        self.upper = np.zeros(size, bool)
        self.initial = np.zeros(size, bool)
        """Begins with a capital."""
        self.namelike = np.zeros(size, bool)
        """Capitalised, and not a common word or a day: a name wherever the story uses it as one."""
        self.phrase = np.zeros(size, bool)
        """May begin a listed name of several words."""
        self.word = np.zeros(size, np.int64)
        """The number of the first token with the same word, whatever is attached to it."""
        self.rarity = np.zeros(size, np.float32)
        """How rare the word is in news, where it can be a keyword; else 0."""
        self.tokens: list[Token] = []
        self._first: dict[str, int] = {}
        self.unlisted: set[int] = set()
        """Pairs of tokens (first << 32 | second) that begin no listed name."""
        self._add(PAD, Token("", 0, 0, STOP, True), self._weights.pad(), 0)
        self.closes[0] = self.opens[0] = True
        self.length[0] = -1

    def __missing__(self, raw: str) -> int:
        token = analyse(raw)
        if not token.core:
            features = mark(raw)
            return self._add(raw, token, self._weights.sum(features.own), features.klass)
        rows, klass = self._word(token.core)
        if token.before or token.after:
            key = (token.before, token.after)
            attached = self._edges.get(key)
            if attached is None:
                attached = self._edges[key] = self._weights.sum(edges(*key))
            rows = rows + attached
        return self._add(raw, token, rows, klass)

    def _word(self, core: str) -> tuple[Rows, int]:
        form = _DIGIT.sub("9", core) if core[0].isdigit() else core
        known = self._words.get(form)
        if known is None:
            features = self._facts.word(form)
            # what is no feature of a place has no weight there, so one sum serves the token and its neighbours
            known = self._words[form] = (self._weights.sum({*features.own, *features.near}), features.klass)
        return known

    def _add(self, raw: str, token: Token, rows: Rows, klass: int) -> int:
        number = len(self.tokens)
        if number == len(self.klass):
            self._grow()
        core = token.core
        self.tokens.append(token)
        self.rows[number] = rows
        self.klass[number] = klass
        self.after[number] = token.after
        self.length[number] = len(raw)
        self.lead[number] = token.lead
        self.core[number] = len(core)
        self.opens[number] = token.opens
        self.closes[number] = token.closes
        if core:
            self.capital[number] = core != core.lower() or _COUNTED.match(core) is not None
            self.inside[number] = core in self._facts.inside
            self.worded[number] = core[0].isalpha()
            self.upper[number] = len(core) > 1 and core[0].isalpha() and core.isupper()
            self.initial[number] = core[0].isupper()
            self.namelike[number] = core[0].isupper() and not self._facts.ordinary(core)
            self.phrase[number] = core in self._phrases.longest
            word, rarity = self._facts.keyword(core)
            self.word[number] = self._first.setdefault(word, number)
            self.rarity[number] = rarity
        self[raw] = number
        return number

    def _grow(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, np.concatenate([value, np.zeros_like(value)]))
