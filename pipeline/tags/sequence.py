"""Finds names: scores every candidate token with the model and decodes runs of them, many stories at a time.

Only runs of capitalised tokens (with the small words between them) can hold names, so only they are decoded; all other
tokens count as `O`. Everything is arrays over all tokens of the batch; the decoding (Viterbi 1967) goes through all
runs side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.tags.flags import (
    CAPITAL,
    CLOSES,
    FIRST,
    INITIAL,
    INSIDE,
    NAMELIKE,
    OPENS,
    SECOND,
    UPPER,
    WORDED,
)  # fmt: skip
from pipeline.tags.phrases import KINDS, Phrases, marks
from pipeline.tags.reading import Ints, Reading
from pipeline.tags.tokens import STOP
from pipeline.tags.vocabulary import Vocabulary
from pipeline.tags.weights import AFTER, AFTER2, BEFORE, BEFORE2, SELF, Weights

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Flags = npt.NDArray[np.uint16]

TITLE, CAPITALS = 1, 2
"""Modes of a paragraph; see `pipeline.tags.weights.MODES`."""
SUREST = 15.0
"""Log odds beyond which a name is no likelier to be right."""
LONGEST = 8
"""Words of a listed name that are looked at."""


@dataclass(frozen=True, slots=True)
class Found:
    """Names found in a batch of texts, as parallel lists in order of text and place."""

    text: list[int]
    """Which text."""
    start: list[int]
    end: list[int]
    kind: list[str]
    """PER, ORG, LOC or MISC."""
    sure: list[float]
    """The model's probability of the labels given those around them, 0 to 1; the lesser of the name's ends."""
    confidence: list[float]
    """How often names of this kind and log odds are right."""
    loose: list[tuple[int, int, int]]
    """Uncommon capitalised words that the model took for no name: text, start, end. Another mention may tell better."""


class Finder:
    """The name model at work."""

    def __init__(self, weights: Weights, vocabulary: Vocabulary, phrases: Phrases) -> None:
        self._weights = weights
        self._vocabulary = vocabulary
        self._phrases = phrases
        self._first = np.array([n.startswith("B-") for n in weights.label_names])
        self._outside = weights.label_names.index("O")
        self._kind = [n[2:] for n in weights.label_names]
        listed = [""] + [f for kind in KINDS for f in marks(3, kind)]
        self._listed_number = {feature: number for number, feature in enumerate(listed)}
        self._listed_rows = weights.sums(listed, range(len(listed)))

    def find(self, reading: Reading) -> Found:
        """The names in texts."""
        flags = self._vocabulary.flags[reading.ids]
        candidates, linked = self._candidates(flags)
        if not len(candidates):
            return Found([], [], [], [], [], [], [])
        scores = self._scores(reading, flags, candidates)
        labels = self._decode(scores, linked)
        return self._names(reading, flags, candidates, linked, labels, scores)

    def _candidates(self, flags: Flags) -> tuple[Ints, Bools]:
        """Tokens that may be part of a name, and whether each goes on from the one before."""
        capital = flags & CAPITAL != 0
        joined = flags & OPENS == 0
        joined[0] = False
        joined[1:] &= flags[:-1] & CLOSES == 0
        small = (flags & INSIDE != 0) & joined & ~capital
        # a small word counts where names go on behind it: "Bank of England", "Centers for the Study of …"
        last = np.zeros(len(flags), bool)
        last[1:-1] = small[1:-1] & joined[2:] & capital[:-2] & capital[2:]
        two = np.zeros(len(flags), bool)
        two[1:-2] = small[1:-2] & small[2:-1] & joined[3:] & capital[:-3] & capital[3:]
        between = last | two
        between[1:] |= two[:-1]
        chosen = capital | between
        candidates = chosen.nonzero()[0]
        linked = joined[candidates] & chosen[candidates - 1]
        return candidates, linked

    def _scores(self, reading: Reading, flags: Flags, at: Ints) -> Floats:
        """Label scores of the candidates, [candidates, labels]."""
        v, w = self._vocabulary, self._weights
        word, style = v.word[reading.ids], v.style[reading.ids]
        around = [at, at - 1, at + 1, at - 2, at + 2]
        v.weigh(word[np.concatenate(around)])
        klass, after = v.klass[word], v.after[style]
        rows, edges = v.rows.reshape(-1, w.labels), v.edges.reshape(-1, w.labels)
        scores = np.zeros((len(at), w.labels), np.float32)
        for whom, tokens in zip((SELF, BEFORE, AFTER, BEFORE2, AFTER2), around, strict=True):
            scores += rows.take(word[tokens] * 5 + whom, 0)
            scores += edges.take(style[tokens] * 5 + whom, 0)
        k, kb, ka, kb2, ka2 = (klass[tokens] for tokens in around)
        ended = after[at - 1]
        scores += _row(w.before, kb, ended, k)
        scores += _row(w.following, k, after[at], ka)
        scores += _row(w.between, kb, k, ka)
        scores += _row(w.before2, kb2, kb, k)
        scores += _row(w.following2, k, ka, ka2)
        starts = ((ended == STOP) | (flags[at] & OPENS != 0)).astype(np.int64)
        scores += _row(w.start, starts, k)
        scores += _row(w.mode, self._modes(flags, reading.begins)[reading.segment[at]], k)
        self._listed(word, flags, at, scores)
        return scores

    def _modes(self, flags: Flags, begins: Ints) -> Ints:
        """How capitals are used in each paragraph."""
        words, capital, upper = (
            np.add.reduceat(flags & flag != 0, begins, dtype=np.int64) for flag in (WORDED, INITIAL, UPPER)
        )
        return np.where(upper > 0.6 * words, CAPITALS, np.where(capital > 0.6 * words, TITLE, 0))

    def _listed(self, word: Ints, flags: Flags, at: Ints, scores: Floats) -> None:
        """Add what listed names of several words say."""
        before, behind = flags[at], flags[at + 1]
        maybe = at[(before & (FIRST | CLOSES) == FIRST) & (behind & (SECOND | OPENS) == SECOND)]
        if not len(maybe):
            return
        cores, pairs = self._vocabulary.cores, self._phrases.pairs
        listed = np.zeros(len(word), np.int64)
        until = -1
        for i, first, second in zip(maybe.tolist(), word[maybe].tolist(), word[maybe + 1].tolist(), strict=True):
            if i < until or f"{cores[first]} {cores[second]}" not in pairs:
                continue
            reach = _reach(flags[i : i + LONGEST].tolist())
            found = self._phrases.longest_of([cores[number] for number in word[i : i + reach].tolist()])
            if found is not None:
                until = i + found[0]
                listed[i:until] = [self._listed_number[feature] for feature in marks(*found)]
        around = listed > 0
        around[1:] |= listed[:-1] > 0
        around[:-1] |= listed[1:] > 0
        near = around[at].nonzero()[0]
        tokens, rows = at[near], self._listed_rows
        said = rows[listed[tokens], SELF]
        said += rows[listed[tokens - 1], BEFORE]
        said += rows[listed[tokens + 1], AFTER]
        scores[near] += said

    def _decode(self, scores: Floats, linked: Bools) -> Ints:
        """The best labels of every run."""
        t, o = self._weights.transitions, self._outside
        first = (~linked).nonzero()[0]
        size = np.diff(np.append(first, len(scores)))
        longest = int(size.max())
        order = np.argsort((-size).astype(np.int16 if longest < 1 << 15 else np.int64), kind="stable")
        first, size = first[order], size[order]
        columns = np.ascontiguousarray(scores.T)
        best = columns[:, first] + t[o, :, None]
        alive = np.searchsorted(-size, -np.arange(longest), side="left").tolist()  # runs longer than each step
        reached: list[Floats] = []
        for step in range(1, longest):
            n = alive[step]
            reached.append(best[:, :n].copy())
            reach = (reached[-1][:, None, :] + t[:, :, None]).max(axis=0)
            best[:, :n] = reach + columns[:, first[:n] + step]
        best += t[:, o, None]
        labels = np.zeros(len(scores), np.int64)
        labels[first + size - 1] = best.argmax(axis=0)
        for step in range(longest - 1, 0, -1):
            n = alive[step]
            following = labels[first[:n] + step]
            labels[first[:n] + step - 1] = (reached[step - 1] + t[:, following]).argmax(axis=0)
        return labels

    def _odds(self, scores: Floats, linked: Bools, labels: Ints, chosen: Ints) -> Floats:
        """The model's log odds of the labels of some candidates, given their neighbours' labels."""
        t, o = self._weights.transitions, self._outside
        left = np.where(linked[chosen], labels[chosen - 1], o)
        right = np.where(np.append(linked, False)[chosen + 1], np.append(labels, o)[chosen + 1], o)
        local = scores[chosen] + t[left] + t.T[right]
        local -= local.max(axis=1, keepdims=True)
        there = (np.arange(len(chosen)), labels[chosen])
        own = local[there]
        np.exp(local, out=local)
        local[there] = 0.0
        odds: Floats = own - np.log(np.maximum(local.sum(axis=1), 1e-30))
        return odds

    def _names(self, reading: Reading, flags: Flags, at: Ints, linked: Bools, labels: Ints, scores: Floats) -> Found:
        v, segment = self._vocabulary, reading.segment
        named = labels != self._outside
        goes_on = named & linked & ~self._first[labels]
        goes_on[1:] &= named[:-1]
        goes_on[0] = False
        heads = (named & ~goes_on).nonzero()[0]
        following = (~goes_on).nonzero()[0]
        tails = np.append(following, len(labels))[np.searchsorted(following, heads, side="right")] - 1
        odds = np.minimum(*(self._odds(scores, linked, labels, ends) for ends in (heads, tails))).astype(np.float64)
        scale, shift = self._weights.curve[labels[heads]].T
        fitting = scale * np.minimum(odds, SUREST) + shift
        start, _ = self._span(reading, at[heads])
        _, end = self._span(reading, at[tails])
        # only words that are part of a name elsewhere in the same story can turn out to be one
        loose = at[~named & (flags[at] & NAMELIKE != 0)]
        keys, named_keys = (
            (reading.owners[segment[tokens]] >> 1) * len(v.cores) + v.keyword[v.word[reading.ids[tokens]]]
            for tokens in (loose, at[named])
        )
        loose = loose[np.isin(keys, named_keys)]
        loose_start, loose_end = self._span(reading, loose)
        loose_text = reading.owners[segment[loose]]
        return Found(
            reading.owners[segment[at[heads]]].tolist(),
            start.tolist(),
            end.tolist(),
            [self._kind[n] for n in labels[heads].tolist()],
            (1 / (1 + np.exp(-odds))).round(3).tolist(),
            (1 / (1 + np.exp(-fitting))).round(3).tolist(),
            list(zip(loose_text.tolist(), loose_start.tolist(), loose_end.tolist(), strict=True)),
        )

    def _span(self, reading: Reading, tokens: Ints) -> tuple[Ints, Ints]:
        """Where the words of tokens start and end in their texts."""
        v = self._vocabulary
        ids = reading.ids[tokens]
        start = reading.place[tokens] + v.lead[v.style[ids]] + reading.shift[reading.segment[tokens]]
        return start, start + v.size[v.word[ids]]


def _row(table: Floats, *where: Ints) -> Floats:
    """The rows of a table of several dimensions, by its first ones: as fancy indexing, in less time."""
    number = where[0]
    for size, more in zip(table.shape[1:], where[1:], strict=False):
        number = number * size + more
    found: Floats = table.reshape(-1, table.shape[-1]).take(number, 0)
    return found


def _reach(flags: list[int]) -> int:
    """How many of some tokens, from the first on, can be one name."""
    n = 1
    while n < len(flags) and not flags[n - 1] & CLOSES and not flags[n] & OPENS:
        n += 1
    return n
