"""What a turn is played on: topics of its own, a producer for the raw one, and a consumer that sees results come."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from bench.feed import Story
from bench.process import Running
from pipeline.broker.admin import ensure_topics
from pipeline.headers import RAW as RAW_HEADER
from pipeline.headers import raw_headers
from pipeline.settings import Settings
from pipeline.topics import DEAD, HELD, RAW, STORIES
from pipeline.topology import OUTCOMES

PATIENCE_SECONDS = 180.0
_RECORD = b'"record":"'
_RECEIVED = b'"received":'


class Field:
    """Counts raw records that have ended somewhere, each once, however often an engine writes them again."""

    def __init__(self, base: Settings, passthrough: bool = False) -> None:
        name = f"b{uuid.uuid4().hex[:8]}"
        self.settings = base.model_copy(update={"topic_prefix": f"{name}.", "group": name})
        ensure_topics(self.settings)
        self.arrivals: list[float] = []
        """Seconds from a record's arrival on the raw topic to its result here, in order of results."""
        self._ended: set[bytes] = set()
        self._passthrough = passthrough
        self._producer = KafkaProducer(
            bootstrap_servers=self.settings.bootstrap, acks="all", linger_ms=0, max_request_size=16_000_000
        )
        self._consumer = KafkaConsumer(
            bootstrap_servers=self.settings.bootstrap, enable_auto_commit=False, auto_offset_reset="earliest",
            fetch_max_wait_ms=20, max_poll_records=5000,
        )  # fmt: skip
        places = [
            TopicPartition(self.settings.topic(spec), p)
            for spec in ((STORIES,) if passthrough else OUTCOMES)
            for p in range(self.settings.partition_count(spec))
        ]
        self._consumer.assign(places)
        self._consumer.seek_to_beginning(*places)

    @property
    def seen(self) -> int:
        """Raw records that have ended."""
        return len(self._ended)

    def send(self, stories: Sequence[Story]) -> None:
        """Write the stories to the raw topic; returns when all are there."""
        for future in [self.send_one(story) for story in stories]:
            future.get(60)

    def send_one(self, story: Story) -> Any:
        id, body = story
        headers = raw_headers(received=time.time(), source="bench", id=id)
        return self._producer.send(self.settings.topic(RAW), key=id.encode(), value=body, headers=headers)

    def poll(self, timeout_ms: int = 50) -> None:
        """Take in the results that are there."""
        for records in self._consumer.poll(timeout_ms=timeout_ms).values():
            now = time.time()
            for record in records:
                if self._passthrough:
                    self._ended.add(b"%d-%d" % (record.partition, record.offset))
                else:
                    self._take(record, now)

    def _take(self, record: Any, now: float) -> None:
        value = record.value or b""
        if place := _place(record, value):
            known = len(self._ended)
            self._ended.add(place)
            received = _number(value, _RECEIVED)
            if len(self._ended) > known and received:
                self.arrivals.append(now - received)

    def until(self, count: int, running: Running) -> None:
        """Poll until `count` records have ended. Raises Unavailable when the contender has, TimeoutError when stuck."""
        moved, before = time.monotonic(), self.seen
        while self.seen < count:
            self.poll()
            running.check()
            if self.seen != before:
                moved, before = time.monotonic(), self.seen
            if time.monotonic() - moved > PATIENCE_SECONDS:
                raise TimeoutError(f"stuck at {self.seen} of {count} results; its log is {running.log}")

    def close(self) -> None:
        self._producer.close()
        self._consumer.close()


def _place(record: Any, value: bytes) -> bytes:
    """Partition and offset of the raw record that a result is of; empty for what is written under an earlier story.

    Read off the bytes: the latency of a result must not hide in decoding 3 KB of JSON.
    """
    if record.topic.endswith(DEAD.suffix):
        place = dict(record.headers).get(RAW_HEADER, b"")
    elif record.topic.endswith(HELD.suffix):
        place = record.key
    elif (at := value.find(_RECORD)) >= 0:
        at += len(_RECORD)
        place = value[at : value.index(b'"', at)]
    else:
        return b""
    return bytes(place.partition(b".")[0])


def _number(value: bytes, name: bytes) -> float:
    at = value.rfind(name)
    if at < 0:
        return 0.0
    end = at = at + len(name)
    while end < len(value) and value[end] in b"0123456789.eE+-":
        end += 1
    return float(value[at:end])
