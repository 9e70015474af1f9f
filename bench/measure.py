"""One turn of one contender: throughput and CPU at saturation, latency at a rate, start, and catching up."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from bench.process import Contender, Running
from pipeline.broker.admin import ensure_topics
from pipeline.headers import raw_headers
from pipeline.settings import Settings
from pipeline.topics import DEAD, DUPLICATES, RAW, SKIPPED, STORIES

PATIENCE_SECONDS = 180.0
WARM_UP = 100
Story = tuple[str, bytes]
"""Id and body."""


@dataclass(slots=True)
class Saturation:
    """A backlog worked off as fast as it goes."""

    stories_per_second: float
    cpu_ms_per_story: float
    peak_bytes: int
    first_story_seconds: float
    """From starting the process to its first result."""


@dataclass(slots=True)
class Latency:
    """From a record's arrival on the raw topic to its result seen by a consumer, in seconds."""

    rate: float
    p50: float
    p99: float
    stories: int


class Field:
    """Topics of their own for one turn, a producer for the raw one, and a consumer that counts results."""

    def __init__(self, base: Settings) -> None:
        name = f"b{uuid.uuid4().hex[:8]}"
        self.settings = base.model_copy(update={"topic_prefix": f"{name}.", "group": name})
        ensure_topics(self.settings)
        self.seen = 0
        self.arrivals: list[tuple[str, float]] = []
        self._producer = KafkaProducer(
            bootstrap_servers=self.settings.bootstrap, acks="all", linger_ms=0, max_request_size=16_000_000
        )
        self._consumer = KafkaConsumer(
            bootstrap_servers=self.settings.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest",
            fetch_max_wait_ms=20, max_poll_records=5000,
        )  # fmt: skip
        places = [
            TopicPartition(self.settings.topic(spec), p)
            for spec in (STORIES, DUPLICATES, DEAD, SKIPPED)
            for p in range(self.settings.partition_count(spec))
        ]
        self._consumer.assign(places)
        self._consumer.seek_to_beginning(*places)
        self._sent: dict[str, float] = {}

    def send(self, stories: Sequence[Story]) -> None:
        futures = [self._send(id, body) for id, body in stories]
        for future in futures:
            future.get(60)

    def _send(self, id: str, body: bytes) -> Any:
        now = time.time()
        self._sent[id] = now
        headers = raw_headers(received=now, source="bench", id=id)
        return self._producer.send(self.settings.topic(RAW), key=id.encode(), value=body, headers=headers)

    def poll(self, timeout_ms: int = 50) -> None:
        for records in self._consumer.poll(timeout_ms=timeout_ms).values():
            now = time.time()
            for record in records:
                self.seen += 1
                received = _received(record.value)
                if received:
                    self.arrivals.append(("", now - received))

    def until(self, count: int, running: Running) -> None:
        """Poll until `count` results were seen. Raises Unavailable when the contender ends, TimeoutError when stuck."""
        moved, before = time.monotonic(), self.seen
        while self.seen < count:
            self.poll()
            running.check()
            if self.seen != before:
                moved, before = time.monotonic(), self.seen
            if time.monotonic() - moved > PATIENCE_SECONDS:
                raise TimeoutError(f"stuck at {self.seen} of {count} results; its log is {running.log}")

    def close(self) -> None:
        self._producer.close()
        self._consumer.close()


def _received(value: bytes) -> float:
    """The product's `received` without decoding 3 KB of JSON: the latency of a result must not hide in measuring it."""
    at = value.rfind(b'"received":')
    if at < 0:
        return 0.0
    end = at + 11
    while end < len(value) and value[end] in b"0123456789.eE+-":
        end += 1
    return float(value[at + 11 : end])


@contextlib.contextmanager
def turn(
    contender: Contender, base: Settings, folder: Path, stories: Sequence[Story], passthrough: bool = False
) -> Iterator[tuple[Field, Running, float]]:
    """The contender at work and warm; gives also the seconds to its first result."""
    field = Field(base)
    try:
        field.send(stories[:1])
        running = Running(contender, field.settings, folder, passthrough)
        try:
            field.until(1, running)
            first = time.time() - running.started
            field.send(stories[1:WARM_UP])
            field.until(WARM_UP, running)
            yield field, running, first
        finally:
            running.stop()
    finally:
        field.close()


def saturation(field: Field, running: Running, first: float, stories: Sequence[Story]) -> Saturation:
    """Let a backlog of `stories` build up while the contender is stopped, then let it run."""
    running.pause()
    done = field.seen
    field.send(stories)
    cpu, started = running.cpu_seconds(), time.time()
    running.resume()
    field.until(done + len(stories), running)
    seconds = time.time() - started
    cpu = running.cpu_seconds() - cpu
    return Saturation(len(stories) / seconds, 1000 * cpu / len(stories), running.peak_bytes(), first)


def latency(field: Field, running: Running, stories: Sequence[Story], rate: float) -> Latency:
    """Feed `stories` at `rate` a second and time each to its result."""
    done, field.arrivals = field.seen, []
    started = time.time()
    for n, story in enumerate(stories):
        while (wait := started + n / rate - time.time()) > 0:
            field.poll(timeout_ms=max(1, min(20, int(wait * 1000))))
        field._send(*story)
    field.until(done + len(stories), running)
    times = sorted(seconds for _, seconds in field.arrivals)
    return Latency(rate, _quantile(times, 0.5), _quantile(times, 0.99), len(times))


def _quantile(times: list[float], q: float) -> float:
    return times[min(len(times) - 1, int(q * len(times)))] if times else float("nan")
