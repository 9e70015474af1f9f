"""One turn of one contender: throughput and CPU at saturation, latency at a rate, start, and an outage."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.feed import Story
from bench.field import Field
from bench.process import Contender, Running
from pipeline.settings import Settings

WARM_UP = 100
"""Stories that go through before anything is measured."""


@dataclass(slots=True)
class Saturation:
    """A backlog worked off as fast as it goes."""

    stories_per_second: float
    cpu_ms_per_story: float
    """Of the contender's own processes, together; the broker apart."""
    peak_bytes: int
    first_story_seconds: float
    """From starting the process to its first result."""
    cpu_seconds: list[float] = field(default_factory=list)
    """Of each process."""


@dataclass(slots=True)
class Latency:
    """From a record's arrival on the raw topic to its result seen by a consumer, in seconds."""

    rate: float
    p50: float
    p99: float
    stories: int


@dataclass(slots=True)
class Outage:
    """The contender is killed, stories come in meanwhile, it is started again."""

    stories: int
    seconds: float
    """From starting it again to the last story's result."""


@contextlib.contextmanager
def turn(
    contender: Contender, base: Settings, folder: Path, stories: Sequence[Story], passthrough: bool = False
) -> Iterator[tuple[Field, Running, float]]:
    """The contender at work and warm; gives also the seconds to its first result."""
    field_ = Field(base, passthrough)
    try:
        field_.send(stories[:1])
        running = Running(contender, field_.settings, folder, passthrough)
        try:
            field_.until(1, running)
            first = time.time() - running.started
            field_.send(stories[1:WARM_UP])
            field_.until(WARM_UP, running)
            yield field_, running, first
        finally:
            running.kill()  # its topics are never used again, so an orderly end is of no use
    finally:
        field_.close()


def saturation(field_: Field, running: Running, first: float, stories: Sequence[Story]) -> Saturation:
    """Let a backlog of `stories` build up while the contender is stopped, then let it run."""
    running.pause()
    done = field_.seen
    field_.send(stories)
    before, started = running.cpu_seconds(), time.time()
    running.resume()
    field_.until(done + len(stories), running)
    seconds = time.time() - started
    cpu = [after - b for after, b in zip(running.cpu_seconds(), before, strict=True)]
    each = 1000 * sum(cpu) / len(stories)
    return Saturation(len(stories) / seconds, each, running.peak_bytes(), first, cpu)


def latency(field_: Field, running: Running, stories: Sequence[Story], rate: float) -> Latency:
    """Feed `stories` at `rate` a second and time each to its result."""
    done = field_.seen
    field_.arrivals.clear()
    started = time.time()
    for n, story in enumerate(stories):
        while (wait := started + n / rate - time.time()) > 0:
            field_.poll(timeout_ms=max(1, min(20, int(wait * 1000))))
        field_.send_one(story)
    field_.until(done + len(stories), running)
    times = sorted(field_.arrivals)
    return Latency(rate, _quantile(times, 0.5), _quantile(times, 0.99), len(times))


def outage(field_: Field, running: Running, stories: Sequence[Story]) -> Outage:
    """Kill the contender, let `stories` come in, and time how long it takes to have them done."""
    running.kill()
    done = field_.seen
    field_.send(stories)
    running.start()
    field_.until(done + len(stories), running)
    return Outage(len(stories), time.time() - running.started)


def _quantile(times: list[float], q: float) -> float:
    return times[min(len(times) - 1, int(q * len(times)))] if times else float("nan")
