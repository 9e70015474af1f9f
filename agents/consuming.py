"""Consumers of our own beside Faust's: without a group, for what is read once from a place that we know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer

from pipeline.settings import Settings

FETCHED = 8 * 1024 * 1024
"""Bytes of a partition that are fetched at once."""


async def started(settings: Settings, fetched: int = FETCHED) -> AIOKafkaConsumer:
    """A consumer, for whoever takes it to stop. One that fails to start is closed.

    Raises KafkaError when the broker cannot be reached.
    """
    options: dict[str, Any] = settings.kafka_security()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap, enable_auto_commit=False, max_partition_fetch_bytes=fetched, **options
    )
    try:
        await consumer.start()
    except BaseException:
        await consumer.stop()
        raise
    return consumer


@asynccontextmanager
async def consuming(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """The same for a while."""
    consumer = await started(settings)
    try:
        yield consumer
    finally:
        await consumer.stop()
