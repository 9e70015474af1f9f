"""The pipeline's clock: what embargoes are held by. Everything that asks for the time may be given another one.

A clock is a function that returns epoch seconds. `FileClock` lets tests and demonstrations move the time of a worker
that runs in a process of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

Clock = Callable[[], float]

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.05
"""Between two looks at a clock file."""


class FileClock:
    """The system's time plus the seconds that a file says. An unreadable file counts as the last that could be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0.0
        self._due = 0.0

    def __call__(self) -> float:
        now = time.monotonic()
        if now >= self._due:
            self._due = now + LOOK_SECONDS
            try:
                self._offset = float(self._path.read_text("ascii"))
            except (OSError, ValueError) as e:
                log.warning("the clock file %s cannot be read: %s", self._path, e)
        return time.time() + self._offset


def clock_of(path: Path | None) -> Clock:
    """The clock that settings ask for: the system's, or one that a file moves."""
    return time.time if path is None else FileClock(path)
