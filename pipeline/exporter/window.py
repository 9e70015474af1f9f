"""The ledger of a running pipeline in bounded memory: which raw records have come, and which have ended.

Of each raw partition it keeps the offset below which all have ended, and the ended ones above it. So its size follows
what is on its way, not what has ever come. `pipeline.ledger` keeps everything instead, for tests and the demonstration.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Literal

from pipeline.ledger import moves_on
from pipeline.model import RecordId

REMEMBERED_STORIES = 200_000
"""Stories whose outcome is kept, to tell a repeat from a contradiction: some 30 MB."""

Noted = Literal["first", "held", "repeat", "contradiction", "old"]


class Partition:
    """One partition of `wire.raw`."""

    __slots__ = ("_arrivals", "_ended", "below", "end", "start")

    def __init__(self, start: int, end: int, now: float) -> None:
        self.start = start
        """Records before it are not judged: they came before the window."""
        self.below = start
        """All records before it have ended."""
        self.end = end
        self._ended: set[int] = set()
        self._arrivals: deque[tuple[float, int]] = deque([(now, end)])

    @property
    def outstanding(self) -> int:
        return self.end - self.below - len(self._ended)

    def grow(self, end: int, now: float) -> int:
        """The partition's end is now `end`. Returns how many records have come."""
        came = end - self.end
        if came > 0:
            self.end = end
            self._arrivals.append((now, end))
        return max(0, came)

    def note(self, offset: int) -> bool:
        """A story of this record has ended. Returns whether it is the record's first."""
        if offset < self.below or offset in self._ended:
            return False
        self._ended.add(offset)
        self._advance()
        return True

    def expire(self, first: int) -> int:
        """Retention has deleted what lies before `first`. Returns how many of those had not ended."""
        gone = max(0, first - self.below)
        ended = {offset for offset in self._ended if offset < first}
        self._ended -= ended
        self.below = max(self.below, first)
        self._advance()
        return gone - len(ended)

    def oldest_seconds(self, now: float) -> float:
        """How long the first outstanding record has waited, by when its arrival was seen; 0 when none is."""
        while self._arrivals and self._arrivals[0][1] <= self.below:
            self._arrivals.popleft()
        return now - self._arrivals[0][0] if self._arrivals else 0.0

    def _advance(self) -> None:
        while self.below in self._ended:
            self._ended.remove(self.below)
            self.below += 1


class Window:
    """All partitions, and the outcomes of the latest stories."""

    def __init__(self, remembered: int = REMEMBERED_STORIES) -> None:
        self.partitions: dict[int, Partition] = {}
        self._outcomes: OrderedDict[str, str] = OrderedDict()
        self.held: set[str] = set()
        """Stories that are held: accounted for, but they have not ended yet."""
        self._remembered = remembered

    def note(self, record: str, outcome: str) -> tuple[Noted, bool]:
        """A story of `record` (`RecordId` as text) ended as `outcome`.

        Returns what that is (`held`: it has not ended, but is accounted for; `old`: its raw record came before the
        window), and whether the raw record is now accounted for and was not before. Raises ValueError for a text that
        is no RecordId.
        """
        place = RecordId.parse(record)
        partition = self.partitions.get(place.partition)
        if partition is None or place.offset < partition.start:
            return "old", False
        before = self._outcomes.get(record)
        if outcome == "held":
            if before is not None or record in self.held:
                return "repeat", False  # it has gone on since, or is held again after a crash
            self.held.add(record)
            return "held", partition.note(place.offset)
        if record in self.held:
            self.held.discard(record)
            self._outcomes[record] = outcome
            return "first", False
        if before is not None:
            agree = before == outcome or moves_on(before, outcome) or moves_on(outcome, before)
            return ("repeat" if agree else "contradiction"), False
        forgotten = len(self._outcomes) >= self._remembered and place.offset < partition.below
        self._outcomes[record] = outcome
        if len(self._outcomes) > self._remembered:
            self._outcomes.popitem(last=False)
        first = partition.note(place.offset)
        return ("repeat" if forgotten and not place.item else "first"), first

    @property
    def outstanding(self) -> int:
        return sum(partition.outstanding for partition in self.partitions.values())

    def oldest_seconds(self, now: float) -> float:
        return max((p.oldest_seconds(now) for p in self.partitions.values()), default=0.0)
