"""A batch's way through the stages of a worker: from where it was read, stage after stage, to what is written of it.

A story goes straight from one stage to the next where this worker runs both and may (`agents/direct.py`), else over the
topic between them. All that the stages have to write is written at the end, in an order that every crash leaves sound:
a stage's memory is confirmed before anything that follows from it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Protocol, Self

from agents.direct import Direct
from agents.sender import Outgoing, Sender, TooLarge
from agents.work import Place, Work
from pipeline.metrics import Metrics
from pipeline.packet import encode_batches
from pipeline.settings import Settings
from pipeline.topics import TopicSpec

log = logging.getLogger(__name__)


class Station(Protocol):
    """A stage's place on Kafka: how its records are read and its results written. One a stage, in `agents/`."""

    name: str

    async def prepare(self, items: Sequence[Any]) -> None:
        """Before a batch: whatever must be in place (dedup, deliver: their memories)."""
        ...

    def decode(self, record: Any) -> list[Any]:
        """The stories of one Kafka record, as the stage takes them. Never raises."""
        ...

    async def work(self, items: Sequence[Any]) -> Work:
        """Run the stage over the stories. Never raises."""
        ...

    async def secured(self, first: Sequence[Outgoing]) -> None:
        """Its memory of a batch is at the broker. Raises where nothing that follows from it may be written."""
        ...

    async def refused(self, record: Outgoing) -> list[Outgoing]:
        """The broker will not take this record, it is too large: what to write instead (its dead letters)."""
        ...


class Stage:
    """A station with its turn: a stage of this worker works on one batch at a time, whichever way it came."""

    def __init__(self, station: Station, place: int = 0) -> None:
        """`place`: which stage of the flow it is, counted from its beginning."""
        self.station = station
        self.place = place
        self.turn = asyncio.Lock()
        self.last_progress = time.monotonic()


@dataclass(slots=True)
class Passed:
    """A stage that the batch went through."""

    stage: Stage
    work: Work
    started: float
    handed_on: float | None = None
    """When the next stage took it over. (`time.perf_counter`)"""


@dataclass(slots=True)
class Stop:
    """A stage that the batch comes to."""

    items: list[Any]
    at: int = 0
    """The first phase in which what comes of them may be written."""


@dataclass(slots=True)
class Phase:
    """What is written at once, and confirmed before the next phase."""

    parts: list[tuple[Station, list[Outgoing]]] = field(default_factory=list)
    secures: list[tuple[Station, list[Outgoing]]] = field(default_factory=list)


@dataclass(slots=True)
class Means:
    """What every journey of a worker needs."""

    settings: Settings
    sender: Sender
    metrics: Metrics
    direct: Direct


class Journey:
    """One batch's. Within `async with`, the stages that it enters are its own."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._entered: list[Stage] = []
        self._passed: list[Passed] = []
        self._phases: list[Phase] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stage in self._entered:
            stage.turn.release()

    async def go(self, stage: Stage, items: Sequence[Any]) -> None:
        """Work on the batch here, and wherever it goes on from here.

        Stages are entered in the order of the flow, each once, so that no two journeys wait for each other. What comes
        to deliver by two ways, kills and what was classified, is there together, kills first.
        """
        waiting: dict[Stage, Stop] = {stage: Stop(list(items))}
        while waiting:
            stage = min(waiting, key=lambda one: one.place)
            stop = waiting.pop(stage)
            await self._enter(stage)
            station, metrics = stage.station, self._means.metrics
            await station.prepare(stop.items)
            started, cpu = time.perf_counter(), time.thread_time()
            metrics.took(station.name, len(stop.items))
            work = await station.work(stop.items)
            metrics.worked(station.name, time.thread_time() - cpu)
            passed = Passed(stage, work, started)
            at = self._write_later(passed, stop.at)
            for to, packets in work.onward:
                straight, over_kafka = await self._means.direct.part(to, packets)
                self._put(at, station, self._encoded(to, over_kafka))
                if straight:
                    after = waiting.setdefault(self._means.direct.stages[to], Stop([]))
                    after.items += straight
                    after.at = max(after.at, at)
                    passed.handed_on = time.perf_counter()
            await asyncio.sleep(0)  # what else this worker does takes its turn

    async def beside(self, stage: Stage, make: Callable[[], Awaitable[Work]]) -> None:
        """Work of a stage that no record brought, and that nothing goes on from."""
        await self._enter(stage)
        self._write_later(Passed(stage, await make(), time.perf_counter()), 0)

    async def _enter(self, stage: Stage) -> None:
        await stage.turn.acquire()
        self._entered.append(stage)

    def _write_later(self, passed: Passed, at: int) -> int:
        """Note what a stage has to write from phase `at` on. Returns the phase for what follows from it."""
        station, work = passed.stage.station, passed.work
        self._passed.append(passed)
        if work.first:
            self._phase(at).secures.append((station, work.first))
            self._put(at, station, work.first)
            at += 1
        self._put(at, station, work.then)
        self._put(at + 1, station, work.last)
        return at

    def _encoded(self, to: TopicSpec, packets: list[Place]) -> list[Outgoing]:
        """Records for a topic between stages, one or more a partition, order kept."""
        groups: dict[int, list[Any]] = {}
        for partition, packet in packets:
            groups.setdefault(partition, []).append(packet)
        topic, most = self._means.settings.topic(to), self._means.settings.batch_bytes
        return [
            Outgoing(topic, data, partition=partition)
            for partition, group in groups.items()
            for data in encode_batches(group, most)
        ]

    def _phase(self, at: int) -> Phase:
        while len(self._phases) <= at:
            self._phases.append(Phase())
        return self._phases[at]

    def _put(self, at: int, station: Station, records: list[Outgoing]) -> None:
        if records:
            self._phase(at).parts.append((station, records))

    async def finish(self) -> None:
        """Write it all, in order, each phase confirmed before the next, then count."""
        for phase in self._phases:
            await self._send(phase)
            for station, first in phase.secures:
                await station.secured(first)
        metrics, now, confirmed = self._means.metrics, time.time(), time.perf_counter()
        for passed in self._passed:
            for outcome, received in passed.work.delivered:
                metrics.delivered(outcome, now - received)
            passed.stage.last_progress = time.monotonic()
            seconds = (passed.handed_on or confirmed) - passed.started
            metrics.done(passed.stage.station.name, seconds, passed.work.outcomes)

    async def _send(self, phase: Phase) -> None:
        while phase.parts:
            name = phase.parts[0][0].name
            records = [record for _, part in phase.parts for record in part]
            try:
                await self._means.sender.send(records, partial(self._means.metrics.retried, name))
                return
            except TooLarge as e:
                for station, part in phase.parts:
                    if (at := next((i for i, record in enumerate(part) if record is e.record), None)) is not None:
                        log.warning("%s: %s; its stories go to the dead letters", station.name, e)
                        part[at : at + 1] = await station.refused(e.record)
                        break
