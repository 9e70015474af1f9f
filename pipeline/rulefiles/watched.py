"""A file of rules that is read again when it changes, without a restart, and never replaced by one with flaws."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from pipeline.errors import Unavailable, Usage

log = logging.getLogger(__name__)
T = TypeVar("T")
Stamp = tuple[int, int, int]

EVERY_SECONDS = 1.0


class Watched(Generic[T]):
    """What a file holds, as `read` makes it of its text. Nothing runs in the background: whoever uses the rules asks
    for them before each batch, and at most once in `every` seconds that costs one look at the file's date.

    A change counts once the file has stayed the same from one look to the next, so that one half written is not taken
    up. A file that is gone, or has flaws, leaves the last good rules in force; `fault` says why, until it is mended.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[str, str], T],
        every: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read` takes the text and the file's name. Raises Usage (flaws) or Unavailable: there is no last good one."""
        self._path, self._read, self._every, self._clock = path, read, every, clock
        self.fault = ""
        self._taken = self._seen = self._stamp()
        self._value = self._load()
        self._next = clock() + every

    def current(self) -> T:
        """The rules in force."""
        now = self._clock()
        if now >= self._next:
            self._next = now + self._every
            self._look()
        return self._value

    def _look(self) -> None:
        try:
            stamp = self._stamp()
            settled, self._seen = stamp == self._seen, stamp
            if not settled or stamp == self._taken:
                return
            self._taken = stamp
            self._value = self._load()
        except (Unavailable, Usage) as e:
            if str(e) != self.fault:
                log.error("the rules in force stay, for %s cannot be taken up: %s", self._path.name, e)
            self.fault = str(e)
        else:
            self.fault = ""
            log.info("%s has changed and is in force", self._path.name)

    def _stamp(self) -> Stamp:
        try:
            stat = self._path.stat()
        except OSError as e:
            raise _unreadable(self._path, e) from e
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _load(self) -> T:
        try:
            text = self._path.read_text(encoding="utf-8")
        except UnicodeDecodeError as e:
            raise Usage(f"{self._path} is not UTF-8 (byte {e.start}); save it as UTF-8.") from e
        except OSError as e:
            raise _unreadable(self._path, e) from e
        return self._read(text, str(self._path))


def _unreadable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(f"The rules {path} cannot be read: {error.strerror or error}.")
