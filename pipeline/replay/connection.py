"""The producer of a replay: connected, tuned for tens of thousands of small records a second, failures in sentences."""

from __future__ import annotations

import contextlib

from kafka import KafkaProducer
from kafka.errors import InvalidTopicError, KafkaError, KafkaTimeoutError, UnknownTopicOrPartitionError

from pipeline.broker.clients import explain, producer
from pipeline.errors import Unavailable, Usage
from pipeline.settings import Settings

METADATA_MS = 5_000
"""To learn of the topic."""
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


def count_partitions(client: KafkaProducer, settings: Settings, topic: str) -> int:
    """How many partitions the topic has. Raises Usage for a name that is none, Unavailable where it is not there."""
    try:
        return len(client.partitions_for(topic))
    except (InvalidTopicError, ValueError) as e:
        raise Usage(f"'{topic}' is no name for a Kafka topic.") from e
    except (UnknownTopicOrPartitionError, KafkaTimeoutError) as e:
        raise Unavailable(
            f"there is no topic {topic} at {settings.broker}; create the topics with 'wire topics'."
        ) from e
    except KafkaError as e:
        raise Unavailable(explain(e, settings, settings.broker)) from e
