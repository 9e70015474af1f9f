"""Who told a thread's event, and who had it first: the sources of threads that more than one tells."""

from __future__ import annotations

import struct
from typing import NamedTuple

SOURCES = 16
"""Sources of one thread that are kept apart; later ones are not listed."""
NAMES = 60_000
"""Names of sources that are told apart; far more than there are agencies."""


class Origin(NamedTuple):
    """Of a thread."""

    newest: int
    """Number of its newest story: with that one it is forgotten."""
    time: float
    """The earliest of its stories' own times, epoch seconds."""
    first: int
    """The source of that story."""
    sources: tuple[int, ...]
    """All of them, in the order in which they came in; each once."""


_HEAD = struct.Struct("<qdH")


class Origins:
    """By number of thread; threads of one source alone are left out. Sources are numbers, 0 for none."""

    def __init__(self) -> None:
        self.threads: dict[int, bytes] = {}
        """An `Origin` each, packed: a tuple of objects would take five times as much."""
        self.names: list[str] = [""]
        self._numbers: dict[str, int] = {"": 0}

    def number(self, name: str) -> int:
        """The number of a source, given now if it has none."""
        found = self._numbers.get(name)
        if found is None:
            if len(self.names) >= NAMES:
                return 0
            found = self._numbers[name] = len(self.names)
            self.names.append(name)
        return found

    def get(self, thread: int) -> Origin | None:
        """Who has told a thread's event, where that is more than one."""
        known = self.threads.get(thread)
        if known is None:
            return None
        newest, time, first = _HEAD.unpack_from(known)
        return Origin(newest, time, first, struct.unpack(f"<{(len(known) - _HEAD.size) // 2}H", known[_HEAD.size :]))

    def restore(self, names: list[str], threads: dict[int, bytes]) -> None:
        """Take over what another one held."""
        self.names, self.threads = names, threads
        self._numbers = {name: n for n, name in enumerate(names)}

    def join(self, thread: int, before: Origin, source: int, time: float, number: int) -> None:
        """A story comes to a thread that was `before` so far."""
        sources = before.sources
        if source not in sources and len(sources) < SOURCES:
            sources = (*sources, source)
        first = (time, source) if time < before.time else (before.time, before.first)
        if len(sources) > 1:
            self.threads[thread] = struct.pack(f"<qdH{len(sources)}H", number, *first, *sources)

    def told(self, before: Origin, source: int, time: float) -> dict[str, object]:
        """What a verdict says of it: the first source, seconds behind it (below 0: dated before it), and all others.

        Empty where nobody but the story's own source has told it.
        """
        others = [self.names[n] for n in before.sources if n != source]
        if not others:
            return {}
        return {"first": self.names[before.first], "behind": round(time - before.time), "sources": others}

    def forget(self, number: int, thread: int) -> None:
        """The story of that number, of that thread, is remembered no more."""
        known = self.get(thread)
        if known is not None and known.newest == number:
            del self.threads[thread]
