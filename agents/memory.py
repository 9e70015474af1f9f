"""Reads dedup's memory log, `wire.verdicts`, from where it was last read to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator

from agents.tail import Tail
from pipeline.packet import Packet, decode_batch
from pipeline.settings import Settings
from pipeline.topics import VERDICTS


class MemoryLog:
    """Remembers how far it has read, so that a partition that comes back costs only what was missed."""

    def __init__(self, settings: Settings) -> None:
        self.tail = Tail(settings, VERDICTS, 0)

    async def read_tail(self) -> AsyncIterator[list[Packet]]:
        """The entries between the last call's end and the log's end now, in order, some batches at a time.

        Raises KafkaError when the broker cannot be read, BadFrame when the log holds something that is not ours.
        """
        async for records in self.tail.read():
            for record in records:
                yield decode_batch(record.value or b"")
