"""Sends a batch of records and comes back when the broker has confirmed all of them, however long that takes."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from aiokafka.partitioner import murmur2

from pipeline.headers import Headers
from pipeline.settings import Settings
from pipeline.topics import MAX_RECORD_BYTES

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Outgoing:
    """A record to be written. Without `partition`, the key decides by Kafka's own rule (murmur2)."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: Headers = field(default_factory=list)
    partition: int | None = None
    offset: int = -1
    """Where it stands, once the broker has confirmed it."""


class TooLarge(Exception):
    """The broker will never take this record: it is larger than the topic allows."""

    def __init__(self, record: Outgoing) -> None:
        super().__init__(f"a record of {len(record.value or b'')} bytes is more than {record.topic} takes")
        self.record = record


class Sender:
    """Owns the producer of a worker. Order within a partition is kept, also over retries."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[str, int] = {}

    async def start(self) -> None:
        """Connect. Raises KafkaError when no broker answers."""
        settings = self._settings
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap,
            client_id=f"{settings.group}-sender",
            acks="all",
            linger_ms=0,
            max_batch_size=1_000_000,
            max_request_size=MAX_RECORD_BYTES,
            compression_type=None if settings.compression == "none" else settings.compression,
            request_timeout_ms=15_000,
            **settings.kafka_security(),
        )
        await producer.start()
        self._producer = producer

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def partition_count(self, topic: str) -> int:
        """How many partitions the topic has. Asked once; a grown topic shows after a restart."""
        count = self._partitions.get(topic)
        if count is None:
            assert self._producer is not None
            count = self._partitions[topic] = len(await self._producer.partitions_for(topic))
        return count

    async def send(self, records: Sequence[Outgoing], on_retry: Callable[[], None]) -> None:
        """Write all records and wait until the broker confirmed each; retry for as long as it takes.

        Raises TooLarge for a record that no retry can help (the others may or may not be written; sending them
        again is harmless). `on_retry` is called before each further attempt.
        """
        waiting = list(records)
        backoff = self._settings.retry_backoff_seconds
        while waiting:
            failed, error = await self._attempt(waiting)
            if not failed:
                return
            if error is not None:
                log.warning("sending %d records again in %.1f s: %s", len(failed), backoff, _say(error))
            on_retry()
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, self._settings.retry_backoff_max_seconds)
            waiting = failed

    async def _attempt(self, records: Sequence[Outgoing]) -> tuple[list[Outgoing], Exception | None]:
        """Send once. Returns the records that are not confirmed, in order, and why."""
        producer = self._producer
        assert producer is not None, "start() comes first"
        groups: defaultdict[tuple[str, int], list[Outgoing]] = defaultdict(list)
        try:
            for record in records:
                groups[record.topic, await self._partition(record)].append(record)
        except KafkaError as e:
            return list(records), e
        sent: list[tuple[tuple[str, int], list[Outgoing], asyncio.Future[Any]]] = []
        failed: list[Outgoing] = []
        error: Exception | None = None
        broken: set[tuple[str, int]] = set()  # whatever follows a failure in its partition is sent again, in order
        for (topic, partition), group in groups.items():
            at = 0
            while at < len(group):
                batch = producer.create_batch()
                held: list[Outgoing] = []
                while at < len(group):
                    record = group[at]
                    if batch.append(key=record.key, value=record.value, timestamp=None, headers=record.headers) is None:
                        break
                    held.append(record)
                    at += 1
                try:
                    sent.append(
                        ((topic, partition), held, await producer.send_batch(batch, topic, partition=partition))
                    )
                except KafkaError as e:
                    failed += held + group[at:]
                    error = e
                    break
        for target, held, future in sent:
            try:
                metadata = await future
                if target in broken:
                    failed += held
                for n, record in enumerate(held):
                    record.offset = metadata.offset + n
            except MessageSizeTooLargeError as e:
                if len(held) == 1:
                    raise TooLarge(held[0]) from e
                for record in held:  # only one of them is to blame: find it by sending them apart
                    again, error = await self._attempt([record])
                    failed += again
            except KafkaError as e:
                failed += held
                error = e
                broken.add(target)
        return failed, error

    async def _partition(self, record: Outgoing) -> int:
        if record.partition is not None:
            return record.partition
        count = await self.partition_count(record.topic)
        if record.key is None or count == 1:
            return 0
        return int((murmur2(record.key) & 0x7FFFFFFF) % count)


def _say(error: Exception) -> str:
    match error:
        case UnknownTopicOrPartitionError() | InvalidTopicError():
            return "a topic is missing; `wire topics` creates it."
        case TopicAuthorizationFailedError():
            return "this user may not write to a topic; ask for the rights, or see WIRE_SASL_USERNAME."
        case _:
            return str(error) or type(error).__name__
