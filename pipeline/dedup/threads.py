"""Threads: which event a story is about, across rewrites and agencies, decided once, when the story comes.

A story joins the thread that it is most like: TF-IDF vectors of terms (Salton and Buckley 1988) by cosine, 0.7 of it
with the sum of the thread's stories, 0.3 with the nearest one. Its rarest words lead to the candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import U32, Fingerprint
from pipeline.dedup.frequency import Frequency
from pipeline.dedup.index import Index
from pipeline.dedup.memory import Memory
from pipeline.dedup.prior import BUCKETS_LOG2, buckets

WIDTH = 32
"""Terms of a remembered story; of more, the heaviest."""
KEYS = 10
"""Terms under which a story is filed, the heaviest."""
LOOKED_UP = 20
STORIES = 24
"""Candidate stories whose vectors are compared."""
CANDIDATES = 4
"""Candidate threads whose sums are compared."""
SUM_TERMS = 128
JOINS, JOINS_TITLE = 0.24, 0.14
"""Likeness from which a story belongs to a thread; headlines share few words even about one event."""
NEAREST = 0.3
HOPE = 0.08
"""Of the likeness that joins, what a candidate must show on the terms looked up to be compared in full."""

F32 = NDArray[np.float32]
_LOW = np.uint32(0xFF)
_HIGH = np.uint32(0xFFFFFF00)


@dataclass(slots=True)
class _Sum:
    """The terms of a thread with more than one story: 24-bit hashes ascending, summed unit weights before rarity."""

    terms: U32
    weights: F32
    newest: int
    """Number of the newest story in it: with that one the thread is forgotten."""


class Threads:
    """Vectors of remembered stories by slot, and sums of threads by number."""

    def __init__(self, memory: Memory, frequency: Frequency, capacity: int) -> None:
        self._memory = memory
        self._frequency = frequency
        self._terms = np.zeros((capacity + 1, WIDTH), dtype=np.uint32)
        self._index = Index(20, 16)
        self._weights = np.zeros(1 << BUCKETS_LOG2, dtype=np.float32)
        """The new story's weights by bucket, laid out only while it is compared."""
        self._sums: dict[int, _Sum] = {}

    def find(self, print_: Fingerprint, event_time: float) -> int:
        """The slot of a story whose thread the new one belongs to, or 0."""
        terms = print_.terms
        if not terms.size:
            return 0
        weights = _tf(terms) * self._frequency.weigh(terms)
        rarest = np.argsort(-weights, kind="stable")[:LOOKED_UP]
        which, slots = self._index.look_up(terms[rarest] & _HIGH)
        if not slots.size:
            return 0
        every, inverse = np.unique(slots, return_inverse=True)
        votes = np.bincount(inverse, weights[rarest][which] ** 2)
        hopeful = votes >= self._least(weights, joins := JOINS_TITLE if print_.title_only else JOINS)
        every, votes = every[hopeful], votes[hopeful]
        if not every.size:
            return 0
        numbers = self._memory.numbers[every]
        votes[(numbers < 0) | (np.abs(self._memory.events[every] - event_time) > self._memory.horizon)] = 0
        best = np.lexsort((-numbers, -votes))[:STORIES]
        best = best[votes[best] > 0]
        if not best.size:
            return 0
        return self._closest(terms, weights, every[best], joins)

    def _least(self, weights: F32, joins: float) -> float:
        """The squared weight that a candidate must share among the terms looked up, for it to come near `joins`."""
        return HOPE * joins * float(weights @ weights)

    def _closest(self, terms: U32, weights: F32, slots: NDArray[np.uint32], joins: float) -> int:
        place = buckets(terms)
        self._weights[place] = weights
        size = float(np.sqrt(weights @ weights))
        theirs = self._terms[slots]
        there = buckets(theirs)
        rarity = self._frequency.weigh(theirs)
        values = _tf(theirs) * rarity * (theirs != 0)
        sizes = np.sqrt(np.einsum("ij,ij->i", values, values))
        likeness = np.einsum("ij,ij->i", values, self._weights[there]) / (sizes * size + 1e-9)
        threads = self._memory.threads[slots]
        found, top = 0, joins
        seen: list[int] = []
        for n in np.argsort(-likeness, kind="stable"):
            thread = int(threads[n])
            if thread in seen:
                continue
            seen.append(thread)
            nearest = float(likeness[n])
            known = self._sums.get(thread)
            whole = nearest
            if known is not None:
                values_ = known.weights * self._frequency.weigh(known.terms)
                whole = float(values_ @ self._weights[buckets(known.terms)])
                whole /= float(np.sqrt(values_ @ values_)) * size + 1e-9
            score = (1 - NEAREST) * whole + NEAREST * nearest
            if score >= top:
                found, top = int(slots[n]), score
            if len(seen) == CANDIDATES:
                break
        self._weights[place] = 0
        return found

    def add(self, print_: Fingerprint, slot: int, thread: int) -> None:
        """File the story in `slot`, which is in the thread of that number (its own, if it is the first)."""
        terms = print_.terms
        self._terms[slot] = 0
        if not terms.size:
            return
        weights = _tf(terms) * self._frequency.weigh(terms)
        heaviest = np.argsort(-weights, kind="stable")
        self._index.add(terms[heaviest[:KEYS]] & _HIGH, slot)
        kept = terms[np.sort(heaviest[:WIDTH])]
        self._terms[slot, : kept.size] = kept
        if self._memory.numbers[slot] != thread:
            self._sums[thread] = self._joined(thread, terms, weights, int(self._memory.numbers[slot]))

    def _joined(self, thread: int, terms: U32, weights: F32, number: int) -> _Sum:
        unit = _tf(terms) / np.float32(np.sqrt(weights @ weights))
        hashes, known = terms & _HIGH, self._sums.get(thread)
        if known is None:
            if not self._memory.alive(thread):
                return _Sum(hashes, unit, number)
            first = self._terms[self._memory.slot(thread)]
            first = first[first != 0]
            values = _tf(first) * self._frequency.weigh(first)
            known = _Sum(first & _HIGH, _tf(first) / np.float32(np.sqrt(values @ values) + 1e-9), 0)
        every, inverse = np.unique(np.concatenate((known.terms, hashes)), return_inverse=True)
        summed = np.bincount(inverse, np.concatenate((known.weights, unit))).astype(np.float32)
        if every.size > SUM_TERMS:
            kept = np.sort(np.argsort(-summed * self._frequency.weigh(every), kind="stable")[:SUM_TERMS])
            every, summed = every[kept], summed[kept]
        return _Sum(every, summed, number)

    def forget(self, number: int, thread: int) -> None:
        """The story of that number, of that thread, is remembered no more."""
        known = self._sums.get(thread)
        if known is not None and known.newest == number:
            del self._sums[thread]

    def terms_of(self, slot: int) -> U32:
        """The heaviest terms of a remembered story."""
        row: U32 = self._terms[slot]
        held: U32 = row[row != 0]
        return held

    @property
    def nbytes(self) -> int:
        return sum(s.terms.nbytes + s.weights.nbytes + 300 for s in self._sums.values())


def _tf(terms: U32) -> F32:
    """Occurrences, dampened."""
    values: F32 = _TF[terms & _LOW]
    return values


_TF = (1 + np.log(np.maximum(np.arange(256), 1))).astype(np.float32)
