"""Which stories go straight from one stage to the next, within this worker, and which over the topic between them.

Straight goes what this worker would read back itself: the partition that the story would be written to is assigned to
it, and nothing stands there that is still to be done and would be overtaken. Everything else is written to the topic.
So the same workers do the same work, whether one runs all or many share it; a hop costs only where it is needed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from aiokafka.errors import KafkaError
from faust.types import TP

from agents.consuming import consuming
from agents.work import Place
from pipeline.settings import Settings
from pipeline.topics import TopicSpec

if TYPE_CHECKING:
    from agents.journey import Stage

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.02
"""Between two looks at a partition that is not worked off yet."""
PATIENCE_SECONDS = 30.0
"""Where a partition has not moved for so long, its stage is in trouble; the topic takes what comes."""


class Reading(Protocol):
    """What is asked of the worker's consumer."""

    def assignment(self) -> set[TP]:
        """The partitions that this worker reads."""
        ...

    def handled(self, tp: TP) -> int | None:
        """Up to which offset it was worked off; None where it is read from its beginning and nothing came yet."""
        ...

    def flows(self) -> bool:
        """No rebalance is under way: what stands on the topics is being read."""
        ...


Spans = Callable[[Sequence[TP]], Awaitable[Mapping[TP, tuple[int, int]]]]


async def spans_of(settings: Settings, tps: Sequence[TP]) -> Mapping[TP, tuple[int, int]]:
    """The offsets at which partitions begin and end now. Raises KafkaError.

    On a connection of its own: the worker's has a request for records under way, which the next one waits for.
    """
    async with consuming(settings) as consumer:
        begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
    return {tp: (begins[tp], ends[tp]) for tp in tps}


class Direct:
    """Knows, for as long as an assignment lasts, which partitions were worked off once."""

    def __init__(self, settings: Settings, reading: Callable[[], Reading], spans: Spans | None = None) -> None:
        """`reading` gives the consumer, which is made later than this; `spans` asks the broker, unless a test does."""
        self.stages: dict[TopicSpec, Stage] = {}
        """The stages of this worker by the topics that they read."""
        self._settings = settings
        self._reading = reading
        self._spans: Spans = spans or partial(spans_of, settings)
        self._clear: set[TP] = set()

    def rebalanced(self) -> None:
        """Others may write and read there from here on."""
        self._clear.clear()

    async def part(self, to: TopicSpec, packets: list[Place]) -> tuple[list[Place], list[Place]]:
        """Those that go straight to the stage that reads `to`, and those that are written to it; both in order.

        Waits for what still stands in the way, as long as it moves.
        """
        if not self._settings.direct or to not in self.stages:
            return [], packets
        topic = self._settings.topic(to)
        wanted = {partition: TP(topic, partition) for partition in {partition for partition, _ in packets}}
        if not self._clear.issuperset(wanted.values()):
            await self._work_off([tp for tp in wanted.values() if tp not in self._clear])
        clear = {partition for partition, tp in wanted.items() if tp in self._clear}
        if len(clear) == len(wanted):
            return packets, []
        return [place for place in packets if place[0] in clear], [place for place in packets if place[0] not in clear]

    async def _work_off(self, tps: list[TP]) -> None:
        """Wait until what stands on these partitions is done; note those where it is."""
        reading = self._reading()
        assigned = reading.assignment()
        ours = [tp for tp in tps if tp in assigned]
        if not ours:
            return
        try:
            left = dict(await self._spans(ours))
        except KafkaError as e:
            log.warning("whether stories wait on %s cannot be told; they go there: %s", ours[0].topic, e)
            return
        moved, before = time.monotonic(), None
        while reading.flows():
            done = {tp: reading.handled(tp) or 0 for tp in left}
            for tp, offset in done.items():
                begin, end = left[tp]
                if max(begin, offset) >= end:
                    self._clear.add(tp)
                    del left[tp]
            now = time.monotonic()
            if done != before:
                moved, before = now, done
            if not left or now - moved > PATIENCE_SECONDS:
                return
            await asyncio.sleep(LOOK_SECONDS)
