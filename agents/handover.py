"""What one stage wrote and the next stage of the same worker reads a moment later need not be decoded again.

Everything still goes through Kafka and is read back from there: order, offsets and what a crash leaves are Kafka's
alone. Only the decoding is spared, by the bytes themselves: a record that is, byte for byte, what this worker encoded
stands for the packets that it was encoded from. A record of another worker, or one read again, is decoded as ever.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence

import xxhash

from pipeline.packet import Packet

KEPT_PACKETS = 2500
"""What is kept at most; the oldest go first."""
ROOM_PACKETS = 1000
"""The first stage takes no more stories up while so many wait for the later stages of this worker."""
PATIENCE_SECONDS = 0.25
"""If nothing is taken for so long, what is kept is not for us (partitions moved), or a later stage is in trouble."""


class HandOver:
    """Packets by the bytes that they were encoded to, each given out once."""

    def __init__(self, ours: Callable[[str, int], bool], limit: int = KEPT_PACKETS) -> None:
        """`ours` tells whether this worker reads that partition of that topic."""
        self._ours = ours
        self._limit = limit
        self._kept: OrderedDict[tuple[str, bytes], Sequence[Packet]] = OrderedDict()
        self._packets = 0
        self._taken = asyncio.Event()

    def __len__(self) -> int:
        """Packets that wait."""
        return self._packets

    def put(self, topic: str, partition: int, data: bytes, packets: Sequence[Packet]) -> None:
        """`data` is about to be written to `topic`. The caller leaves the packets alone from here on."""
        if not self._ours(topic, partition):
            return
        key = (topic, xxhash.xxh3_128_digest(data))
        if (before := self._kept.pop(key, None)) is not None:
            self._packets -= len(before)
        self._kept[key] = packets
        self._packets += len(packets)
        while self._packets > self._limit:
            _, oldest = self._kept.popitem(last=False)
            self._packets -= len(oldest)

    def take(self, topic: str, data: bytes) -> Sequence[Packet] | None:
        """The packets of a record that was read, or None where they must be decoded."""
        packets = self._kept.pop((topic, xxhash.xxh3_128_digest(data)), None) if self._kept else None
        if packets is not None:
            self._packets -= len(packets)
            self._taken.set()
        return packets

    async def room(self) -> None:
        """Wait until the later stages have taken most of what was handed over.

        Stages share one event loop and take turns; without this the first runs ahead, and the stories wait between the
        stages, in memory, rather than on `wire.raw`.
        """
        while self._packets > ROOM_PACKETS:
            self._taken.clear()
            try:
                await asyncio.wait_for(self._taken.wait(), PATIENCE_SECONDS)
            except TimeoutError:
                self._kept.clear()
                self._packets = 0
