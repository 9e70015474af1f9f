"""Reads for one stage: take records up in batches, send each on its way, and only then let the offsets be committed.

No exception leaves it but one that ends the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from agents.journey import Journey, Means, Stage, Station
from agents.transport import Chunk, Consumer
from agents.work import Work

log = logging.getLogger(__name__)

EX_SOFTWARE = 70

TURNS = 8
"""Turns of the event loop in which a chunk that was fetched together with another reaches the same queue."""

CHUNKS = 16
"""Chunks that are handled before they are confirmed, at most."""


class Runner:
    """Runs one stage of one worker, a chunk at a time."""

    def __init__(
        self, station: Station, means: Means, batch_stories: int, linger_seconds: float = 0.0, place: int = 0
    ) -> None:
        """`linger_seconds`: see `_linger`; `place`: see `Stage`."""
        self.station = station
        self.stage = Stage(station, place)
        self._means = means
        self._batch_stories = batch_stories
        self._linger_seconds = linger_seconds
        self._last_ms = -math.inf
        """When the newest story of the chunks handled last was sent (epoch milliseconds)."""

    @property
    def last_progress(self) -> float:
        """When the stage last finished a batch (`time.monotonic`)."""
        return self.stage.last_progress

    async def run(self, stream: Any, consumer: Consumer) -> None:
        """The body of the Faust agent: chunk after chunk for as long as the stream flows."""
        async for event in stream.events():
            with self._or_out():
                await self._linger(event.value)
                chunks = await self.handle(event.value, lambda: consumer.standing(stream))
                for chunk in chunks:
                    consumer.confirm(chunk)
                self._last_ms = max(chunk.records[-1].timestamp for chunk in chunks)

    async def _linger(self, chunk: Chunk) -> None:
        """Where stories come close upon those before them, wait a little for more, so that they travel in company.

        A batch costs nearly the same for one story as for ten. After a pause nothing waits, nor does much of a batch.
        The records' own times tell, for when they are taken up depends on what was done meanwhile: what stood there
        while the batch before was worked on has waited.
        """
        steady = chunk.timestamp - self._last_ms < 1000 * self._linger_seconds
        if steady and len(chunk) * 4 < self._batch_stories:
            waited = max(0.0, time.time() - chunk.timestamp / 1000)
            await asyncio.sleep(max(0.0, self._linger_seconds - waited))

    async def beside(self, make: Callable[[], Awaitable[Work]]) -> None:
        """Work that no record brings (an embargo that ends), between two batches, with the same guarantees."""
        with self._or_out():
            async with Journey(self._means) as journey:
                await journey.beside(self.stage, make)
                await journey.finish()

    @contextlib.contextmanager
    def _or_out(self) -> Iterator[None]:
        """Faust would ack a failure and go on without these stories; a new process reads them again."""
        try:
            yield
        except asyncio.CancelledError:
            raise
        except BaseException:
            log.critical("%s failed beyond a single story; the worker stops.", self.station.name, exc_info=True)
            self._means.metrics.agent_failed(self.station.name)
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
        async with Journey(self._means) as journey:
            await journey.go(self.stage, items)
            await journey.finish()
        await asyncio.sleep(0)  # the other stages of this worker take their turn


async def _next(standing: Callable[[], Chunk | None]) -> Chunk | None:
    """A chunk that stands there, or is on its way there: what one fetch brought is delivered partition by partition."""
    for _ in range(TURNS):
        if (taken := standing()) is not None:
            return taken
        await asyncio.sleep(0)
    return None
