"""How long what waits has been waiting: offsets alone say how many, not whether they move."""

from __future__ import annotations

from collections import deque

from kafka import TopicPartition

REMEMBERED = 512
"""Sightings of an end that are kept for a partition; while it stands, every second one is dropped at this number."""


class Waiting:
    """Remembers when the end of each partition, and what is done of it, was first seen where it was."""

    def __init__(self) -> None:
        self._seen: dict[TopicPartition, deque[tuple[float, int]]] = {}
        self._moved: dict[TopicPartition, tuple[float, int]] = {}

    def seconds(self, place: TopicPartition, end: int, done: int, now: float) -> float:
        """How long the first record at or after `done` has been waiting, as far as was seen; 0 when none waits.

        `end` and `done` are offsets, `now` monotonic seconds.
        """
        seen = self._seen.setdefault(place, deque())
        if seen and end < seen[-1][1]:  # the topic was deleted and made again
            seen.clear()
        if not seen or end > seen[-1][1]:
            seen.append((now, end))
        while len(seen) > 1 and seen[0][1] <= done:
            seen.popleft()
        if len(seen) > REMEMBERED:
            self._seen[place] = seen = deque(list(seen)[::2])
        return now - seen[0][0] if seen[0][1] > done else 0.0

    def still_seconds(self, place: TopicPartition, end: int, done: int, now: float) -> float:
        """How long nothing has been done of what waits; 0 when nothing waits. A backlog that shrinks is not still."""
        since, before = self._moved.get(place, (now, done))
        if done != before or end <= done:
            since = now
        self._moved[place] = since, done
        return now - since
