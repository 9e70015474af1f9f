"""The producer of a replay: connected, tuned for tens of thousands of small records a second, failures in sentences."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import AuthorizationError, InvalidTopicError, KafkaError, UnknownTopicOrPartitionError, for_code

from pipeline.broker.clients import admin, producer
from pipeline.errors import Unavailable, Usage
from pipeline.settings import Settings
from pipeline.topics import MAX_RECORD_BYTES

METADATA_MS = 5_000
"""To learn of the topic."""
APPEARS_SECONDS = 2.0
"""A topic that was made a moment ago may take so long to be seen."""
DELIVERY_SECONDS = 120.0
"""To deliver a record, retries included: a broker that restarts is back long before, one that is gone is reported."""
LINGER_MS = 5
"""What a record waits for company."""
BULK_LINGER_MS = 50
"""The same where nobody waits for the single record: a tenth less CPU time a record."""
BATCH_BYTES = 256 * 1024
"""Of one partition's batch; larger ones gain little; 16 KiB, the default, costs a quarter more CPU time a record."""


def connect(stack: contextlib.ExitStack, settings: Settings, linger_ms: int, delivery_seconds: float) -> KafkaProducer:
    """A producer that lives as long as `stack`. Raises Unavailable for a broker that cannot be used, and Usage."""
    options = {
        "client_id": "wire-replay",
        "enable_idempotence": True,  # a batch that is sent again is not written again
        "compression_type": None if settings.compression == "none" else settings.compression,
        "batch_size": BATCH_BYTES,
        "linger_ms": linger_ms,
        "delivery_timeout_ms": int(delivery_seconds * 1000),
        "request_timeout_ms": int(min(30.0, delivery_seconds / 2) * 1000),
        "reconnect_backoff_max_ms": 1000,  # a broker that is back is found within a second
        "max_block_ms": METADATA_MS,
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }
    try:
        return stack.enter_context(producer(settings, **options))
    except RuntimeError as e:  # a compression whose library is not installed
        raise Usage(f"compression {settings.compression}: {e}; use zstd, gzip or none.") from e


@dataclass(frozen=True, slots=True)
class Target:
    """The topic to write to."""

    partitions: int
    max_record_bytes: int
    """What its broker takes as one record, framing included."""


def look_up(settings: Settings, topic: str) -> Target:
    """What the broker says of the topic. Raises Usage for a name that is none, Unavailable where it is not there."""
    with admin(settings) as client:
        deadline = time.monotonic() + APPEARS_SECONDS
        while True:
            [found] = client.describe_topics([topic])
            error = for_code(found["error_code"])
            if error is not UnknownTopicOrPartitionError or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        if error is InvalidTopicError:
            raise Usage(f"'{topic}' is no name for a Kafka topic.")
        if error is UnknownTopicOrPartitionError or not found["partitions"]:
            raise Unavailable(f"there is no topic {topic} at {settings.broker}; create the topics with 'wire topics'.")
        if issubclass(error, AuthorizationError):
            raise error
        return Target(len(found["partitions"]), _max_record_bytes(client, topic))


def _max_record_bytes(client: KafkaAdminClient, topic: str) -> int:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    try:
        config = client.describe_configs([resource], config_filter="all")["topic"][topic]
        return int(config["max.message.bytes"]["value"])
    except (KafkaError, KeyError, TypeError, ValueError):  # we may write there, but not look at its settings
        return MAX_RECORD_BYTES
