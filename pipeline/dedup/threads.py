"""Threads: which event a story is about, across rewrites and agencies, decided once, when the story comes.

A story joins the thread that it is most like: TF-IDF vectors of terms (Salton and Buckley 1988) by cosine, 0.7 of it
with the sum of the thread's stories, 0.3 with the nearest one. Its rarest words lead to the candidates. They are
looked up and compared for all stories of a batch at once; only the sums of threads change from story to story.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.candidates import I64, Filed, Found, look_up, ranked, within
from pipeline.dedup.columns import F32, Columns, gathered
from pipeline.dedup.fingerprint import U32
from pipeline.dedup.frequency import Frequency
from pipeline.dedup.index import Index
from pipeline.dedup.memory import Memory
from pipeline.dedup.prior import BUCKETS_LOG2, buckets
from pipeline.dedup.runs import Rows, edges_of
from pipeline.dedup.sums import Joining, Sums, tf, unpacked, weights_of

WIDTH = 32
"""Terms of a remembered story; of more, the heaviest."""
KEYS = 10
"""Terms under which a story is filed, the heaviest."""
LOOKED_UP = 20
STORIES = 24
"""Candidate stories whose vectors are compared."""
CANDIDATES = 4
"""Candidate threads whose sums are compared."""
JOINS, JOINS_TITLE = 0.24, 0.14
"""Likeness from which a story belongs to a thread; headlines share few words even about one event."""
NEAREST = 0.3
HOPE = 0.08
"""Of the likeness that joins, what a candidate must show on the terms looked up to be compared in full."""
STEPS = 4096.0
"""Steps to the unit in which squared weights are added up: whole numbers, so that their order does not matter."""

_HIGH = np.uint32(0xFFFFFF00)
_ZERO = np.uint32(0)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Terms of the stories of a block with their weights now."""

    terms: U32
    """As in `Columns`."""
    counts: I64
    weights: F32
    squares: F32
    """Of the length of each story's vector."""
    joins: NDArray[np.float64]
    """Likeness from which it belongs to a thread."""
    heavy: U32
    """The heaviest terms, `LOOKED_UP` of each at most, heaviest first."""
    heavy_weights: F32
    kept: U32
    """The terms that are remembered of each story, in the order of `terms`."""
    sizes: I64
    """How many those are."""

    def and_more(self, more: Weighed) -> Weighed:
        """These stories and then the others, which were weighed with the same weights."""
        return Weighed(*(np.concatenate((getattr(self, f.name), getattr(more, f.name))) for f in fields(self)))

    def first(self, count: int) -> Weighed:
        """The first so many stories."""
        return Weighed(*(getattr(self, f.name)[:count] for f in fields(self)))

    def terms_at(self, place: int) -> U32:
        """The terms that are remembered of the story at that place."""
        return self.kept[place, : self.sizes.item(place)]

    def all_terms_at(self, place: int) -> U32:
        """All terms of that story."""
        return self.terms[place, : self.counts.item(place)]

    def rows(self) -> Rows[np.uint32]:
        """The terms that are remembered, of each story."""
        return Rows(self.kept[np.arange(self.kept.shape[1]) < self.sizes[:, None]], edges_of(self.sizes))

    def heaviest(self, count: int, since: int = 0) -> tuple[U32, I64, F32]:
        """The hashes of the heaviest terms of the stories from place `since` on, whose each is, and its weight."""
        terms = self.heavy[since:, :count]
        valid = terms != 0
        return terms[valid] & _HIGH, valid.nonzero()[0], self.heavy_weights[since:, :count][valid]


def weighed(columns: Columns, frequency: Frequency) -> Weighed:
    """Stories with the weights that their words have now."""
    terms, counts = columns.terms, columns.counts[:, 2]
    weights = tf(terms) * frequency.weigh(terms) * (terms != 0)
    order = _descending(weights)
    row = np.arange(len(terms))[:, None]
    heavy = order[:, :LOOKED_UP]
    kept = np.sort(order[:, :WIDTH], axis=1)
    return Weighed(
        terms, counts, weights, (weights * weights).sum(axis=1), np.where(columns.titles, JOINS_TITLE, JOINS),
        terms[row, heavy], weights[row, heavy], terms[row, kept], np.minimum(counts, WIDTH),
    )  # fmt: skip


class Threads:
    """What leads from words to stories, and how like each thread a story is."""

    def __init__(self, memory: Memory, frequency: Frequency) -> None:
        self._memory = memory
        self._frequency = frequency
        self.index = Index(1 << 20, 16, tag_shift=2)
        self.sums = Sums(memory, frequency)
        self._ids = np.zeros(1 << BUCKETS_LOG2, dtype=np.int32)
        """By bucket, the column of `_dense` that holds it; 0 where no story of the batch has it."""
        self._buckets = np.empty(0, dtype=np.uint32)
        self._dense = np.zeros((1, 1), dtype=np.float32)
        self._size = 0
        self._alike: list[tuple[list[int], list[float]]] = []
        self._whole: list[dict[int, tuple[bytes, float]]] = []
        self._sizes: list[float] = []
        self._joins: list[float] = []

    # -- looking up -----------------------------------------------------------------------------------------------

    def prepare(self, weighed: Weighed, events: NDArray[np.float64], before: int, first: int) -> None:
        """Find and compare candidates for all stories of a block from place `before` on; see `candidates`."""
        self.sums.settle()
        size = self._size = len(weighed.terms)
        keys, owner, weights = weighed.heaviest(LOOKED_UP, before)
        filed = Filed(*weighed.heaviest(KEYS)[:2])
        votes = (weights * weights * np.float32(STEPS)).astype(np.int64)
        found = look_up(self.index, keys, owner, votes, filed, before, size)
        hopeful = found.shared >= (HOPE * STEPS * weighed.joins * weighed.squares)[before:][found.story]
        found, order = within(self._memory, Found(*(part[hopeful] for part in found)), events[before:], events, first)
        pairs, _ = ranked(found, order, first + size, STORIES)
        self._lay(weighed, before)
        likeness = self._compare(weighed, pairs, before)
        self._sort(pairs, likeness, size - before)
        self._joins = weighed.joins[before:].tolist()

    def _lay(self, weighed: Weighed, before: int) -> None:
        """Lay the stories' weights out by bucket, in as many columns as there are buckets among them."""
        self._ids[self._buckets] = 0
        terms = weighed.terms[before:]
        valid = terms != 0
        self._buckets = buckets(terms[valid])
        self._ids[self._buckets] = np.arange(1, self._buckets.size + 1)
        self._dense = np.zeros((len(terms), self._buckets.size + 1), dtype=np.float32)
        self._dense[np.nonzero(valid)[0], self._ids[self._buckets]] = weighed.weights[before:][valid]
        self._sizes = np.sqrt(weighed.squares[before:]).tolist()

    def _compare(self, weighed: Weighed, pairs: Found, before: int) -> F32:
        memory, slot = self._memory, pairs.slot
        new = slot < 0
        begins, sizes = memory.begins[slot].astype(np.int64), memory.counts[slot, 0].astype(np.int64)
        theirs = gathered(memory.arena.words(), np.where(new, 0, begins), np.where(new, 0, sizes), WIDTH, _ZERO)
        theirs[new] = weighed.kept[slot[new]]
        values = tf(theirs) * self._frequency.weigh(theirs) * (theirs != 0)
        mine = self._dense[pairs.story[:, None], self._ids[buckets(theirs)]]
        sizes_ = np.sqrt((values * values).sum(axis=1))
        alike: F32 = (values * mine).sum(axis=1) / (
            sizes_ * np.sqrt(weighed.squares[before:][pairs.story]) + np.float32(1e-9)
        )
        return alike

    def _sort(self, pairs: Found, likeness: F32, count: int) -> None:
        """Earlier stories by likeness, for each new one; and the likeness of the threads they are in, as they are."""
        order = np.lexsort((-likeness, pairs.story))
        story, slot, alike = pairs.story[order], pairs.slot[order], likeness[order].tolist()
        ends = np.searchsorted(story, np.arange(count + 1)).tolist()
        slots = slot.tolist()
        self._alike = [(slots[a:b], alike[a:b]) for a, b in pairwise(ends)]
        threads = self._memory.threads[np.maximum(slot, 0)].tolist()
        wanted: list[tuple[int, int, bytes]] = []
        for n, (a, b) in enumerate(pairwise(ends)):
            seen: set[int] = set()
            for at in range(a, b):
                thread = threads[at]
                if slots[at] > 0 and thread not in seen:
                    seen.add(thread)
                    known = self.sums.get(thread)
                    if known is not None:
                        wanted.append((n, thread, known))
                    if len(seen) == CANDIDATES:
                        break
        self._whole = [{} for _ in range(count)]
        if wanted:
            values = self._likeness([w[0] for w in wanted], [w[2] for w in wanted])
            for (n, thread, known), value in zip(wanted, values, strict=True):
                self._whole[n][thread] = known, value

    def _likeness(self, places: Sequence[int], sums: Sequence[bytes]) -> list[float]:
        """The cosine of new stories with sums of threads, pair by pair."""
        terms, edges = unpacked(sums)
        first, sizes = edges[:-1], edges[1:] - edges[:-1]
        values = weights_of(sums) * self._frequency.weigh(terms)
        mine = self._dense[np.repeat(np.array(places), sizes), self._ids[buckets(terms)]]
        norms = np.sqrt(np.add.reduceat(values * values, first)) * np.array(
            [self._sizes[place] for place in places], dtype=np.float32
        )
        found: list[float] = (np.add.reduceat(values * mine, first) / (norms + np.float32(1e-9))).tolist()
        return found

    def find(self, place: int, slots: Sequence[int]) -> int:
        """The slot of a story whose thread the new one at that place of the batch belongs to, or 0.

        `slots` are those of the stories of the block so far.
        """
        earlier, alike = self._alike[place]
        found, top = 0, self._joins[place]
        seen: list[int] = []
        for slot, nearest in zip(earlier, alike, strict=True):
            if slot < 0:
                slot = slots[self._size + slot]
            thread = self._memory.threads.item(slot)
            if thread in seen:
                continue
            seen.append(thread)
            score = (1 - NEAREST) * self._as_whole(place, thread, nearest) + NEAREST * nearest
            if score >= top:
                found, top = slot, score
            if len(seen) == CANDIDATES:
                break
        return found

    def _as_whole(self, place: int, thread: int, nearest: float) -> float:
        known = self.sums.get(thread)
        if known is None:
            return nearest
        before = self._whole[place].get(thread)
        if before is None or before[0] is not known:  # the thread has grown since the batch was looked up
            before = known, self._likeness([place], [known])[0]
        return before[1]

    # -- remembering ----------------------------------------------------------------------------------------------

    def join(self, thread: int, story: Joining) -> None:
        """The story is in the thread of that number."""
        if story.terms.size:
            self.sums.join(thread, story)

    def file(self, weighed: Weighed, slots: U32) -> None:
        """File the stories of a block, which are in those slots, under their heaviest terms."""
        self.sums.settle()
        hashes, owner, _ = weighed.heaviest(KEYS)
        self.index.add(hashes, slots[owner])


def _descending(weights: F32) -> I64:
    """The places of each row's values, not below 0, from the greatest on, the first among equals."""
    keys = (~weights.view(np.uint32)).astype(np.uint64) << np.uint64(32)
    keys |= np.arange(weights.shape[1], dtype=np.uint64)
    keys.sort(axis=1)
    places: I64 = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return places
