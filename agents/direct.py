"""Which stories go straight from one stage to the next, within this worker, and which over the topic between them.

Straight goes what this worker would read back itself: the partition that the story would be written to is assigned to
it, and nothing stands there that is still to be done and would be overtaken. Everything else is written to the topic.
So the same workers do the same work, whether one runs all or many share it; a hop costs only where it is needed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from faust.types import TP

from agents.work import Place
from pipeline.settings import Settings
from pipeline.topics import TopicSpec

if TYPE_CHECKING:
    from agents.journey import Stage

LOOK_SECONDS = 0.02
"""Between two looks at a partition that is not worked off yet."""
PATIENCE_SECONDS = 30.0
"""Where a partition has not moved for so long, its stage is in trouble; the topic takes what comes."""


class Reading(Protocol):
    """What is asked of the worker's consumer."""

    def assignment(self) -> set[TP]:
        """The partitions that this worker reads."""
        ...

    async def ends(self, tps: Sequence[TP]) -> Mapping[TP, tuple[int, int]]:
        """From which offset on each is to be read still, and where it ends now."""
        ...

    def handled(self, tp: TP) -> int | None:
        """Up to which offset it was worked off since it was assigned; None where nothing came."""
        ...

    def flows(self) -> bool:
        """No rebalance is under way: what stands on the topics is being read."""
        ...


class Direct:
    """Knows, for as long as an assignment lasts, which partitions were worked off once."""

    def __init__(self, settings: Settings, reading: Callable[[], Reading]) -> None:
        """`reading` gives the consumer, which is made later than this."""
        self.stages: dict[TopicSpec, Stage] = {}
        """The stages of this worker by the topics that they read."""
        self._settings = settings
        self._reading = reading
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
        ours = [tp for tp in tps if tp in reading.assignment()]
        if not ours:
            return
        left: dict[TP, Any] = dict(await reading.ends(ours))
        moved, before = time.monotonic(), None
        while reading.flows():
            done = {tp: max(begin, reading.handled(tp) or 0) for tp, (begin, _) in left.items()}
            for tp, offset in done.items():
                if offset >= left[tp][1]:
                    self._clear.add(tp)
                    del left[tp]
            now = time.monotonic()
            if done != before:
                moved, before = now, done
            if not left or now - moved > PATIENCE_SECONDS:
                return
            await asyncio.sleep(LOOK_SECONDS)
