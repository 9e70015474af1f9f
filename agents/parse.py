"""Parse on Kafka: raw records in, packets out to dedup's single partition."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from agents.handover import HandOver
from agents.runner import Work
from agents.sender import Outgoing
from agents.station import DeadLetters, refused_batch
from agents.transport import Chunk
from pipeline.headers import read_raw
from pipeline.metrics import Metrics
from pipeline.model import RawStory, RecordId
from pipeline.packet import Packet, encode_batches
from pipeline.product import encode, skipped_document
from pipeline.settings import Settings
from pipeline.stages.base import Dead, SkippedItem
from pipeline.stages.parse import Parse
from pipeline.topics import SKIPPED
from pipeline.topology import PARSE


class ParseStation:
    """See `agents.runner.Station`."""

    name = PARSE.name

    def __init__(self, settings: Settings, metrics: Metrics, dead: DeadLetters, handover: HandOver) -> None:
        self.settings = settings
        self.metrics = metrics
        self.dead = dead
        self.handover = handover
        self.stage = Parse(settings.max_story_bytes)

    async def prepare(self, chunk: Chunk) -> None:
        """The later stages of this worker come first."""
        await self.handover.room()

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
        topic = self.settings.topic(PARSE.writes)
        for held, data in encode_batches(passed, self.settings.batch_bytes):
            self.handover.put(topic, 0, data, held)
            work.then.append(Outgoing(topic, data, partition=0))
        return work

    async def refused(self, record: Outgoing) -> list[Outgoing]:
        return await refused_batch(record, self)
