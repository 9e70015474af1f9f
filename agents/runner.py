"""The one wrapper around every stage: take records up, run the pure stage, send what comes of it, await the broker's
confirmation, count, and only then let the offsets be committed. No exception leaves it but one that ends the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.sender import Outgoing, Sender, TooLarge
from agents.transport import Chunk, Consumer
from pipeline.metrics import Metrics

log = logging.getLogger(__name__)

EX_SOFTWARE = 70

TURNS = 8
"""Turns of the event loop in which a chunk that was fetched together with another reaches the same queue."""

CHUNKS = 16
"""Chunks that are handled before they are confirmed, at most."""


Mark = tuple[int, int, int, int, dict[str, int]]


@dataclass(slots=True)
class Work:
    """What came of a batch."""

    first: list[Outgoing] = field(default_factory=list)
    """Written and confirmed before anything else: dedup's memory, so that a verdict is durable before it is seen."""
    then: list[Outgoing] = field(default_factory=list)
    last: list[Outgoing] = field(default_factory=list)
    """Written once all else is confirmed: what says that it was (a kill's receipt)."""
    outcomes: Counter[str] = field(default_factory=Counter)
    delivered: list[tuple[str, float]] = field(default_factory=list)
    """Stories that have reached an output topic: the outcome, and when they were received (epoch seconds)."""

    def mark(self) -> Mark:
        """Where all of it stands, for `back_to`."""
        return len(self.first), len(self.then), len(self.last), len(self.delivered), dict(self.outcomes)

    def back_to(self, mark: Mark) -> None:
        """Write and count nothing of what was added since `mark`: the story that it came of failed."""
        first, then, last, delivered, outcomes = mark
        del self.first[first:], self.then[then:], self.last[last:], self.delivered[delivered:]
        self.outcomes = Counter(outcomes)

    def add(self, other: Work) -> None:
        """Take over what came of another part of the batch."""
        self.first += other.first
        self.then += other.then
        self.last += other.last
        self.outcomes.update(other.outcomes)
        self.delivered += other.delivered


class Station(Protocol):
    """A stage's place on Kafka: how its records are read and its results written. One a stage, in `agents/`."""

    name: str

    async def prepare(self, chunk: Chunk) -> None:
        """Before a chunk: whatever must be in place (dedup: its memory)."""
        ...

    def decode(self, record: Any) -> list[Any]:
        """The stories of one Kafka record, as the stage takes them. Never raises."""
        ...

    async def work(self, items: Sequence[Any]) -> Work:
        """Run the stage over the stories. Never raises."""
        ...

    async def refused(self, record: Outgoing) -> list[Outgoing]:
        """The broker will not take this record, it is too large: what to write instead (its dead letters)."""
        ...


class Runner:
    """Runs one stage of one worker, a chunk at a time."""

    def __init__(
        self, station: Station, sender: Sender, metrics: Metrics, batch_stories: int, linger_seconds: float = 0.0
    ) -> None:
        """`linger_seconds`: see `_linger`."""
        self.station = station
        self._sender = sender
        self._metrics = metrics
        self._batch_stories = batch_stories
        self.last_progress = time.monotonic()
        self._turn = asyncio.Lock()
        self._linger_seconds = linger_seconds
        self._done_at = -math.inf

    async def run(self, stream: Any, consumer: Consumer) -> None:
        """The body of the Faust agent: chunk after chunk for as long as the stream flows."""
        async for event in stream.events():
            with self._or_out():
                await self._linger(event.value)
                for chunk in await self.handle(event.value, lambda: consumer.standing(stream)):
                    consumer.confirm(chunk)
                self._done_at = time.monotonic()

    async def _linger(self, chunk: Chunk) -> None:
        """Where stories come close upon those before them, wait a little for more, so that they travel in company.

        A hop costs nearly the same for one story as for ten. After a pause nothing waits, nor does much of a batch.
        """
        steady = time.monotonic() - self._done_at < self._linger_seconds
        if steady and len(chunk) * 4 < self._batch_stories:
            await asyncio.sleep(self._linger_seconds)

    async def beside(self, make: Callable[[], Awaitable[Work]]) -> None:
        """Work that no record brings (an embargo that ends), between two batches, with the same guarantees."""
        with self._or_out():
            async with self._turn:
                await self._finish(await make())

    @contextlib.contextmanager
    def _or_out(self) -> Iterator[None]:
        """Faust would ack a failure and go on without these stories; a new process reads them again."""
        try:
            yield
        except asyncio.CancelledError:
            raise
        except BaseException:
            log.critical("%s failed beyond a single story; the worker stops.", self.station.name, exc_info=True)
            self._metrics.agent_failed(self.station.name)
            logging.shutdown()
            os._exit(EX_SOFTWARE)

    async def handle(self, chunk: Chunk, standing: Callable[[], Chunk | None] = lambda: None) -> list[Chunk]:
        """All stories of a chunk, in batches, each confirmed before the next. Returns when all are at the broker.

        Where they do not fill a batch, chunks that stand there already (`standing`) are taken in, most often those of
        the other partitions: stages are cheaper by the batch, and nothing waits. Returns all chunks that were handled;
        at most `CHUNKS` of them, for what was handled must be confirmed some day.
        """
        chunks: list[Chunk] = []
        waiting: list[Any] = []
        size = self._batch_stories
        taken: Chunk | None = chunk
        while taken is not None:
            chunks.append(taken)
            await self.station.prepare(taken)
            for record in taken.records:
                waiting += self.station.decode(record)
                while len(waiting) >= size:
                    await self._batch(waiting[:size])
                    del waiting[:size]
            taken = await _next(standing) if waiting and len(chunks) < CHUNKS else None
        if waiting:
            await self._batch(waiting)
        return chunks

    async def _batch(self, items: Sequence[Any]) -> None:
        name = self.station.name
        async with self._turn:
            started, cpu = time.perf_counter(), time.thread_time()
            self._metrics.took(name, len(items))
            work = await self.station.work(items)
            self._metrics.worked(name, time.thread_time() - cpu)
            await self._finish(work)
            self._metrics.done(name, time.perf_counter() - started, work.outcomes)
        self.last_progress = time.monotonic()
        await asyncio.sleep(0)  # the other stages of this worker take their turn

    async def _finish(self, work: Work) -> None:
        """Write what came of it, in order, each part confirmed before the next."""
        for part in (work.first, work.then, work.last):
            if part:
                await self._send(part)
        now = time.time()
        for outcome, received in work.delivered:
            self._metrics.delivered(outcome, now - received)

    async def _send(self, records: list[Outgoing]) -> None:
        while records:
            try:
                await self._sender.send(records, lambda: self._metrics.retried(self.station.name))
                return
            except TooLarge as e:
                log.warning("%s: %s; its stories go to the dead letters", self.station.name, e)
                at = next(i for i, record in enumerate(records) if record is e.record)
                records = records[:at] + await self.station.refused(e.record) + records[at + 1 :]


async def _next(standing: Callable[[], Chunk | None]) -> Chunk | None:
    """A chunk that stands there, or is on its way there: what one fetch brought is delivered partition by partition."""
    for _ in range(TURNS):
        if (taken := standing()) is not None:
            return taken
        await asyncio.sleep(0)
    return None
