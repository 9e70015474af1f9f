"""The stories that dedup remembers, in numbered slots, and when they are forgotten.

A number tells the order of decision in its high bits and the slot in its low ones; it never comes again, while a slot
is used again when its story is forgotten. Forgetting goes
by order of arrival and needs no clock: the time is the median arrival of the last `CLOCK` stories, which a few wrong
dates cannot move. A story is kept for the horizon and twice a grace (stories may come late by one, and be dated ahead
by the other), so that stories no later than that and within the horizon of each other surely meet. Older stories (an
archive that is replayed) are kept as long, but `archive` of them at most, so that they never push out live ones.

A story takes some 70 bytes in columns and one row in the arena: terms, headline words, sketch, numbers, names, verdict.
Those of the block at hand (see `state`) wait beside it and are filed together.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup import sketches, told
from pipeline.dedup.arena import Arena
from pipeline.dedup.columns import Columns
from pipeline.dedup.fingerprint import SKETCH, U32, Fingerprint, decode
from pipeline.dedup.index import SLOT_BITS
from pipeline.dedup.runs import I64, Rows
from pipeline.model import Card, Verdict

GRACE = 1 / 12
"""Of the horizon: 6 hours at 72. How late a story may come and still surely meet all within the horizon of it."""
CLOCK = 15
SLOT = (1 << SLOT_BITS) - 1
GENERATIONS = 1 << (32 - SLOT_BITS)
LONG_VERDICT = 60_000
"""Bytes from which a verdict (with absurdly long ids) is kept beside the arena."""
COLUMNS: dict[str, tuple[str, int]] = {
    "numbers": ("<i8", 1),
    "events": ("<f8", 1),
    "received": ("<f8", 1),
    "threads": ("<i8", 1),
    "begins": ("<u4", 1),
    "generations": ("<u2", 1),
    "verdicts": ("<u2", 1),
    "counts": ("u1", 6),
    "flags": ("u1", 1),
    "words": ("<u2", 1),
    "shingles": ("<u2", 1),
    "bodies": ("<u8", 1),
    "headlines": ("<u4", 1),
    "sources": ("<u2", 1),
}
"""By slot: the type of each column and how many of it."""


@dataclass(slots=True)
class Waiting:
    """A story of the block at hand."""

    print: bytes
    terms: U32
    """The heaviest of its terms."""
    verdict: Verdict
    version: str


class Memory:
    """Columns by slot. `capacity` stories at most, `archive` of them older than the grace when they came."""

    numbers: NDArray[np.int64]
    """0 where the slot is free."""
    events: NDArray[np.float64]
    received: NDArray[np.float64]
    threads: NDArray[np.int64]
    """Number of the first of its thread."""
    begins: NDArray[np.uint32]
    """Where its row begins in the arena."""
    generations: NDArray[np.uint16]
    """How often the slot was given up, counted round."""
    verdicts: NDArray[np.uint16]
    """Bytes of the verdict, which ends the row."""
    counts: NDArray[np.uint8]
    """Of the parts before it: terms, headline words (4 bytes each), sketch, numbers, names (2 bytes each), and bytes
    of the upper parts of the sketch (see `sketches`)."""
    flags: NDArray[np.uint8]
    words: NDArray[np.uint16]
    shingles: NDArray[np.uint16]
    bodies: NDArray[np.uint64]
    headlines: NDArray[np.uint32]
    sources: NDArray[np.uint16]
    """Numbers of `Origins`."""

    def __init__(self, horizon_seconds: float, capacity: int, archive: int) -> None:
        self.horizon = horizon_seconds
        self.capacity, self.archive = capacity, archive
        for name, (kind, width) in COLUMNS.items():  # zeros are not touched and cost nothing until they are used
            setattr(self, name, np.zeros((capacity + 1, width) if width > 1 else capacity + 1, dtype=kind))
        self.arena = Arena()
        self.long_verdicts: dict[int, bytes] = {}
        self.waiting: dict[int, Waiting] = {}
        """By slot."""
        self.free = array("I")
        self.live, self.old = array("q"), array("q")
        """Numbers in order of arrival, after as many that are gone as `gone` says."""
        self.gone = [0, 0]
        self.recent: deque[float] = deque(maxlen=CLOCK)
        self.used = 0
        """Slots that were ever used: 1 to this."""
        self.next = 1
        self.bytes = 0

    def alive(self, number: int) -> bool:
        return number > 0 and bool(self.numbers.item(number & SLOT) == number)

    def slot(self, number: int) -> int:
        return number & SLOT

    def place(self, slot: int) -> int:
        """The slot with its generation, for the key table."""
        return slot | (self.generations.item(slot) % GENERATIONS) << SLOT_BITS

    def slot_at(self, place: int) -> int:
        """The slot of a place while its story is remembered, else 0."""
        slot = place & SLOT
        if self.generations.item(slot) % GENERATIONS != place >> SLOT_BITS or not self.numbers.item(slot):
            return 0
        return slot

    def places_alive(self, places: U32) -> NDArray[np.bool_]:
        """The same for many: whether each one's story is remembered."""
        slots = places & np.uint32(SLOT)
        same = (self.generations[slots] % GENERATIONS) == (places >> np.uint32(SLOT_BITS))
        alive: NDArray[np.bool_] = same & (self.numbers[slots] > 0)
        return alive

    def print_of(self, slot: int, sketch: bool) -> Fingerprint:
        """The fingerprint, with its heaviest terms only, without its head, and with its sketch only if it is wanted."""
        if (waiting := self.waiting.get(slot)) is not None:
            print_ = decode(waiting.print)
            return replace(print_, head=print_.head[:0], terms=waiting.terms)
        terms, headline, sketched, numbers, names, _ = self.counts[slot].tolist()
        b, shorts = terms + headline, sketched + numbers + names
        row = self.arena.get(self.begins.item(slot), 4 * b + 2 * shorts)
        longs, halves = np.frombuffer(row, "<u4", b), np.frombuffer(row, "<u2", shorts, 4 * b)
        return Fingerprint(
            self.flags.item(slot), self.words.item(slot), self.shingles.item(slot),
            self.bodies.item(slot), self.headlines.item(slot),
            self.sketches_of(np.array([slot]))[0][0, :sketched] if sketch else longs[:0],
            longs[:0], longs[:terms], longs[terms:],
            halves[sketched : sketched + numbers], halves[sketched + numbers :],
        )  # fmt: skip

    def terms_of(self, slot: int) -> U32:
        """The heaviest terms of its fingerprint."""
        if (waiting := self.waiting.get(slot)) is not None:
            return waiting.terms
        count = self.counts.item(slot, 0)
        return np.frombuffer(self.arena.get(self.begins.item(slot), 4 * count), "<u4", count)

    def sketches_of(self, slots: I64) -> tuple[U32, I64]:
        """The sketches of stories that do not wait, and how long each is. (Of others, anything.)"""
        counts = self.counts[slots].astype(np.int64)
        begins = 4 * self.begins[slots].astype(np.int64) + 4 * (counts[:, 0] + counts[:, 1])
        ends = begins + 2 * counts[:, 2:5].sum(axis=1)
        steps, data = np.arange(int(counts[:, 5].max(initial=sketches.LEAST))), self.arena.data
        low = data.view(np.uint16).take((begins >> 1)[:, None] + np.arange(SKETCH))
        bits = np.where(steps < counts[:, 5:], data.take(ends[:, None] + steps), np.uint8(0))
        bits[counts[:, 5] == 0, : sketches.LEAST] = 0xFF
        return sketches.unpacked(low, bits), counts[:, 2]

    def verdict_of(self, slot: int) -> Verdict:
        waiting = self.waiting.get(slot)
        return told.unpacked(self._told(slot)) if waiting is None else waiting.verdict

    def version_of(self, slot: int) -> str:
        """The version that the feed gave the story."""
        waiting = self.waiting.get(slot)
        return told.version(self._told(slot)) if waiting is None else waiting.version

    def _told(self, slot: int) -> bytes:
        size = self.verdicts.item(slot)
        if not size:
            return self.long_verdicts[slot]
        begin = self._bytes_before(slot)
        return self.arena.get(self.begins.item(slot), begin + size)[begin:]

    def _bytes_before(self, slot: int) -> int:
        terms, headline, sketch, numbers, names, bits = self.counts[slot].tolist()
        return int(4 * (terms + headline) + 2 * (sketch + numbers + names) + bits)

    def take(self, card: Card) -> tuple[int, int]:
        """Number and slot for a story that waits from now on. Call `forget` first."""
        slot = self.free.pop() if self.free else self.used + 1
        self.used = max(self.used, slot)
        number = self.next << SLOT_BITS | slot
        self.next += 1
        self.numbers[slot], self.events[slot], self.received[slot] = number, card.event_time, card.received
        (self.live if card.received - card.event_time <= GRACE * self.horizon else self.old).append(number)
        self.recent.append(card.received)
        return number, slot

    def keep(self, slots: Sequence[int], block: Columns, terms: Rows[np.uint32]) -> None:
        """File the stories that wait: those of a block, in those slots, with the terms given."""
        at, headers, counts = np.array(slots), block.headers, block.counts
        self.flags[at], self.words[at], self.shingles[at] = headers["flags"], headers["words"], headers["shingles"]
        self.bodies[at], self.headlines[at] = headers["body"], headers["headline"]
        low, bits = sketches.packed(block.sketch, counts[:, 0])
        parts = (terms.sizes, counts[:, 3], counts[:, 0], counts[:, 4], counts[:, 5], bits.sizes)
        self.counts[at] = np.array(parts).T
        said: list[bytes] = []
        for slot in slots:
            waiting = self.waiting.pop(slot)
            said.append(told.packed(waiting.verdict, waiting.version))
            if len(said[-1]) > LONG_VERDICT:
                self.long_verdicts[slot], said[-1] = said[-1], b""
        self.verdicts[at] = [len(each) for each in said]
        filed = (terms.pieces(), block.headlines.pieces(), low.pieces(), block.marks.pieces(), bits.pieces(), said)
        rows = [row + bytes(-len(row) % 4) for row in map(b"".join, zip(*filed, strict=True))]
        self.begins[at] = self.arena.put(rows)
        self.bytes += sum(map(len, rows))

    def forget(self, more: int) -> list[tuple[int, int]]:
        """Make room for `more`: number and thread of each story that is past the horizon or beyond what may be kept."""
        if not self.recent:
            return []
        gone: list[tuple[int, int]] = []
        oldest = sorted(self.recent)[len(self.recent) // 2] - (1 + 2 * GRACE) * self.horizon
        room = self.capacity - min(len(self.old) - self.gone[1] + more, self.archive)
        for n, (line, limit) in enumerate(((self.live, room), (self.old, self.archive))):
            at = self.gone[n]
            while at < len(line) and (
                len(line) - at + more > limit or self.received.item(line[at] & SLOT) < oldest
            ):  # fmt: skip
                gone.append(self._drop(line[at]))
                at += 1
            if at > 4096 and at > len(line) // 2:
                del line[:at]
                at = 0
            self.gone[n] = at
        return gone

    def _drop(self, number: int) -> tuple[int, int]:
        slot = number & SLOT
        size = self.verdicts.item(slot)
        self.bytes -= (self._bytes_before(slot) + size + 3) // 4 * 4
        self.arena.drop(self.begins.item(slot))
        if not size:
            del self.long_verdicts[slot]
        self.numbers[slot] = 0
        self.generations[slot] += np.uint16(1)
        self.free.append(slot)
        return number, self.threads.item(slot)

    def stats(self) -> dict[str, float]:
        slots = np.flatnonzero(self.numbers[: self.used + 1])
        times = self.received[slots] if slots.size else np.zeros(1)
        return {
            "stories": float(slots.size), "bytes": float(self.bytes),
            "oldest": float(times.min()), "newest": float(times.max()),
        }  # fmt: skip
