"""The stories that an embargo holds, as `wire.held` has them, and which of them ought to have gone out."""

from __future__ import annotations

import math

from pipeline.life.book import until_of
from pipeline.packet import decode_batch


class Held:
    """Feed it every record of the topic in order, from its beginning: it is compacted, so that is what is held now."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def note(self, record: str, value: bytes | None) -> None:
        """`record` is the raw record's `RecordId`; without a value it is no longer held.

        Raises ValueError for a value that holds no story.
        """
        if value is None:
            self._until.pop(record, None)
            return
        packets = decode_batch(value)
        if not packets:
            raise ValueError("an empty batch")
        self._until[record] = until_of(packets[0])

    def overdue_seconds(self, now: float) -> float:
        """How long past its end the longest of them is held (`now` in epoch seconds); 0 when none is."""
        ends = (now - until for until in self._until.values() if math.isfinite(until))
        return max(0.0, max(ends, default=0.0))
