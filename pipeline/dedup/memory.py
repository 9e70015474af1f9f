"""The stories that dedup remembers, in numbered slots, and when they are forgotten.

A number tells the order of decision in its high bits and the slot in its low ones; it never comes again, while a slot
is used again when its story is forgotten. Forgetting goes
by order of arrival and needs no clock: the time is the median arrival of the last `CLOCK` stories, which a few wrong
dates cannot move. A story is kept for the horizon and twice a grace (stories may come late by one, and be dated ahead
by the other), so that stories no later than that and within the horizon of each other surely meet. Older stories (an
archive that is replayed) are kept as long, but `archive` of them at most, so that they never push out live ones.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import Fingerprint, decode, for_comparing
from pipeline.dedup.index import SLOT_BITS
from pipeline.model import Card, Verdict

GRACE = 1 / 12
"""Of the horizon: 6 hours at 72. How late a story may come and still surely meet all within the horizon of it."""
CLOCK = 15
SLOT = (1 << SLOT_BITS) - 1
_DEFAULTS: dict[str, Any] = {
    "of": "", "similarity": 0.0, "containment": 0.0, "rule": "new", "evidence": {}, "position": 1, "status": "new",
}  # fmt: skip


class Memory:
    """Columns by slot. `capacity` stories at most, `archive` of them older than the grace when they came."""

    def __init__(self, horizon_seconds: float, capacity: int, archive: int) -> None:
        self.horizon = horizon_seconds
        self._archive = archive
        self._capacity = capacity
        self.numbers = np.full(capacity + 1, -1, dtype=np.int64)
        self.events = np.zeros(capacity + 1, dtype=np.float64)
        self.threads = np.zeros(capacity + 1, dtype=np.int64)
        """Number of the first of its thread."""
        self.versions: dict[int, str] = {}
        self._received = np.zeros(capacity + 1, dtype=np.float64)
        self._prints: list[bytes] = [b""]
        self._verdicts: list[bytes] = [b""]
        self._free: deque[int] = deque()
        self._live: deque[int] = deque()
        self._old: deque[int] = deque()
        self._recent: deque[float] = deque(maxlen=CLOCK)
        self._bytes = 0
        self._next = 0

    def alive(self, number: int) -> bool:
        return number >= 0 and bool(self.numbers[number & SLOT] == number)

    def living(self) -> NDArray[np.int64]:
        """The numbers of all remembered stories."""
        found: NDArray[np.int64] = self.numbers[self.numbers >= 0]
        return found

    def slot(self, number: int) -> int:
        return number & SLOT

    def print_of(self, slot: int) -> Fingerprint:
        """The fingerprint, without its terms (those are with the threads)."""
        return decode(self._prints[slot])

    def verdict_of(self, slot: int) -> Verdict:
        values: dict[str, Any] = {**_DEFAULTS, "evidence": {}, **orjson.loads(self._verdicts[slot])}
        values.setdefault("cluster", values["id"])
        values.setdefault("thread", values["id"])
        return Verdict(**values)

    def add(self, card: Card, data: bytes, verdict: Verdict) -> tuple[int, int]:
        """Remember a story; its number and slot. Call `forget` first."""
        if self._free:
            slot = self._free.popleft()
        else:
            slot = len(self._prints)
            self._prints.append(b"")
            self._verdicts.append(b"")
        number = self._next << SLOT_BITS | slot
        self._next += 1
        self.numbers[slot], self.events[slot], self._received[slot] = number, card.event_time, card.received
        self._prints[slot] = for_comparing(data)
        values = {
            "status": verdict.status, "id": verdict.id, "of": verdict.of, "similarity": verdict.similarity,
            "containment": verdict.containment, "rule": verdict.rule, "evidence": verdict.evidence,
            "position": verdict.position, "cluster": verdict.cluster, "thread": verdict.thread,
        }  # fmt: skip
        defaults = {**_DEFAULTS, "cluster": verdict.id, "thread": verdict.id}
        packed = orjson.dumps({k: v for k, v in values.items() if k == "id" or defaults[k] != v})
        self._verdicts[slot] = bytes(memoryview(packed))  # a copy: what orjson returns holds on to kilobytes
        self._bytes += len(self._prints[slot]) + len(self._verdicts[slot])
        (self._live if card.received - card.event_time <= GRACE * self.horizon else self._old).append(number)
        self._recent.append(card.received)
        return number, slot

    def forget(self) -> list[tuple[int, int]]:
        """Make room: number and thread of each story that is past the horizon or beyond what may be kept."""
        gone = []
        if self._recent:
            oldest = sorted(self._recent)[len(self._recent) // 2] - (1 + 2 * GRACE) * self.horizon
            room = self._capacity - min(len(self._old) + 1, self._archive)
            for line, limit in ((self._live, room), (self._old, self._archive)):
                while line and (len(line) >= limit or self._received[line[0] & SLOT] < oldest):
                    gone.append(self._drop(line.popleft()))
        return gone

    def _drop(self, number: int) -> tuple[int, int]:
        slot = number & SLOT
        self._bytes -= len(self._prints[slot]) + len(self._verdicts[slot])
        self.numbers[slot] = -1
        self._prints[slot] = self._verdicts[slot] = b""
        self.versions.pop(slot, None)
        self._free.append(slot)
        return number, int(self.threads[slot])

    def stats(self) -> dict[str, float]:
        slots = np.nonzero(self.numbers >= 0)[0]
        times = self._received[slots] if slots.size else np.zeros(1)
        return {
            "stories": float(slots.size), "bytes": float(self._bytes),
            "oldest": float(times.min()), "newest": float(times.max()),
        }  # fmt: skip
