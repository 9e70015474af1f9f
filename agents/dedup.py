"""Dedup on Kafka: one partition in, so that one writer decides in one total order.

Its memory is the log `wire.verdicts`: one record for each batch of decisions, written and confirmed before the
verdicts themselves. Whoever takes the partition over reads that log first, from the last snapshot on. A worker that
believes it still owns the partition finds another's decisions where its own should stand, and stops before anything
that follows from them is written.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import xxhash
from aiokafka.errors import KafkaError

from agents.memory import MemoryLog
from agents.sender import Outgoing
from agents.snapshots import Snapshots
from agents.station import PacketStation
from agents.tail import Tail
from agents.work import Place, Work
from pipeline.life.book import until_of
from pipeline.packet import CARD, FINGERPRINT, VERDICT, BadFrame, Packet, encode_batches
from pipeline.product import duplicate_json
from pipeline.stages.dedup import Dedup
from pipeline.topics import DUPLICATES, ORDERS, UNIQUE, VERDICTS

log = logging.getLogger(__name__)

STATS_SECONDS = 2.0
"""Between two looks at the size of the memory."""

SLICE = 500
"""Entries remembered between two turns of the event loop."""

RETRIED = 64
"""Records of the log that may turn up twice, for their sending was tried again."""


class Outdone(RuntimeError):
    """Another worker has written to dedup's log since it was read: the partition is lost, and with it the order."""


class DedupStation(PacketStation):
    """See `agents.journey.Station`."""

    stage: Dedup

    def __init__(self, *args: Any, memory: MemoryLog, snapshots: Snapshots) -> None:
        super().__init__(*args)
        self._memory = memory
        self._snapshots = snapshots
        self._writing: asyncio.Task[None] | None = None
        self._since = 0
        """Decisions since the last snapshot."""
        self._recovered = False
        self._reading = asyncio.Lock()
        self._next = 0
        """The offset at which the log goes on."""
        self._written: deque[bytes] = deque(maxlen=RETRIED)
        """Digests of what was written to the log last."""
        self._stats_due = 0.0

    @property
    def recovering(self) -> bool:
        """Its memory is being read back just now."""
        return self._reading.locked()

    def lost_partition(self) -> None:
        """After a rebalance another worker may have decided in between: read the log's tail before deciding again."""
        self._recovered = False
        if self._writing is not None:
            self._writing.cancel()

    async def prepare(self, items: Sequence[Any]) -> None:
        await self.recover()
        every = self.settings.snapshot_stories
        if every and self._since >= every and (self._writing is None or self._writing.done()):
            self._since = 0
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def recover(self) -> None:
        """Read what the log holds beyond what is known, unless that is done already.

        Raises whatever reading raises: a worker must not decide with half a memory.
        """
        async with self._reading:
            if self._recovered:
                return
            started, count, unread = time.perf_counter(), 0, 0
            if not self.stage.state.memory.used:
                count = await self._load()
            async for packets in self._memory.read_tail():
                for at in range(0, len(packets), SLICE):
                    unread += self.stage.remember(packets[at : at + SLICE])
                    await asyncio.sleep(0)
                count += len(packets)
                self._since += len(packets)
            self._recovered = True
            self._next = self._memory.tail.position
        if unread:
            log.warning("%d stories of the log have fingerprints of another format; their copies count as new.", unread)
        seconds = time.perf_counter() - started
        self.metrics.recovered(seconds, count)
        self.metrics.dedup_state(self.stage.stats())
        log.info("dedup read %d verdicts back in %.1f s", count, seconds)

    async def secured(self, first: Sequence[Outgoing]) -> None:
        """Raises Outdone where anything but our own stands in the log since it was last looked at."""
        topic = self.settings.topic(VERDICTS)
        entries = [record for record in first if record.topic == topic]  # not the dead letter of one too large for it
        self._written.extend(map(_digest, entries))
        for record in entries:
            while record.offset > self._next:
                await self._look(record.offset)
            self._next = max(self._next, record.offset + 1)

    async def _look(self, end: int) -> None:
        """Look at what the log holds before `end`. Where the broker cannot be read just now, that is still to be done.

        A record of ours whose sending was tried again, though the broker had it, stands there twice; that is all.
        """
        tail = Tail(self.settings, VERDICTS, 0)
        tail.go(self._next)
        try:
            async for records in tail.read():
                for record in records:
                    if record.offset < end and _digest(record) not in self._written:
                        where = f"{record.topic} {record.partition}-{record.offset}"
                        raise Outdone(f"another worker decides too: it wrote what stands at {where}.")
        except KafkaError as e:
            log.warning("dedup looks again whether it decides alone: %s", e)
            await asyncio.sleep(self.settings.retry_backoff_seconds)
        else:
            self._next = end

    async def _load(self) -> int:
        """Begin with the newest snapshot; the stories in it."""
        started = time.perf_counter()
        found = await self._snapshots.load(self.stage.empty, await self._memory.tail.end())
        if found is None:
            return 0
        self.stage.state = found.state
        self._memory.tail.go(found.covers)
        self.metrics.snapshot_read(time.perf_counter() - started, found.written, found.bytes)
        return int(self.stage.stats()["stories"])

    async def _write(self) -> None:
        """Write a snapshot. What it covers is read in the log itself: all of it must be known here."""
        started = time.perf_counter()
        try:
            check = MemoryLog(self.settings)
            check.tail.go(self._memory.tail.position)
            async for packets in check.read_tail():
                for at in range(0, len(packets), SLICE):
                    if not self.stage.knows(packets[at : at + SLICE]):
                        self._recovered = False  # somebody else decides too: read what, before the next story
                        log.warning("dedup found decisions of another worker in its log; no snapshot is written.")
                        return
                    await asyncio.sleep(0)
            self._memory.tail.go(check.tail.position)
            end = await self._snapshots.write(self.stage.state, check.tail.position)
        except (KafkaError, OSError, BadFrame) as e:
            log.warning("no snapshot of dedup's memory could be written; the log serves as well: %s", e)
            return
        seconds = time.perf_counter() - started
        self.metrics.snapshot_written(seconds, time.time(), end.bytes)
        log.info("dedup wrote %d stories as a snapshot of %d parts in %.1f s", end.stories, end.parts, seconds)

    def results(self, packets: list[Place], work: Work) -> None:
        settings = self.settings
        entries: list[Packet] = []
        passed: list[Place] = []
        orders: list[Place] = []
        count, now = self.partition_count(UNIQUE), time.time()
        self._since += len(packets)
        for _, packet in packets:
            verdict, card = packet.verdict, packet.card
            entries.append(Packet(packet.sections(CARD, FINGERPRINT, VERDICT)))
            self.metrics.decided(verdict.status, verdict.rule)
            work.outcomes[verdict.status] += 1
            self.metrics.told(card.truth, verdict.status)
            partition = xxhash.xxh64_intdigest(verdict.cluster.encode()) % count
            if verdict.status == "duplicate":
                document = duplicate_json(packet, embargoed=until_of(packet) > now)
                work.then.append(Outgoing(settings.topic(DUPLICATES), document, key=card.record.encode()))
                work.delivered.append(("duplicate", card.received))
            packet.drop(FINGERPRINT)
            if verdict.status == "kill" or verdict.rule == "older-version":
                orders.append((partition, packet))
            elif verdict.status != "duplicate":
                passed.append((partition, packet))
        work.go_on(ORDERS, orders)  # first: they overtake
        work.go_on(UNIQUE, passed)
        for data in encode_batches(entries, settings.batch_bytes):
            work.first.append(Outgoing(settings.topic(VERDICTS), data, partition=0))
        if time.monotonic() >= self._stats_due:
            self._stats_due = time.monotonic() + STATS_SECONDS
            self.metrics.dedup_state(self.stage.stats())


def _digest(record: Any) -> bytes:
    return xxhash.xxh3_128_digest(record.value or b"")
