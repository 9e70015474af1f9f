"""Every metric of the exporter, defined once. docs/metrics.md is the table for people; a test keeps both in step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import nan
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest


class Lag(NamedTuple):
    """Of one partition that the group reads."""

    records: int
    seconds: float
    """How long the oldest of them has been waiting."""
    still_seconds: float
    """How long none of them has been done."""


class ExporterMetrics:
    """The exporter's metrics on a registry of their own."""

    def __init__(self, outcomes: Iterable[str]) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        self._received = Counter(
            "wire_ledger_received_records_total",
            "Raw records that came to wire.raw since the ledger's start.",
            registry=registry,
        )
        self._accounted = Counter(
            "wire_ledger_accounted_records_total",
            "Of those, records of which a story has ended on an output topic.",
            registry=registry,
        )
        self._expired = Counter(
            "wire_ledger_expired_records_total",
            "Raw records that retention deleted before they had ended: lost.",
            registry=registry,
        )
        self._outcomes = Counter(
            "wire_ledger_outcomes_total", "Stories that have ended, by outcome.", ["outcome"], registry=registry
        )
        self._repeats = Counter(
            "wire_ledger_repeats_total",
            "Stories delivered again with the same outcome, as at-least-once delivery may do after a crash.",
            registry=registry,
        )
        self._contradictions = Counter(
            "wire_ledger_contradictions_total",
            "Stories that ended twice with different outcomes: must stay 0.",
            registry=registry,
        )
        self._outstanding = Gauge(
            "wire_ledger_outstanding_records", "Raw records that have not ended yet.", registry=registry
        )
        self._oldest = Gauge(
            "wire_ledger_oldest_outstanding_seconds",
            "How long the oldest of them has been waiting; 0 when none is.",
            registry=registry,
        )
        self._held = Gauge(
            "wire_ledger_held_stories",
            "Stories that an embargo holds: accounted for, but they have not ended.",
            registry=registry,
        )
        self._overdue = Gauge(
            "wire_ledger_held_overdue_seconds",
            "How long past the end of its embargo a story is still held, of those the longest; 0 when none is.",
            registry=registry,
        )
        self._caught_up = Gauge(
            "wire_ledger_caught_up", "1 once the exporter has read the output topics to their end.", registry=registry
        )

        self._lag = Gauge(
            "wire_group_lag_records",
            "Records that the workers' group has yet to commit, as the broker sees it.",
            ["stage", "topic", "partition"],
            registry=registry,
        )
        self._lag_seconds = Gauge(
            "wire_group_lag_seconds",
            "How long the oldest of them has been waiting, since the exporter runs; 0 when none is.",
            ["stage", "topic", "partition"],
            registry=registry,
        )
        self._still_seconds = Gauge(
            "wire_group_still_seconds",
            "How long the group has committed nothing of a partition where records wait; 0 when none does.",
            ["stage", "topic", "partition"],
            registry=registry,
        )
        self._reachable = Gauge("wire_kafka_reachable", "1 while a broker answers the exporter.", registry=registry)
        self._brokers = Gauge("wire_kafka_brokers", "Brokers that are up; 0 when none answers.", registry=registry)
        self._under_replicated = Gauge(
            "wire_kafka_under_replicated_partitions",
            "Partitions of the pipeline's topics of which a replica is missing or behind.",
            registry=registry,
        )
        self._offline = Gauge(
            "wire_kafka_offline_partitions",
            "Partitions of the pipeline's topics without a leader: nobody can read or write them.",
            registry=registry,
        )
        self._topic_bytes = Gauge(
            "wire_kafka_topic_bytes", "Size of a topic on disk, all replicas together.", ["topic"], registry=registry
        )
        self._disk_total = Gauge(
            "wire_kafka_disk_total_bytes", "Size of the volume that a broker's log directory is on.",
            ["broker", "directory"], registry=registry,
        )  # fmt: skip
        self._disk_free = Gauge(
            "wire_kafka_disk_free_bytes", "Space left on it.", ["broker", "directory"], registry=registry
        )
        for outcome in outcomes:
            self._outcomes.labels(outcome)
        self.away()

    def text(self) -> bytes:
        """The exposition for Prometheus."""
        return generate_latest(self.registry)

    # the ledger

    def received(self, records: int) -> None:
        self._received.inc(records)

    def accounted(self, records: int) -> None:
        self._accounted.inc(records)

    def expired(self, records: int) -> None:
        self._expired.inc(records)

    def ended(self, outcome: str) -> None:
        self._outcomes.labels(outcome).inc()

    def repeated(self) -> None:
        self._repeats.inc()

    def contradicted(self) -> None:
        self._contradictions.inc()

    def outstanding(self, records: int, oldest_seconds: float) -> None:
        self._outstanding.set(records)
        self._oldest.set(oldest_seconds)

    def held(self, stories: int, overdue_seconds: float) -> None:
        self._held.set(stories)
        self._overdue.set(overdue_seconds)

    def caught_up(self, value: bool) -> None:
        self._caught_up.set(1 if value else 0)

    # Kafka

    def lag(self, lags: Mapping[tuple[str, str, int], Lag]) -> None:
        """By (stage, topic, partition); replaces what was there."""
        self._forget_lag()
        for (stage, topic, partition), lag in lags.items():
            labels = stage, topic, str(partition)
            self._lag.labels(*labels).set(lag.records)
            self._lag_seconds.labels(*labels).set(lag.seconds)
            self._still_seconds.labels(*labels).set(lag.still_seconds)

    def _forget_lag(self) -> None:
        for family in (self._lag, self._lag_seconds, self._still_seconds):
            family.clear()

    def kafka(self, brokers: int) -> None:
        """How many brokers are up."""
        self._reachable.set(1 if brokers else 0)
        self._brokers.set(brokers)

    def away(self) -> None:
        """No broker answers. What only Kafka can tell is unknown then: the last value would say that all is well."""
        self.kafka(0)
        self.unread()
        self._forget_lag()
        for unknown in (self._under_replicated, self._offline):
            unknown.set(nan)

    def unread(self) -> None:
        """What is open is not known: the ledger cannot be read, or has not been read to its end."""
        for unknown in (self._outstanding, self._oldest, self._held, self._overdue):
            unknown.set(nan)

    def replicas(self, under_replicated: int, offline: int) -> None:
        self._under_replicated.set(under_replicated)
        self._offline.set(offline)

    def topic_bytes(self, topic: str, size: int) -> None:
        self._topic_bytes.labels(topic).set(size)

    def disk(self, broker: int, directory: str, total: int, free: int) -> None:
        self._disk_total.labels(str(broker), directory).set(total)
        self._disk_free.labels(str(broker), directory).set(free)
