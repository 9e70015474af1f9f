"""What a turn is played on: topics of its own, a producer for the raw one, and a consumer that sees results come.

Both are librdkafka's: what feeds and watches shares the machine with the contender, so it must cost little.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from bench.feed import Story
from bench.process import Running
from pipeline.broker.admin import ensure_topics
from pipeline.errors import Unavailable
from pipeline.headers import RAW as RAW_HEADER
from pipeline.headers import raw_headers
from pipeline.settings import Settings
from pipeline.topics import DEAD, HELD, RAW, STORIES
from pipeline.topology import OUTCOMES

PATIENCE_SECONDS = 180.0
SEND_SECONDS = 60.0
"""Within which the broker must have taken what was sent."""
TAKEN = 5000
"""Results that are taken in at once, at most."""
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
        self._raw = self.settings.topic(RAW)
        client = {"bootstrap.servers": ",".join(self.settings.bootstrap), "log.connection.close": False}
        self._producer = Producer(client | {"acks": "all", "linger.ms": 0, "message.max.bytes": 16_000_000})
        self._consumer = Consumer(client | {"group.id": f"{name}-seen", "enable.auto.commit": False,
                                            "fetch.wait.max.ms": 20})  # fmt: skip
        self._consumer.assign([
            TopicPartition(self.settings.topic(spec), p, 0)
            for spec in ((STORIES,) if passthrough else OUTCOMES)
            for p in range(self.settings.partition_count(spec))
        ])  # fmt: skip

    @property
    def seen(self) -> int:
        """Raw records that have ended."""
        return len(self._ended)

    def send(self, stories: Sequence[Story]) -> None:
        """Write the stories to the raw topic; returns when all are there. Raises Unavailable where they are not."""
        for story in stories:
            self.send_one(story)
        if self._producer.flush(SEND_SECONDS):
            raise Unavailable(f"the broker did not take the stories within {SEND_SECONDS:.0f} s")

    def send_one(self, story: Story) -> None:
        """Write one; soon, it is not waited for."""
        id, body = story
        headers = raw_headers(received=time.time(), source="bench", id=id)
        while True:
            try:
                self._producer.produce(self._raw, key=id.encode(), value=body, headers=headers)
            except BufferError:  # librdkafka holds as many as it may
                self._producer.poll(0.1)
                continue
            self._producer.poll(0)
            return

    def poll(self, timeout_ms: int = 50) -> None:
        """Take in the results that are there, or the first to come."""
        first = self._consumer.poll(timeout_ms / 1000)
        if first is None:
            return
        now = time.time()
        for message in (first, *self._consumer.consume(TAKEN, 0)):
            if message.error():
                continue
            if self._passthrough:
                self._ended.add(b"%d-%d" % (message.partition(), message.offset()))
            else:
                self._take(message, now)

    def _take(self, message: Any, now: float) -> None:
        value = message.value() or b""
        if place := _place(message, value):
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
        self._producer.flush(1)
        del self._producer  # its threads end, and do not complain of a broker that stops
        self._consumer.close()


def _place(message: Any, value: bytes) -> bytes:
    """Partition and offset of the raw record that a result is of; empty for what is written under an earlier story.

    Read off the bytes: the latency of a result must not hide in decoding 3 KB of JSON.
    """
    if message.topic().endswith(DEAD.suffix):
        place = dict(message.headers() or ()).get(RAW_HEADER, b"")
    elif message.topic().endswith(HELD.suffix):
        place = message.key()
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
