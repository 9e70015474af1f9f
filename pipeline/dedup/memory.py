"""The stories that dedup remembers, in numbered slots, and when they are forgotten.

A number tells the order of decision in its high bits and the slot in its low ones; it never comes again, while a slot
is used again when its story is forgotten. Forgetting goes
by order of arrival and needs no clock: the time is the median arrival of the last `CLOCK` stories, which a few wrong
dates cannot move. A story is kept for the horizon and twice a grace (stories may come late by one, and be dated ahead
by the other), so that stories no later than that and within the horizon of each other surely meet. Older stories (an
archive that is replayed) are kept as long, but `archive` of them at most, so that they never push out live ones.

A story takes some 70 bytes in columns and one row in the arena: terms, sketch, headline words, numbers, names, verdict.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import fields
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from pipeline.dedup.arena import Arena
from pipeline.dedup.fingerprint import U32, Fingerprint
from pipeline.dedup.index import SLOT_BITS
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
    "counts": ("u1", 5),
    "flags": ("u1", 1),
    "words": ("<u2", 1),
    "shingles": ("<u2", 1),
    "bodies": ("<u8", 1),
    "headlines": ("<u4", 1),
    "sources": ("<u2", 1),
}
"""By slot: the type of each column and how many of it."""

_DEFAULTS: dict[str, Any] = {f.name: getattr(Verdict("new", ""), f.name) for f in fields(Verdict)}
_FIELDS = tuple(_DEFAULTS)


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
    """Of the parts before it: terms, headline words (4 bytes each), sketch (3), numbers, names (2 bytes each)."""
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

    def print_of(self, slot: int) -> Fingerprint:
        """The fingerprint, with its heaviest terms only and without its head."""
        terms, headline, sketch, numbers, names = self.counts[slot].tolist()
        a, b = terms, terms + headline
        c = 4 * b + 3 * sketch
        row = self.arena.get(self.begins.item(slot), c + 2 * (numbers + names))
        longs, shorts = np.frombuffer(row, "<u4", b), np.frombuffer(row, "<u2", numbers + names, c)
        return Fingerprint(
            self.flags.item(slot), self.words.item(slot), self.shingles.item(slot),
            self.bodies.item(slot), self.headlines.item(slot),
            unpacked(np.frombuffer(row, np.uint8, 3 * sketch, 4 * b)), longs[:0], longs[:a], longs[a:],
            shorts[:numbers], shorts[numbers:],
        )  # fmt: skip

    def verdict_of(self, slot: int) -> Verdict:
        values: dict[str, Any] = orjson.loads(self._verdict(slot))
        values.pop("", None)
        values.setdefault("status", "new")
        values.setdefault("rule", "new")
        values.setdefault("evidence", {})
        values.setdefault("cluster", values.get("of") or values["id"])
        values.setdefault("thread", values["cluster"])
        return Verdict(**values)

    def version_of(self, slot: int) -> str:
        """The version that the feed gave the story."""
        version: str = orjson.loads(self._verdict(slot)).get("", "")
        return version

    def _verdict(self, slot: int) -> bytes:
        size = self.verdicts.item(slot)
        if not size:
            return self.long_verdicts[slot]
        return self.arena.get(self.begins.item(slot) + self._words_before(slot), size)

    def _words_before(self, slot: int) -> int:
        terms, headline, sketch, numbers, names = self.counts[slot].tolist()
        return int(terms + headline + (3 * sketch + 2 * (numbers + names) + 3) // 4)

    def add(self, card: Card, print_: Fingerprint, terms: U32, verdict: Verdict) -> tuple[int, int]:
        """Remember a story with the terms given; its number and slot. Call `forget` first."""
        slot = self.free.pop() if self.free else self.used + 1
        self.used = max(self.used, slot)
        number = self.next << SLOT_BITS | slot
        self.next += 1
        self.numbers[slot], self.events[slot], self.received[slot] = number, card.event_time, card.received
        self.flags[slot], self.words[slot], self.shingles[slot] = print_.flags, print_.words, print_.shingles
        self.bodies[slot], self.headlines[slot] = print_.body_hash, print_.headline_hash
        parts = (terms, print_.headline, print_.sketch, print_.numbers, print_.names)
        self.counts[slot] = [part.size for part in parts]
        sketch = print_.sketch.view(np.uint8).reshape(-1, 4)[:, 1:]
        data = b"".join([part.tobytes() for part in (terms, print_.headline, sketch, print_.numbers, print_.names)])
        told = _packed(verdict, card.version)
        if len(told) > LONG_VERDICT:
            self.long_verdicts[slot], told = told, b""
        self.verdicts[slot] = len(told)
        row = b"".join((data, bytes(-len(data) % 4), told, bytes(-len(told) % 4)))
        self.begins[slot] = self.arena.put(row)
        self.bytes += len(row)
        (self.live if card.received - card.event_time <= GRACE * self.horizon else self.old).append(number)
        self.recent.append(card.received)
        return number, slot

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
        self.bytes -= 4 * (self._words_before(slot) + (size + 3) // 4)
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


def unpacked(data: NDArray[np.uint8]) -> U32:
    """Sketches as rows hold them, the upper 24 bits of each hash, as hashes whose lower 8 bits are 0."""
    hashes = np.zeros((*data.shape[:-1], data.shape[-1] // 3, 4), dtype=np.uint8)
    hashes[..., 1:] = data.reshape(*hashes.shape[:-1], 3)
    whole: U32 = hashes.view(np.uint32)[..., 0]
    return whole


def _packed(verdict: Verdict, version: str) -> bytes:
    """What differs from a plain new story, as JSON, with the story's version under an empty name."""
    plain = {**_DEFAULTS, "cluster": verdict.of or verdict.id, "thread": verdict.cluster, "rule": "new"}
    values = {name: value for name in _FIELDS if (value := getattr(verdict, name)) != plain[name]}
    values["id"] = verdict.id
    if version:
        values[""] = version
    return orjson.dumps(values)
