"""Reads single records of `wire.raw` again: for a story that dies late, and for the version that an update follows."""

from __future__ import annotations

import asyncio
import logging

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from agents.consuming import started
from pipeline.headers import read_raw
from pipeline.model import RawStory, RecordId
from pipeline.settings import Settings
from pipeline.topics import RAW

log = logging.getLogger(__name__)

LOOKUP_SECONDS = 10.0
"""How long an original is looked for before we go on without."""


class Originals:
    """One consumer, made when it is first needed; one look-up at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumer: AIOKafkaConsumer | None = None
        self._turn = asyncio.Lock()

    async def read(self, record: RecordId) -> RawStory | None:
        """The raw record, or None when it is gone (past its retention) or cannot be read in time."""
        async with self._turn:
            try:
                return await asyncio.wait_for(self._read(record), LOOKUP_SECONDS)
            except (KafkaError, TimeoutError) as e:
                log.warning("could not read raw record %s again: %s", record, e or type(e).__name__)
                await self._close()
                return None

    async def _read(self, record: RecordId) -> RawStory | None:
        consumer = await self._started()
        tp = TopicPartition(self._settings.topic(RAW), record.partition)
        if tp in consumer.assignment():
            consumer.resume(tp)
        else:
            consumer.assign([tp])
        first = (await consumer.beginning_offsets([tp]))[tp]
        end = (await consumer.end_offsets([tp]))[tp]
        if not first <= record.offset < end:
            return None
        consumer.seek(tp, record.offset)
        found = await consumer.getone(tp)
        consumer.pause(tp)  # or it would read on
        if found.offset != record.offset:
            return None
        return read_raw(
            found.headers,
            body=found.value,
            partition=found.partition,
            offset=found.offset,
            timestamp_ms=found.timestamp,
        )

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            # the broker gives at least one batch, however large
            self._consumer = await started(self._settings, fetched=1)
        return self._consumer

    async def _close(self) -> None:
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await consumer.stop()

    async def stop(self) -> None:
        """Close the consumer, if there is one."""
        async with self._turn:
            await self._close()
