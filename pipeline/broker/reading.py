"""Reading a topic for people and tools: from its beginning, its latest records, or what comes from now on."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from pipeline.broker.clients import consumer, reach
from pipeline.errors import Unavailable, Usage
from pipeline.settings import Settings
from pipeline.topics import ALL, DESK, TopicSpec, desk_topic

_POLL_MS = 500
_SILENCE_SECONDS = 10.0
"""After so long without a record, see whether the broker is still there: kafka-python itself retries silently."""


def find_topic(settings: Settings, name: str) -> tuple[str, TopicSpec | None]:
    """A topic's full name and specification, from its suffix (`stories`) or full name; None for one that is not ours.

    Raises Usage for a name without a dot that is no suffix.
    """
    for spec in ALL:
        if name in (spec.suffix, settings.topic(spec)):
            return settings.topic(spec), spec
    suffix = name.removeprefix(settings.topic_prefix)
    if suffix.startswith(DESK):
        spec = desk_topic(suffix.removeprefix(DESK))
        return settings.topic(spec), spec
    if "." not in name:
        raise Usage(f"there is no topic '{name}'; topics are {', '.join(spec.suffix for spec in ALL)}.")
    return name, None


def read(
    settings: Settings,
    topic: str,
    *,
    latest: int | None = None,
    follow: bool = False,
    notice: Callable[[str], None] = lambda text: None,
) -> Generator[Any, None, None]:
    """kafka-python's records: first those that are there (all, or the `latest` so many over all partitions, by time),
    then, with `follow`, those that come, for ever.

    `notice` hears when a followed broker goes away and when it is back. Raises Unavailable: no broker, no topic.
    """
    with consumer(settings, fetch_max_wait_ms=200) as client:
        places = _places(client, topic)
        client.assign(places)
        begins, ends = client.beginning_offsets(places), client.end_offsets(places)
        for place in places:
            client.seek(place, begins[place] if latest is None else max(begins[place], ends[place] - latest))
        if latest is None:
            yield from _until(client, ends)
        elif latest:
            found = sorted(_until(client, ends), key=lambda record: record.timestamp)
            yield from found[-latest:]
        if follow:
            for place in places:
                client.seek(place, ends[place])
            yield from _follow(client, settings, notice)


def _places(client: KafkaConsumer, topic: str) -> list[TopicPartition]:
    partitions = client.partitions_for_topic(topic)
    if not partitions:
        raise Unavailable(f"there is no topic {topic} on the broker: `wire topics` creates the pipeline's.")
    return [TopicPartition(topic, partition) for partition in sorted(partitions)]


def _until(client: KafkaConsumer, ends: dict[TopicPartition, int]) -> Iterator[Any]:
    """Everything before `ends`; what each poll brings, by time."""
    while any(client.position(place) < end for place, end in ends.items()):
        batches = client.poll(timeout_ms=_POLL_MS)
        records = [r for place, batch in batches.items() for r in batch if r.offset < ends[place]]
        yield from sorted(records, key=lambda record: record.timestamp)


def _follow(client: KafkaConsumer, settings: Settings, notice: Callable[[str], None]) -> Iterator[Any]:
    heard, away = time.monotonic(), False
    while True:
        records = [record for batch in client.poll(timeout_ms=_POLL_MS).values() for record in batch]
        yield from sorted(records, key=lambda record: record.timestamp)
        now = time.monotonic()
        if records:
            heard = now
        elif now - heard > _SILENCE_SECONDS:
            heard = now
            gone = _gone(settings)
            if gone and not away:
                notice(f"{gone} Waiting for it to come back.")
            elif away and not gone:
                notice("The broker is back.")
            away = bool(gone)


def _gone(settings: Settings) -> str:
    """Why the broker cannot be reached; empty where it can."""
    try:
        reach(settings)
    except Unavailable as e:
        return str(e)
    return ""
