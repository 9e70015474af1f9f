"""Parse on Kafka: raw records in, packets out to dedup's single partition."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from agents.sender import Outgoing
from agents.station import DeadLetters, refused_batch
from agents.work import Work
from pipeline.headers import read_raw
from pipeline.metrics import Metrics
from pipeline.model import RawStory, RecordId
from pipeline.packet import Packet
from pipeline.product import encode, skipped_document
from pipeline.settings import Settings
from pipeline.stages.base import Dead, SkippedItem
from pipeline.stages.parse import Parse
from pipeline.topics import SKIPPED
from pipeline.topology import PARSE


class ParseStation:
    """See `agents.journey.Station`."""

    name = PARSE.name

    def __init__(self, settings: Settings, metrics: Metrics, dead: DeadLetters) -> None:
        self.settings = settings
        self.metrics = metrics
        self.dead = dead
        self.stage = Parse(settings.max_story_bytes)

    async def prepare(self, items: Sequence[RawStory]) -> None:
        """Nothing to do."""

    async def secured(self, first: Sequence[Outgoing]) -> None:
        """Nothing to do."""

    def decode(self, record: Any) -> list[Any]:
        return [
            read_raw(
                record.headers,
                body=record.value,
                partition=record.partition,
                offset=record.offset,
                timestamp_ms=record.timestamp,
            )
        ]

    async def work(self, items: Sequence[RawStory]) -> Work:
        work = Work()
        passed: list[Packet] = []
        now = time.time()
        for raw, outcomes in zip(items, self.stage.run(items), strict=True):
            for place, outcome in enumerate(outcomes):
                record = RecordId(raw.record.partition, raw.record.offset, place)
                match outcome:
                    case Packet():
                        outcome.stamp(self.name, now, self.stage.model)
                        passed.append(outcome)
                        self.metrics.read(outcome.card.source, outcome.story.format, now)
                    case Dead():
                        letter = self.dead.of_raw(raw, outcome, self.name)
                        letter.key = str(record).encode()
                        work.then.append(letter)
                        work.delivered.append(("dead", raw.received))
                        work.outcomes["dead"] += 1
                    case SkippedItem():
                        document = skipped_document(raw, outcome, str(record))
                        topic = self.settings.topic(SKIPPED)
                        work.then.append(Outgoing(topic, encode(document), key=str(record).encode()))
                        work.delivered.append(("skipped", raw.received))
                        work.outcomes["skipped"] += 1
        work.outcomes["passed"] += len(passed)
        work.go_on(PARSE.writes, ((0, packet) for packet in passed))
        return work

    async def refused(self, record: Outgoing) -> list[Outgoing]:
        return await refused_batch(record, self)
