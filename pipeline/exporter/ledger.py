"""Reads the output topics of a running pipeline and keeps the ledger's window."""

from __future__ import annotations

import logging
import time
from typing import Any

import orjson
from kafka import KafkaConsumer, TopicPartition

from pipeline.clock import clock_of
from pipeline.exporter.held import Held
from pipeline.exporter.metrics import ExporterMetrics
from pipeline.exporter.window import Partition, Window
from pipeline.headers import read_dead
from pipeline.product import flat, outcome_of
from pipeline.settings import Settings
from pipeline.topics import DEAD, HELD, RAW
from pipeline.topology import OUTCOMES

log = logging.getLogger(__name__)

SKEW_SECONDS = 600.0
"""Output topics are read from this much before the window, for clocks of different machines differ."""


class LedgerFollower:
    """Follows `wire.raw` and the output topics from `since_seconds` ago. `poll` it; `connect` again after an error."""

    def __init__(self, settings: Settings, metrics: ExporterMetrics, since_seconds: float) -> None:
        self._settings = settings
        self._metrics = metrics
        self._window = Window()
        self._began = time.time() - since_seconds
        self._topics = [settings.topic(spec) for spec in OUTCOMES]
        self._dead_topic, self._held_topic = settings.topic(DEAD), settings.topic(HELD)
        self._held = Held()
        self._clock = clock_of(settings.clock_file)
        self._consumer: KafkaConsumer | None = None
        self._raw: list[TopicPartition] = []
        self._positions: dict[TopicPartition, int] = {}
        self.caught_up = False

    @property
    def connected(self) -> bool:
        return self._consumer is not None

    def connect(self) -> None:
        """Start following, or go on where it was. Raises KafkaError when no broker answers."""
        self.close()
        consumer = self._consumer = KafkaConsumer(
            bootstrap_servers=self._settings.bootstrap,
            enable_auto_commit=False,
            fetch_max_wait_ms=100,
            max_poll_records=5000,
            request_timeout_ms=10_000,
            reconnect_backoff_max_ms=2_000,
            bootstrap_timeout_ms=10_000,
            **self._settings.kafka_security(),
        )
        self._raw = self._partitions([self._settings.topic(RAW)])
        outputs = self._partitions(self._topics)
        ends = consumer.end_offsets(self._raw)
        starts = self._offsets_since(self._raw, self._began)
        for tp in self._raw:
            known = self._window.partitions.get(tp.partition)
            if known is None or ends[tp] < known.end:  # the topic was deleted and made again
                self._window.partitions[tp.partition] = Partition(starts[tp], ends[tp], time.monotonic())
                self._metrics.received(ends[tp] - starts[tp])
        consumer.assign(outputs)
        first = self._offsets_since(outputs, self._began - SKEW_SECONDS)
        first |= consumer.beginning_offsets([tp for tp in outputs if tp.topic == self._held_topic])
        ends = consumer.end_offsets(outputs)
        for tp in outputs:
            position = self._positions.get(tp, first[tp])
            consumer.seek(tp, position if position <= ends[tp] else first[tp])

    def poll(self, timeout_ms: int = 500) -> None:
        """Read what has come since. Raises KafkaError when no broker answers."""
        consumer = self._consumer
        assert consumer is not None, "connect() comes first"
        for tp, records in consumer.poll(timeout_ms=timeout_ms).items():
            for record in records:
                self._note(record)
            self._positions[tp] = records[-1].offset + 1
        now = time.monotonic()
        for tp, end in consumer.end_offsets(self._raw).items():  # after the outcomes: what has ended had come before
            self._metrics.received(self._window.partitions[tp.partition].grow(end, now))
        if not self.caught_up:
            ends = consumer.end_offsets(list(consumer.assignment()))
            self.caught_up = all(consumer.position(tp) >= end for tp, end in ends.items())
            self._metrics.caught_up(self.caught_up)
        if self.caught_up:
            self._metrics.held(len(self._held), self._held.overdue_seconds(self._clock()))
            self._metrics.outstanding(self._window.outstanding, self._window.oldest_seconds(now))

    def expire(self) -> None:
        """Give up on what retention has deleted from `wire.raw`. Once a minute is often enough."""
        assert self._consumer is not None, "connect() comes first"
        for tp, first in self._consumer.beginning_offsets(self._raw).items():
            lost = self._window.partitions[tp.partition].expire(first)
            if lost:
                log.error("%d records of %s-%d were deleted by retention before they ended", lost, *tp)
                self._metrics.expired(lost)

    def close(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _note(self, record: Any) -> None:
        try:
            read = self._read(record)
            if read is None:
                return
            name, outcome = read
            noted, accounted = self._window.note(name, outcome)
        except (ValueError, KeyError, TypeError) as e:
            log.warning("%s %d-%d is no outcome of ours: %s", record.topic, record.partition, record.offset, e)
            return
        match noted:
            case "first":
                self._metrics.ended(outcome)
            case "repeat":
                self._metrics.repeated()
            case "contradiction":
                log.error(
                    "raw record %s ended twice, now as %s: see docs/runbooks/ledger-out-of-balance.md", name, outcome
                )
                self._metrics.contradicted()
        if accounted:
            self._metrics.accounted(1)

    def _read(self, record: Any) -> tuple[str, str] | None:
        """The raw record and its outcome; None for what stands for no record."""
        if record.topic == self._held_topic:
            self._held.note(record.key.decode(), record.value)
            return (record.key.decode(), "held") if record.value is not None else None
        if record.topic == self._dead_topic:
            letter = read_dead(record.headers, body=b"", timestamp_ms=record.timestamp)
            return (record.key.decode() if record.key else str(letter.raw.record)), "dead"
        document = flat(orjson.loads(record.value or b""))
        return (document["record"], outcome_of(document)) if "killed_by" not in document else None

    def _partitions(self, topics: list[str]) -> list[TopicPartition]:
        assert self._consumer is not None
        return [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in sorted(self._consumer.partitions_for_topic(topic) or ())
        ]

    def _offsets_since(self, partitions: list[TopicPartition], since: float) -> dict[TopicPartition, int]:
        """The first offset at or after `since` (epoch seconds) of each partition; its end where there is none."""
        assert self._consumer is not None
        found = self._consumer.offsets_for_times(dict.fromkeys(partitions, int(since * 1000)))
        ends = self._consumer.end_offsets(partitions)
        return {tp: ends[tp] if found.get(tp) is None else found[tp].offset for tp in partitions}
