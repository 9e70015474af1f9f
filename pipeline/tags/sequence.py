"""Finds names: scores every candidate token with the model and decodes runs of them, many stories at a time.

Only runs of capitalised tokens (with the small words between them) can hold names, so only they are decoded; all other
tokens count as `O`. Everything is arrays over all tokens of the batch; the decoding (Viterbi 1967) goes through all
runs side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.tags.phrases import KINDS, Phrases, marks
from pipeline.tags.reading import Ints, Reading
from pipeline.tags.tokens import STOP
from pipeline.tags.vocabulary import Vocabulary
from pipeline.tags.weights import AFTER, AFTER2, BEFORE, BEFORE2, SELF, Weights

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

TITLE, CAPITALS = 1, 2
"""Modes of a paragraph; see `pipeline.tags.weights.MODES`."""


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
    """The model's probability of the labels given those around them, 0 to 1; the least of the name's tokens."""
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
        self._listed_rows = {f: weights.sum([f]) for kind in KINDS for f in marks(3, kind)}

    def find(self, reading: Reading) -> Found:
        """The names in texts."""
        ids = reading.ids
        candidates, linked = self._candidates(ids)
        if not len(candidates):
            return Found([], [], [], [], [], [])
        scores = self._scores(reading, candidates)
        labels, sure = self._decode(scores, linked)
        return self._names(reading, candidates, linked, labels, sure)

    def _candidates(self, ids: Ints) -> tuple[Ints, Bools]:
        """Tokens that may be part of a name, and whether each goes on from the one before."""
        v = self._vocabulary
        capital = v.capital[ids]
        free = ~v.opens[ids]
        joined = np.zeros(len(ids), bool)
        joined[1:] = free[1:] & ~v.closes[ids[:-1]]
        small = v.inside[ids] & joined & ~capital
        # a small word counts where names go on behind it: "Bank of England", "Centers for the Study of …"
        last = np.zeros(len(ids), bool)
        last[1:-1] = small[1:-1] & joined[2:] & capital[:-2] & capital[2:]
        two = np.zeros(len(ids), bool)
        two[1:-2] = small[1:-2] & small[2:-1] & joined[3:] & capital[:-3] & capital[3:]
        between = last | two
        between[1:] |= two[:-1]
        chosen = capital | between
        candidates = np.flatnonzero(chosen)
        linked = joined[candidates] & chosen[candidates - 1]
        return candidates, linked

    def _scores(self, reading: Reading, at: Ints) -> Floats:
        """Label scores of the candidates, [candidates, labels]."""
        v, w, ids = self._vocabulary, self._weights, reading.ids
        here, back, ahead = ids[at], ids[at - 1], ids[at + 1]
        back2, ahead2 = ids[at - 2], ids[at + 2]
        scores: Floats = v.rows[here, SELF]
        scores += v.rows[back, BEFORE]
        scores += v.rows[ahead, AFTER]
        scores += v.rows[back2, BEFORE2]
        scores += v.rows[ahead2, AFTER2]
        k, kb, ka = v.klass[here], v.klass[back], v.klass[ahead]
        ended = v.after[back]
        scores += w.before[kb, ended, k]
        scores += w.following[k, v.after[here], ka]
        scores += w.between[kb, k, ka]
        scores += w.before2[v.klass[back2], kb, k]
        scores += w.following2[k, ka, v.klass[ahead2]]
        starts = ((ended == STOP) | v.opens[here]).astype(np.int64)
        scores += w.start[starts, k]
        scores += w.mode[self._modes(ids, reading.begins)[reading.segment[at]], k]
        self._listed(ids, at, scores)
        return scores

    def _modes(self, ids: Ints, begins: Ints) -> Ints:
        """How capitals are used in each paragraph."""
        v = self._vocabulary
        words = np.add.reduceat(v.worded[ids].astype(np.int64), begins)
        capital = np.add.reduceat(v.initial[ids].astype(np.int64), begins)
        upper = np.add.reduceat(v.upper[ids].astype(np.int64), begins)
        return np.where(upper > 0.6 * words, CAPITALS, np.where(capital > 0.6 * words, TITLE, 0))

    def _listed(self, ids: Ints, at: Ints, scores: Floats) -> None:
        """Add what listed names of several words say."""
        v = self._vocabulary
        tokens = v.tokens
        goes_on = v.phrase[ids[at]] & ~v.closes[ids[at]] & ~v.opens[ids[at + 1]] & (v.core[ids[at + 1]] > 0)
        chosen = at[goes_on]
        if not len(chosen):
            return
        row = np.full(len(ids), -1)
        row[at] = np.arange(len(at))
        until = -1
        unlisted = v.unlisted
        pairs = (ids[chosen] << 32 | ids[chosen + 1]).tolist()
        for i, pair in zip(chosen.tolist(), pairs, strict=True):
            if pair in unlisted or i < until:
                continue
            following = [tokens[n] for n in ids[i : i + 8].tolist()]
            found = self._phrases.at(following, 0)
            if found is None:
                if f"{following[0].core} {following[1].core}" not in self._phrases.pairs:
                    unlisted.add(pair)
                continue
            until = i + found[0]
            for position, feature in enumerate(marks(*found), start=i):
                value = self._listed_rows[feature]
                for other, whom in ((position, SELF), (position + 1, BEFORE), (position - 1, AFTER)):
                    r = row[other]
                    if r >= 0:
                        scores[r] += value[whom]

    def _decode(self, scores: Floats, linked: Bools) -> tuple[Ints, Floats]:
        """The best labels of every run, and how sure the model is of each given its neighbours' labels."""
        t, o = self._weights.transitions, self._outside
        m = len(scores)
        first = np.flatnonzero(~linked)
        size = np.diff(np.append(first, m))
        order = np.argsort(-size, kind="stable")
        first, size = first[order], size[order]
        best = scores[first] + t[o]
        longest = int(size[0])
        alive = [int(np.searchsorted(-size, -step, side="left")) for step in range(longest + 1)]
        came: list[Ints] = []
        for step in range(1, longest):
            n = alive[step]  # runs longer than `step`
            reach = best[:n, :, None] + t
            came.append(reach.argmax(axis=1))
            best[:n] = reach.max(axis=1) + scores[first[:n] + step]
        best += t[:, o]
        label = best.argmax(axis=1)
        labels = np.zeros(m, np.int64)
        labels[first + size - 1] = label
        for step in range(longest - 1, 0, -1):
            n = alive[step]
            previous = came[step - 1][np.arange(n), labels[first[:n] + step]]
            labels[first[:n] + step - 1] = previous
        left = np.full(m, o)
        left[1:][linked[1:]] = labels[:-1][linked[1:]]
        right = np.full(m, o)
        right[:-1][linked[1:]] = labels[1:][linked[1:]]
        local = scores + t[left] + t.T[right]
        local -= local.max(axis=1, keepdims=True)
        np.exp(local, out=local)
        sure = local[np.arange(m), labels] / local.sum(axis=1)
        return labels, sure

    def _names(self, reading: Reading, at: Ints, linked: Bools, labels: Ints, sure: Floats) -> Found:
        v, ids, place, segment = self._vocabulary, reading.ids, reading.place, reading.segment
        named = labels != self._outside
        goes_on = named & linked & ~self._first[labels]
        goes_on[1:] &= named[:-1]
        goes_on[0] = False
        heads = np.flatnonzero(named & ~goes_on)
        following = np.flatnonzero(~goes_on)
        tails = np.append(following, len(labels))[np.searchsorted(following, heads, side="right")] - 1
        a, b = at[heads], at[tails]
        shift = reading.shift[segment[a]]
        loose = at[~named & v.namelike[ids[at]]]
        # only words that are part of a name elsewhere in the same story can turn out to be one
        story = reading.owners[segment] >> 1
        keys = story * len(v.tokens) + v.word[ids]
        loose = loose[np.isin(keys[loose], keys[at[named]])]
        loose_start = place[loose] + v.lead[ids[loose]] + reading.shift[segment[loose]]
        loose_end = loose_start + v.core[ids[loose]]
        loose_text = reading.owners[segment[loose]]
        return Found(
            reading.owners[segment[a]].tolist(),
            (place[a] + v.lead[ids[a]] + shift).tolist(),
            (place[b] + v.lead[ids[b]] + v.core[ids[b]] + shift).tolist(),
            [self._kind[n] for n in labels[heads].tolist()],
            np.minimum(sure[heads], sure[tails]).astype(np.float64).round(3).tolist(),
            list(zip(loose_text.tolist(), loose_start.tolist(), loose_end.tolist(), strict=True)),
        )
