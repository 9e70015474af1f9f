"""Reads dedup's memory log, `wire.verdicts`, from where it was last read to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, TopicPartition

from pipeline.packet import Packet, decode_batch
from pipeline.settings import Settings
from pipeline.topics import VERDICTS


class MemoryLog:
    """Remembers how far it has read, so that a partition that comes back costs only what was missed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._position = 0

    async def read_tail(self) -> AsyncIterator[list[Packet]]:
        """The entries between the last call's end and the log's end now, in order, some batches at a time.

        Raises KafkaError when the broker cannot be read, BadFrame when the log holds something that is not ours.
        """
        tp = TopicPartition(self._settings.topic(VERDICTS), 0)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.bootstrap,
            enable_auto_commit=False,
            max_partition_fetch_bytes=8 * 1024 * 1024,
            **self._settings.kafka_security(),
        )
        await consumer.start()
        try:
            consumer.assign([tp])
            end = (await consumer.end_offsets([tp]))[tp]
            first = (await consumer.beginning_offsets([tp]))[tp]
            position = max(self._position, first)
            if position > end:  # the topic was deleted and made again: what it now holds is the truth
                position = first
            consumer.seek(tp, position)
            while position < end:
                fetched = await consumer.getmany(tp, timeout_ms=1000)
                for records in fetched.values():
                    for record in records:
                        yield decode_batch(record.value or b"")
                position = await consumer.position(tp)
            self._position = position
        finally:
            await consumer.stop()
