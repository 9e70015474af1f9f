"""A replay from beginning to end: read, order, forge, wait, publish, remember how far it came."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pipeline.replay.faults import forge
from pipeline.replay.files import FeedFile
from pipeline.replay.interrupts import Interrupts
from pipeline.replay.items import Item, Note, Report, log_note
from pipeline.replay.options import ReplayOptions
from pipeline.replay.pacing import AtRate, AtSpeed, Clock, Pacer, Schedule, SystemClock
from pipeline.replay.publish import Publisher
from pipeline.replay.reading import read_files, records
from pipeline.replay.resume import SAVE_EVERY_SECONDS, Position
from pipeline.replay.sequence import passes, shuffled

COUNT_SECONDS = 3.0
FLUSH_AFTER_INTERRUPT_SECONDS = 10.0
_LOOK_SECONDS = 0.1
_EARLY_SECONDS = 0.0005
"""So much too soon is on time: a shorter sleep costs more than it is worth."""
_LOOK_EVERY = 64
"""Records sent at full speed between two looks at the clock."""


@dataclass(slots=True)
class Outcome:
    """How a replay ended."""

    confirmed: int
    confirmed_bytes: int
    refused: int
    handed_over: int
    skipped: int
    """Records that an earlier run had sent, with `--resume`."""
    seconds: float
    interrupted: bool = False


def sequence(
    options: ReplayOptions,
    files: Sequence[FeedFile],
    report: Report = log_note,
    on_pass: Callable[[int], None] = lambda number: None,
) -> Iterator[Item]:
    """The records that the options make of the files, in the order in which they go out. Lazy; the same each time."""

    def read_pass(number: int) -> Iterable[Item]:
        items = read_files(files, source=options.source, report=report)
        return (
            items if options.shuffle is None else shuffled(items, f"{options.shuffle}:{number}", options.shuffle_window)
        )

    items: Iterator[Item] = passes(read_pass, loop=options.loop, fresh_ids=options.fresh_ids, on_pass=on_pass)
    if options.faults:
        items = forge(items, options.faults, options.seed)
    return islice(items, options.limit)


def count(options: ReplayOptions, files: Sequence[FeedFile], seconds: float = COUNT_SECONDS) -> int | None:
    """How many records will go out, forged ones estimated; None if that takes over `seconds` or there is no end."""
    if any(file.live for file in files) or (options.loop and options.limit is None):
        return None
    deadline = time.monotonic() + seconds
    found = 0
    for found, _ in enumerate(records(files, _silent), 1):
        if found % _LOOK_EVERY == 0 and time.monotonic() > deadline:
            return None
    total = found + sum(round(found * share) for name, share in options.faults.items() if name != "reorder")
    if options.limit is None:
        return total
    return options.limit if options.loop and total else min(total, options.limit)


def _silent(note: Note) -> None:
    """While counting; the notes come again while reading."""


def _nothing_to_show(publisher: Publisher) -> None:
    pass


class Replay:
    """One run of a replay."""

    def __init__(
        self,
        options: ReplayOptions,
        files: Sequence[FeedFile],
        *,
        position: Position | None = None,
        report: Report = log_note,
        clock: Clock | None = None,
    ) -> None:
        """`position`: where the progress is kept; with `options.resume` it is also where to begin."""
        self._options = options
        self._files = files
        self._position = position
        self._report = report
        self._watch: Callable[[Publisher], None] = _nothing_to_show
        self._clock = clock or SystemClock()
        self._interrupts = Interrupts()
        self.skipped = position.load() if position is not None and options.resume else 0
        """Records that an earlier run had sent and that are not sent again."""
        self._next_look = 0.0
        self._next_save = 0.0

    def run(self, publisher: Publisher, watch: Callable[[Publisher], None] | None = None) -> Outcome:
        """Send everything, flush, close the publisher, say how it went. `watch` is shown the publisher now and then.

        A signal ends it early: what was handed over is flushed, and the outcome says `interrupted`; a second signal
        gives that up too. Raises Unavailable where the broker fails us. The position is kept in every case.
        """
        self._watch = watch or _nothing_to_show
        started = self._clock.now()
        interrupted = True
        with self._interrupts.caught():
            try:
                with publisher:
                    interrupted = self._send_all(publisher)
            except KeyboardInterrupt:
                pass
            finally:
                self._keep(publisher)
                self._watch(publisher)
        if not interrupted and self._position is not None:
            self._position.clear()
        return Outcome(
            publisher.confirmed,
            publisher.confirmed_bytes,
            publisher.refused,
            publisher.handed_over,
            self.skipped,
            self._clock.now() - started,
            interrupted,
        )

    def _send_all(self, publisher: Publisher) -> bool:
        """Returns whether a signal cut it short."""
        schedule = self._schedule()
        pacer = Pacer(schedule, self._clock)

        def on_pass(number: int) -> None:
            if isinstance(schedule, AtSpeed):
                schedule.new_pass()

        def look() -> None:
            self._look(publisher)
            self._interrupts.check()

        items = sequence(self._options, self._files, self._report, on_pass)
        publisher.on_wait = look
        try:
            self._interrupts.while_waiting(lambda: self._skip(items))
            while (item := self._interrupts.while_waiting(lambda: next(items, None))) is not None:
                due = pacer.due_at(item)
                while (seconds := due - self._clock.now()) > _EARLY_SECONDS:
                    self._sleep(min(seconds, _LOOK_SECONDS))
                    publisher.poll()
                    self._look(publisher)
                publisher.send(item)
                if publisher.handed_over % _LOOK_EVERY == 0:
                    self._look(publisher)
            publisher.flush()
        except KeyboardInterrupt:
            publisher.on_wait = lambda: self._look(publisher)
            if not publisher.flush(FLUSH_AFTER_INTERRUPT_SECONDS):
                publisher.abandon()
            return True
        return False

    def _schedule(self) -> Schedule | None:
        if self._options.rate is not None:
            return AtRate(self._options.rate)
        if self._options.speed is not None:
            return AtSpeed(self._options.speed, self._options.max_wait_seconds)
        return None

    def _skip(self, items: Iterator[Item]) -> None:
        for _ in islice(items, self.skipped):
            pass

    def _sleep(self, seconds: float) -> None:
        self._interrupts.while_waiting(lambda: self._clock.sleep(seconds))

    def _look(self, publisher: Publisher) -> None:
        now = self._clock.now()
        if now >= self._next_look:
            self._next_look = now + _LOOK_SECONDS
            self._watch(publisher)
        if now >= self._next_save:
            self._next_save = now + SAVE_EVERY_SECONDS
            self._keep(publisher)

    def _keep(self, publisher: Publisher) -> None:
        if self._position is not None:
            self._position.save(self.skipped + publisher.settled)
