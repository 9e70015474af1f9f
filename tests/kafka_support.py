"""Helpers for tests on the embedded Kafka. Fixtures `kafka` and `kafka_settings` are in `conftest.py`."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pipeline.broker.clients import consumer, producer
from pipeline.headers import Headers
from pipeline.settings import Settings
from pipeline.topics import TopicSpec

NOBODY = "127.0.0.1:1"
"""An address on which nothing listens."""


def with_settings(settings: Settings, **changed: Any) -> Settings:
    """The same settings with some changed, checked again."""
    return Settings(**{**{name: getattr(settings, name) for name in settings.model_fields_set}, **changed})


def cache_dir() -> Path:
    """Where downloads are kept, shared with the user's own runs so that tests do not fetch Kafka anew."""
    return Settings().data_dir


def send(settings: Settings, spec: TopicSpec, values: Iterable[bytes], headers: Headers | None = None) -> None:
    """Write records, with keys of their own where the topic needs keys; return when the broker has them all."""
    with producer(settings) as client:
        futures = [
            client.send(
                settings.topic(spec),
                value=value,
                key=uuid.uuid4().bytes if spec.cleanup == "compact" else None,
                headers=headers or [],
            )
            for value in values
        ]
        for future in futures:
            future.get(timeout=30)


def read_all(settings: Settings, spec: TopicSpec) -> list[Any]:
    """Every record of a topic now, partition by partition in order of offset."""
    from kafka import TopicPartition

    with consumer(settings) as client:
        places = [TopicPartition(settings.topic(spec), p) for p in range(settings.partition_count(spec))]
        client.assign(places)
        client.seek_to_beginning(*places)
        ends = client.end_offsets(places)
        records: dict[Any, list[Any]] = {place: [] for place in places}
        while any(client.position(place) < ends[place] for place in places):
            for place, batch in client.poll(timeout_ms=500).items():
                records[place] += batch
    return [record for place in places for record in records[place]]


def eventually(condition: Callable[[], bool], timeout_seconds: float = 10.0) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
