"""Threads as wholes: the summed terms of those with more than one story.

A story that joins waits until somebody asks for its thread, or until its block ends: then all that wait are added at
once. Counts of words do not change in between, so it comes to the same as adding each when it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.dedup.columns import F32
from pipeline.dedup.fingerprint import U32
from pipeline.dedup.frequency import Frequency
from pipeline.dedup.memory import Memory
from pipeline.dedup.runs import Rows, edges_of, least

SUM_TERMS = 64
"""Terms of a thread that are kept."""
_HEAD = 8
"""Bytes before the terms: the number of the newest story in it. With that one the thread is forgotten."""
_HASH, _A_TERM = 3, 5
"""Bytes of a hash (24 bits), and with the summed unit weight before rarity, which stands behind all hashes."""

_LOW, _HIGH, _S32 = np.uint32(0xFF), np.uint32(0xFFFFFF00), np.uint64(32)
_NO_TERMS = np.empty(0, dtype=np.uint32)
_NO_WEIGHTS = np.empty(0, dtype=np.float32)


class Joining(NamedTuple):
    """A story that is in a thread from now on."""

    number: int
    terms: U32
    norm: float
    """The length of the vector of all its terms."""


class Sums:
    """By number of thread: bytes that never change. A thread that grows gets other ones."""

    def __init__(self, memory: Memory, frequency: Frequency) -> None:
        self._memory = memory
        self._frequency = frequency
        self.known: dict[int, bytes] = {}
        self._waiting: dict[int, list[Joining]] = {}

    def join(self, thread: int, story: Joining) -> None:
        """The story comes to the thread."""
        self._waiting.setdefault(thread, []).append(story)

    def get(self, thread: int) -> bytes | None:
        """What the thread is about, if it has more than one story."""
        if thread in self._waiting:
            self._settle({thread: self._waiting.pop(thread)})
        return self.known.get(thread)

    def settle(self) -> None:
        """Add all that wait."""
        waiting, self._waiting = self._waiting, {}
        self._settle(waiting)

    def forget(self, number: int, thread: int) -> None:
        """The story of that number, of that thread, is remembered no more."""
        known = self.known.get(thread)
        if known is not None and int.from_bytes(known[:_HEAD], "little") == number:
            del self.known[thread]

    def _settle(self, waiting: dict[int, list[Joining]]) -> None:
        turn = 0
        while now := {thread: stories[turn] for thread, stories in waiting.items() if turn < len(stories)}:
            self._add(list(now), list(now.values()))
            turn += 1

    def _add(self, threads: list[int], stories: list[Joining]) -> None:
        """One story to each of the threads."""
        theirs, theirs_weights = self._before(threads)
        mine = [story.terms for story in stories]
        sizes = np.array([terms.size for terms in mine])
        flat = np.concatenate(mine)
        weights = tf(flat) / np.array([story.norm for story in stories], dtype=np.float32).repeat(sizes)
        terms = np.concatenate((*theirs, flat & _HIGH))
        weights = np.concatenate((*theirs_weights, weights))
        row = np.concatenate(
            (
                np.arange(len(threads)).repeat([row.size for row in theirs]),
                np.arange(len(threads)).repeat(sizes),
            )
        )
        keys = (row.astype(np.uint64) << _S32) | terms
        order = keys.argsort(kind="stable")
        keys = keys[order]
        first = np.ones(keys.size, dtype=bool)
        np.not_equal(keys[1:], keys[:-1], out=first[1:])
        start = first.nonzero()[0]
        weights = np.add.reduceat(weights[order], start)
        keys = keys[start]
        terms, row = keys.astype(np.uint32), (keys >> _S32).astype(np.int64)
        edges = row.searchsorted(np.arange(len(threads) + 1))
        kept = least(Rows(-weights * self._frequency.weigh(terms), edges), SUM_TERMS)
        edges = edges_of(np.minimum(edges[1:] - edges[:-1], SUM_TERMS))
        bare = terms[kept].view(np.uint8).reshape(-1, 4)[:, 1:].reshape(-1)
        pieces = zip(
            threads, stories, Rows(bare, _HASH * edges).pieces(), Rows(weights[kept].astype("<f2"), edges).pieces(),
            strict=True,
        )  # fmt: skip
        for thread, story, hashes, sums in pieces:
            self.known[thread] = b"".join((story.number.to_bytes(_HEAD, "little"), hashes, sums))

    def _before(self, threads: Iterable[int]) -> tuple[list[U32], list[F32]]:
        """The terms of each thread and their weights: of its first story, where it has no other."""
        terms: list[U32] = []
        weights: list[F32] = []
        for thread in threads:
            hashes, values = _NO_TERMS, _NO_WEIGHTS
            if (known := self.known.get(thread)) is not None:
                (hashes, _), values = unpacked([known]), weights_of([known])
            elif self._memory.alive(thread):
                first = self._memory.terms_of(self._memory.slot(thread))
                values = tf(first)
                weighed = values * self._frequency.weigh(first)
                hashes, values = first & _HIGH, values / np.float32(np.sqrt(weighed @ weighed) + 1e-9)
            terms.append(hashes)
            weights.append(values)
        return terms, weights

    @property
    def nbytes(self) -> int:
        return sum(map(len, self.known.values())) + 200 * len(self.known)


def size_of(known: bytes) -> int:
    """How many terms it has."""
    return (len(known) - _HEAD) // _A_TERM


def unpacked(sums: Sequence[bytes]) -> Rows[np.uint32]:
    """The hashes of threads."""
    sizes = np.array([size_of(s) for s in sums])
    data = b"".join([s[_HEAD : _HEAD + _HASH * size_of(s)] for s in sums])
    hashes = np.zeros((len(data) // _HASH, 4), dtype=np.uint8)
    hashes[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, _HASH)
    return Rows(hashes.view(np.uint32)[:, 0], edges_of(sizes))


def weights_of(sums: Sequence[bytes]) -> F32:
    """The weights beside them."""
    data = b"".join([s[_HEAD + _HASH * size_of(s) :] for s in sums])
    weights: F32 = np.frombuffer(data, "<f2").astype(np.float32)
    return weights


def tf(terms: U32) -> F32:
    """Occurrences, dampened."""
    return _TF.take(terms & _LOW)


_TF: F32 = (1 + np.log(np.maximum(np.arange(256), 1))).astype(np.float32)
