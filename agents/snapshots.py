"""Dedup's memory on `wire.snapshots`, so that a worker that starts reads little of the verdict log.

A snapshot is a run of parts and an end that names it: how many parts from which offset on, a checksum, and the offset
of the verdict log before which all is in it. The newest complete one that fits is loaded; whatever is broken, half
written or of another format is passed over with a warning.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import NamedTuple

import orjson
import xxhash
import zstandard
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import KafkaError

from agents.consuming import consuming
from agents.packing import DIGEST_BYTES, PIECE, Packing
from pipeline.dedup.snapshot import Loader, Unfit
from pipeline.dedup.state import State
from pipeline.settings import Settings
from pipeline.topics import MAX_BATCH_BYTES, SNAPSHOTS

log = logging.getLogger(__name__)

PART, END = "part", "end"
"""Headers: the number of a part, from 0; of the end, what it says."""
TRIED = 3
"""Snapshots that are tried, from the newest back, before the verdict log is read instead."""
READ_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class End:
    """The last record of a snapshot."""

    id: str
    covers: int
    """All of the verdict log before this offset is in it."""
    parts: int
    first: int
    """The offset of the first part."""
    digest: int
    """xxh3 of the stream (64 bits)."""
    stories: int
    before: int
    """The offset of the first part of the snapshot before it; this one's own where there is none."""
    bytes: int = 0
    """Of all its parts, packed; 0 where it does not say."""


class Loaded(NamedTuple):
    """A state that was read back."""

    state: State
    covers: int
    """The offset of the verdict log from which on that must be read."""
    written: float
    """When the snapshot was written (Unix time)."""
    bytes: int


class Snapshots:
    """Reads and writes them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tp = TopicPartition(settings.topic(SNAPSHOTS), 0)
        self._last = -1
        """The offset of the first part of the last one, read or written."""

    # -- reading --------------------------------------------------------------------------------------------------

    async def load(self, empty: Callable[[], State], log_end: int) -> Loaded | None:
        """The newest state that can be had, or None. `log_end` is where the verdict log ends: a snapshot that covers
        more belongs to another log.

        Raises KafkaError when the broker cannot be read.
        """
        async with consuming(self._settings) as consumer:
            consumer.assign([self._tp])
            first = (await consumer.beginning_offsets([self._tp]))[self._tp]
            at = (await consumer.end_offsets([self._tp]))[self._tp]
            for _ in range(TRIED):
                found = await self._end_before(consumer, at, first)
                if found is None:
                    return None
                end, written = found
                try:
                    if end.covers > log_end:
                        raise Unfit("it covers more than the verdict log holds")
                    state = await self._state(consumer, end, empty())
                except Unfit as e:
                    log.warning("the snapshot %s of dedup's memory is passed over: %s.", end.id, e)
                    at = end.first
                    continue
                self._last = end.first
                return Loaded(state, end.covers, written, end.bytes)
            return None

    async def _end_before(self, consumer: AIOKafkaConsumer, at: int, first: int) -> tuple[End, float] | None:
        """The last end before offset `at`, and when it was written. Parts of one never finished are jumped over."""
        while at > first:
            consumer.seek(self._tp, at - 1)
            record = await asyncio.wait_for(consumer.getone(self._tp), READ_SECONDS)
            headers = dict(record.headers)
            at = record.offset
            try:
                if END in headers:
                    return End(**orjson.loads(headers[END])), record.timestamp / 1000
                at -= int(headers[PART])
            except (KeyError, TypeError, ValueError) as e:
                log.warning("record %d of %s is no part of a snapshot (%s).", record.offset, self._tp.topic, e)
        return None

    async def _state(self, consumer: AIOKafkaConsumer, end: End, empty: State) -> State:
        loader, digest, unpacker = Loader(empty), xxhash.xxh3_64(), zstandard.ZstdDecompressor()
        consumer.seek(self._tp, end.first)
        found, waited = 0, time.monotonic()
        while found < end.parts:
            batches = await consumer.getmany(self._tp, timeout_ms=1000)
            for record in batches.get(self._tp, ()):
                headers = dict(record.headers)
                if found == end.parts or record.key != end.id.encode():
                    continue
                if headers.get(PART) != str(found).encode():
                    raise Unfit(f"part {found} is missing")
                try:
                    data = unpacker.decompress(record.value or b"", max_output_size=2 * PIECE)
                except zstandard.ZstdError as e:
                    raise Unfit(f"part {found} cannot be unpacked: {e}") from e
                digest.update(data)
                loader.feed(data)
                found += 1
                waited = time.monotonic()
                await asyncio.sleep(0)
            if time.monotonic() - waited > READ_SECONDS:
                raise Unfit(f"part {found} is missing")
        if digest.intdigest() != end.digest:
            raise Unfit("its checksum is wrong")
        return loader.finish()

    # -- writing --------------------------------------------------------------------------------------------------

    async def write(self, state: State, covers: int) -> End:
        """Write the state as it is now; `covers` as in `End`. Removes what is older than the snapshot before.

        Raises KafkaError or OSError when it cannot be written; a half written one does no harm.
        """
        id, key = (own := uuid.uuid4().hex[:12]), own.encode()
        stories = int(state.stats()["stories"])
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.bootstrap,
            acks="all",
            max_request_size=MAX_BATCH_BYTES,
            **self._settings.kafka_security(),
        )
        await producer.start()
        child, parts, first, digest, size = Packing(state), 0, -1, 0, 0
        try:
            async for data in child.frames():
                if len(data) == DIGEST_BYTES:
                    digest = int.from_bytes(data, "little")
                    break
                sent = await producer.send_and_wait(
                    self._tp.topic, data, key=key, partition=0, headers=[(PART, str(parts).encode())]
                )
                first = sent.offset if first < 0 else first
                parts, size = parts + 1, size + len(data)
            else:
                raise OSError("the process that packs dedup's memory ended too early")
            before = self._last if self._last >= 0 else first
            end = End(id, covers, parts, first, digest, stories, before, size)
            await producer.send_and_wait(
                self._tp.topic, b"", key=key, partition=0, headers=[(END, orjson.dumps(asdict(end)))]
            )
        finally:
            await child.close()
            await producer.stop()
        self._last = first
        await self._trim(before)
        return end

    async def _trim(self, before: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._settings.bootstrap, **self._settings.kafka_security())
        try:
            await admin.start()
            await admin.delete_records({self._tp: RecordsToDelete(before_offset=before)})
        except KafkaError as e:  # without the right to do so, retention does it later
            log.info("old snapshots of dedup's memory stay until their retention ends: %s", e)
        finally:
            await admin.close()
