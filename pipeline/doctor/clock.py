"""How far this machine's clock is from the broker's.

Kafka's protocol tells nobody the time, but a group coordinator stamps offset commits with the broker's clock, on
`__consumer_offsets`. So: commit an offset for a group of our own, read the stamp back, delete the group.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Mapping
from typing import Any

from kafka import TopicPartition
from kafka import errors as kafka_errors
from kafka.structs import OffsetAndMetadata

from pipeline.broker.clients import admin, consumer
from pipeline.errors import Unavailable
from pipeline.settings import Settings

_OFFSETS = "__consumer_offsets"
_PATIENCE_SECONDS = 10.0


def skew(settings: Settings, topic: str) -> float:
    """Seconds that our clock is ahead of the broker's; negative where it is behind, 0 where the two may agree.

    `topic` is one that exists. Raises Unavailable, also where the user may not read `__consumer_offsets`.
    """
    group = f"{settings.group}-doctor-{uuid.uuid4().hex[:8]}"
    try:
        with consumer(settings, group_id=group, exclude_internal_topics=False) as client:
            partitions = client.partitions_for_topic(_OFFSETS) or _made(client, topic)
            place = TopicPartition(_OFFSETS, _partition(group, len(partitions)))
            client.assign([place])
            end = client.end_offsets([place])[place]
            client.seek(place, end)
            before = time.time()
            _commit(client, topic)
            after = time.time()
            broker = _stamp(client, group)
    finally:
        with contextlib.suppress(Unavailable), admin(settings) as client:
            client.delete_groups([group])
    if broker < before:
        return before - broker
    return min(0.0, after - broker)


def _commit(client: Any, topic: str) -> None:
    client.commit({TopicPartition(topic, 0): OffsetAndMetadata(0, "", -1)})


def _made(client: Any, topic: str) -> set[int]:
    """The partitions of `__consumer_offsets` on a broker that had no group yet: the first commit makes them."""
    _commit(client, topic)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        partitions = client.partitions_for_topic(_OFFSETS)
        if partitions:
            return set(partitions)
        if time.monotonic() > deadline:
            raise kafka_errors.KafkaTimeoutError(f"{_OFFSETS} is not there")
        time.sleep(0.1)


def _stamp(client: Any, group: str) -> float:
    """Epoch seconds at which the broker wrote our commit."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        batches: Mapping[TopicPartition, list[Any]] = client.poll(timeout_ms=200)
        for records in batches.values():
            for record in records:
                if record.key and group.encode() in record.key:
                    return float(record.timestamp) / 1000
    raise kafka_errors.KafkaTimeoutError("our commit did not appear")


def _partition(group: str, partitions: int) -> int:
    """Where Kafka keeps a group's offsets: the absolute value of Java's String.hashCode, modulo. ASCII only."""
    value = 0
    for character in group:
        value = (31 * value + ord(character)) & 0xFFFFFFFF
    signed = value - (1 << 32) if value >= 1 << 31 else value
    return 0 if signed == -(1 << 31) else abs(signed) % partitions
