"""Tokens to numbers, and what the model makes of each token, worked out once and kept.

Wire copy uses few words very often: after some hundred stories nineteen tokens in twenty are known, and a story costs a
few array operations. What a batch is the first to bring is learnt together. There are far fewer *words* than tokens,
and few *styles* of what is attached to them; numbers are known by their shape; and what lists and form say of a word,
its *manner*, it shares with many others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.tags.features import CLASS, Facts, Manner, edges, ending, length, mark, spelling
from pipeline.tags.flags import CLOSES, OPENS, flags_of
from pipeline.tags.phrases import Phrases
from pipeline.tags.tokens import COMMA, NONE, QUOTE, STOP, Token, analyse, keeps_dot
from pipeline.tags.weights import Weights
from pipeline.text.hashing import Table, hashes

MOST = 100_000
"""Distinct tokens kept. Beyond, everything is forgotten and learnt anew: bounded memory, the same answers."""
PAD = "\1"
"""Stands for the end of a paragraph; control characters never reach a story."""
_PAD = Token("", 0, QUOTE, STOP, True)
_DIGIT = re.compile(r"\d")
_FIGURE = re.compile(r"[\W_]*(\d(?:.*[^\W_])?)")

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.float32]
Style = tuple[int, int, int, bool, bool]
"""Characters before the word, what stands before and after it, whether a name must end here, and whether it is none."""


class Vocabulary:
    """Tokens by number. Number 0 pads the ends of paragraphs."""

    def __init__(self, weights: Weights, facts: Facts, phrases: Phrases) -> None:
        self._weights = weights
        self._facts = facts
        self._phrases = phrases
        self._lengths = np.stack([weights.sum([length("x" * n)]) for n in range(10)])
        self.clear()

    def __len__(self) -> int:
        """How many tokens are known."""
        return len(self._numbers)

    def clear(self) -> None:
        """Forget everything."""
        self._numbers = Table()
        none = np.zeros((0, 5, self._weights.labels), np.float32)
        self.cores: list[str] = []
        """Words; empty for punctuation."""
        self._forms: list[str] = []
        """Words, and punctuation as it is."""
        self._words: dict[str, int] = {}
        self._shapes: dict[str, int] = {}
        """Numbers, their digits as 9, to their tokens."""
        self._styles: dict[Style, int] = {}
        self._manners: dict[Manner, tuple[int, int]] = {}
        """To a row of `_shared`, whose first is zero, and the class."""
        self._keywords: dict[str, int] = {}
        # columns of tokens
        self._count = 0
        self.word = np.zeros(0, np.int64)
        self.style = np.zeros(0, np.int64)
        self.flags = np.zeros(0, np.uint16)
        # columns of words
        self.size = np.zeros(0, np.int64)
        self.klass = np.zeros(0, np.int64)
        self.rows = none
        """What a word adds to the scores of itself and of the tokens up to two places off; once it is weighed."""
        self._weighed = np.zeros(0, bool)
        self.keyword = np.zeros(0, np.int64)
        """The first word that is the same keyword."""
        self.rarity = np.zeros(0, np.float32)
        """How rare the word is in news, where it can be a keyword; else 0."""
        self._flags = np.zeros(0, np.uint16)
        # columns of styles
        self.lead = np.zeros(0, np.int64)
        self.after = np.zeros(0, np.int64)
        self.edges = none
        """What is attached to a word adds to the same scores."""
        self._ends = np.zeros(0, np.uint16)
        self._shared = none[:1]
        self._extend(0, _shared=np.zeros((1, *none.shape[1:]), np.float32))
        self._plain = self._style((0, NONE, NONE, False, False))
        self._tails = {",": self._style((0, NONE, COMMA, True, False)), ".": self._style((0, NONE, STOP, True, False))}
        self.numbers(PAD.encode(), np.zeros(1, np.int64), np.ones(1, np.int64))

    def numbers(self, data: bytes, starts: Ints, ends: Ints) -> Ints:
        """The numbers of tokens, given as stretches of UTF-8; those not met before are learnt."""
        keys = hashes(data, starts, ends)
        found = self._numbers.find(keys)
        new = (found < 0).nonzero()[0]
        if len(new):
            distinct, first = np.unique(keys[new], return_index=True)
            spans = zip(starts[new[first]].tolist(), ends[new[first]].tolist(), strict=True)
            self._numbers.add(distinct, self._learn([data[start:end].decode() for start, end in spans]))
            found[new] = self._numbers.find(keys[new])
        return found

    def _learn(self, raws: Iterable[str]) -> Ints:
        """Add new tokens; their numbers. Most are a word as it is, or one with a comma or full stop."""
        known, plain, tails = self._words, self._plain, self._tails
        words: list[int] = []
        styles: list[int] = []
        numbers: list[int] = []
        learnt, number = len(known), self._count
        for raw in raws:
            if raw.isalpha():
                core, style = raw, plain
            elif raw[:-1].isalpha() and raw[-1] in tails and (raw[-1] == "," or not keeps_dot(raw[:-1])):
                core, style = raw[:-1], tails[raw[-1]]
            else:
                figure = _FIGURE.match(raw)
                if figure and (shape := self._shape(raw, figure)):
                    same = self._shapes.setdefault(shape, number)
                    if same != number:
                        numbers.append(same)
                        continue
                    raw = shape
                core, style = self._apart(raw)
            word = known.get(core)
            if word is None:
                word = known[core] = len(known)
            words.append(word)
            styles.append(style)
            numbers.append(number)
            number += 1
        self._learn_words(list(islice(known, learnt, None)))
        self._extend(self._count, word=words, style=styles, flags=self._flags[words] | self._ends[styles])
        self._count = number
        return np.array(numbers, np.int64)

    def _shape(self, raw: str, figure: re.Match[str]) -> str:
        """A number with its digits as 9, for all such are the same to the model; empty where listed names hold it."""
        shape = _DIGIT.sub("9", raw)
        start, end = figure.span(1)
        short = end - 2 if raw[end - 1] in "sS" else end  # less an `'s`, which is no part of the word
        either = (raw[start:end], raw[start:short], shape[start:end], shape[start:short])
        return shape if self._phrases.figures.isdisjoint(either) else ""

    def _apart(self, raw: str) -> tuple[str, int]:
        """The word of a token, or punctuation as it is, and the style."""
        token = _PAD if raw == PAD else analyse(raw)
        style = token.lead, token.before, token.after, token.closes, not token.core
        return token.core or raw, self._style(style)

    def _style(self, style: Style) -> int:
        number = self._styles.get(style)
        if number is None:
            number = self._styles[style] = len(self._styles)
            lead, before, after, closes, bare = style
            attached = self._weights.sum([] if bare else edges(before, after))
            ends = OPENS * (before != NONE) | CLOSES * closes
            self._extend(number, lead=[lead], after=[after], edges=attached[None], _ends=[ends])
        return number

    def _learn_words(self, words: Sequence[str]) -> None:
        """Add what lists say of new words, and of punctuation. What the model says waits until it is asked for."""
        first = len(self.cores)
        flags: list[int] = []
        keywords: list[int] = []
        rarities: list[float] = []
        for number, core in enumerate(words, first):
            flag, keyword, rarity = 0, "", 0.0
            if core[:1].isalnum():
                low = core.lower()
                lists = self._facts.small(low)
                flag = flags_of(core, low, self._facts.ordinary(lists), self._facts.inside, self._phrases)
                keyword, rarity = self._facts.keyword(core, low, lists)
            flags.append(flag)
            keywords.append(self._keywords.setdefault(keyword, number))
            rarities.append(rarity)
        self._forms += words
        self.cores += [core if core[:1].isalnum() else "" for core in words]
        none = np.zeros(len(words), np.int64)
        self._extend(
            first, size=list(map(len, self.cores[first:])), keyword=keywords, rarity=rarities, _flags=flags,
            klass=none, rows=none[:, None, None], _weighed=none,
        )  # fmt: skip

    def weigh(self, words: Ints) -> None:
        """Have `klass` and `rows` ready for words. Half of all words never stand near a name, and need none."""
        new = np.unique(words[~self._weighed[words]]).tolist()
        if not new:
            return
        # most are of plain letters, whose spelling is looked up for all of them together
        plain = [n for n in new if self._forms[n].isascii() and self._forms[n].isalpha()]
        if plain:
            forms = [self._forms[n] for n in plain]
            rows = self._weights.spelt(forms)
            rows += self._lengths[np.minimum(np.fromiter(map(len, forms), np.int64, len(forms)), 9)]
            self._put(plain, forms, rows)
        others = sorted(set(new).difference(plain))
        if others:
            forms = [self._forms[n] for n in others]
            own: list[str] = []
            begins: list[int] = []
            for at, form in enumerate(forms):
                begins.append(len(own))
                if form == PAD:
                    own.append("pad")
                elif not form[:1].isalnum():
                    own += mark(form).own
                elif form[0].isdigit():
                    forms[at] = _DIGIT.sub("9", form)
                else:
                    low = form.lower()
                    own += (*spelling(form, low), ending(low), length(low))
            self._put(others, forms, self._weights.sums(own, begins))

    def _put(self, words: list[int], forms: Sequence[str], rows: Rows) -> None:
        """Keep the rows of words, what they share with all of their manner added; and their classes."""
        facts, known = self._facts, self._manners
        shared: list[int] = []
        klasses: list[int] = []
        names: list[str] = []
        begins: list[int] = []
        for form in forms:
            if not form[:1].isalnum():
                shared.append(0)
                klasses.append(CLASS["pad"] if form == PAD else mark(form).klass)
                continue
            manner = facts.manner(form, form.lower())
            found = known.get(manner)
            if found is None:
                begins.append(len(names))
                features, klass = facts.shared(form)
                names += features
                found = known[manner] = len(known) + 1, klass
            shared.append(found[0])
            klasses.append(found[1])
        if begins:
            self._extend(len(known) + 1 - len(begins), _shared=self._weights.sums(names, begins))
        rows += self._shared[shared]
        self.rows[words] = rows
        self.klass[words] = klasses
        self._weighed[words] = True

    def _extend(self, count: int, **columns: Any) -> None:
        """Add values to columns that hold `count`; room is made by doubling."""
        for name, values in columns.items():
            column = getattr(self, name)
            end = count + len(values)
            if end > len(column):
                more = np.zeros((max(end, 2 * len(column)) - len(column), *column.shape[1:]), column.dtype)
                column = np.concatenate([column, more])
                setattr(self, name, column)
            column[count:end] = values
