"""Reads one partition of a topic of our own from where it was last read to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from aiokafka import TopicPartition

from agents.consuming import consuming
from pipeline.settings import Settings
from pipeline.topics import TopicSpec


class Tail:
    """Remembers how far it has read, so that a partition that comes back costs only what was missed."""

    def __init__(self, settings: Settings, spec: TopicSpec, partition: int) -> None:
        self._settings = settings
        self._tp = TopicPartition(settings.topic(spec), partition)
        self._position = 0

    @property
    def position(self) -> int:
        """The offset from which on nothing was read yet."""
        return self._position

    def go(self, position: int) -> None:
        """Read on from there."""
        self._position = position

    async def end(self) -> int:
        """Where the partition ends now. Raises KafkaError."""
        async with consuming(self._settings) as consumer:
            return int((await consumer.end_offsets([self._tp]))[self._tp])

    async def read(self) -> AsyncIterator[Sequence[Any]]:
        """The records between the last call's end and the partition's end now, in order, some at a time.

        Raises KafkaError when the broker cannot be read.
        """
        tp = self._tp
        async with consuming(self._settings) as consumer:
            consumer.assign([tp])
            end = (await consumer.end_offsets([tp]))[tp]
            first = (await consumer.beginning_offsets([tp]))[tp]
            position = max(self._position, first)
            if position > end:  # the topic was deleted and made again: what it now holds is the truth
                position = first
            consumer.seek(tp, position)
            while position < end:
                for records in (await consumer.getmany(tp, timeout_ms=1000)).values():
                    yield records
                position = await consumer.position(tp)
            self._position = position
