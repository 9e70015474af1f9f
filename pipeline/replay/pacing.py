"""When each record goes out: a schedule counts from the first record, `Pacer` puts it on a clock."""

from __future__ import annotations

import time
from typing import Protocol

from pipeline.replay.items import FeedItem, Item


class Clock(Protocol):
    """What pacing needs of time; the tests bring their own."""

    def now(self) -> float:
        """Seconds, from any start, never back."""
        ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Schedule(Protocol):
    """When records are due."""

    def due(self, item: Item) -> float:
        """Seconds after the start of the replay. Asked once for each record, in order."""
        ...


class AtRate:
    """So many records a second: the n-th is due after n / rate seconds, counted, so that nothing drifts.

    After a stall (a broker away) the replay catches up.
    """

    def __init__(self, records_per_second: float) -> None:
        if not records_per_second > 0:
            raise ValueError("a rate is more than 0 records a second")
        self._rate = records_per_second
        self._count = 0

    def due(self, item: Item) -> float:
        due = self._count / self._rate
        self._count += 1
        return due


class AtSpeed:
    """On the stories' own times, `speed` of their seconds in one of ours.

    A story without a time, or with one before its predecessor's, goes out with its predecessor. `max_wait_seconds`
    bounds the wait between two stories, in our time: what lies behind a longer gap moves up.
    """

    def __init__(self, speed: float, max_wait_seconds: float = float("inf")) -> None:
        if not speed > 0:
            raise ValueError("a speed is more than 0")
        self._speed = speed
        self._max_wait = max_wait_seconds
        self._reached: float | None = None
        self._due = 0.0

    def due(self, item: Item) -> float:
        published = item.published if isinstance(item, FeedItem) else None
        if published is None:
            return self._due
        if self._reached is None:
            self._reached = published
        elif published > self._reached:
            self._due += min((published - self._reached) / self._speed, self._max_wait)
            self._reached = published
        return self._due

    def new_pass(self) -> None:
        """The feed starts over: its first time is now."""
        self._reached = None


class Pacer:
    """Puts a schedule on a clock."""

    def __init__(self, schedule: Schedule | None, clock: Clock) -> None:
        self._schedule = schedule
        self._clock = clock
        self._start: float | None = None

    def due_at(self, item: Item) -> float:
        """When the record is due, on the clock. The first one is due at once. Asked once for each record, in order."""
        now = self._clock.now()
        if self._schedule is None:
            return now
        if self._start is None:
            self._start = now
        return self._start + self._schedule.due(item)
