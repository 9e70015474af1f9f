"""The exporter on a real Kafka: what it says of records that came, ended, ended again, and of brokers that are away."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator

import pytest
from kafka import OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from pipeline.broker.clients import admin, consumer
from pipeline.errors import Unavailable
from pipeline.exporter.cluster import ClusterWatch
from pipeline.exporter.ledger import LedgerFollower
from pipeline.exporter.metrics import ExporterMetrics, Lag
from pipeline.exporter.run import OUTCOMES, Exporter
from pipeline.headers import DeadLetter, dead_headers
from pipeline.model import RawStory, RecordId
from pipeline.settings import Settings
from pipeline.topics import DEAD, DUPLICATES, RAW, STORIES
from tests.kafka_support import NOBODY, eventually, send

HOUR = 3600.0


@pytest.fixture
def metrics() -> ExporterMetrics:
    return ExporterMetrics(OUTCOMES)


@pytest.fixture
def ledger(kafka_settings: Settings, metrics: ExporterMetrics) -> Iterator[LedgerFollower]:
    follower = LedgerFollower(kafka_settings, metrics, since_seconds=HOUR)
    yield follower
    follower.close()


def _value(metrics: ExporterMetrics, name: str, **labels: str) -> float:
    value = metrics.registry.get_sample_value(name, labels)
    assert value is not None, f"no {name}{labels}"
    return value


def _ended(record: str, status: str) -> bytes:
    return json.dumps({"record": record, "status": status}).encode()


@pytest.mark.kafka
def test_the_ledger_follows_what_comes_and_what_ends(
    settings: Settings, ledger: LedgerFollower, metrics: ExporterMetrics
) -> None:
    send(settings, RAW, [b"before the exporter started"] * 3)
    ledger.connect()
    assert eventually(lambda: _polled(ledger) and ledger.caught_up)
    received = _value(metrics, "wire_ledger_received_records_total")
    assert received == 3
    assert _value(metrics, "wire_ledger_outstanding_records") == 3

    places = _raw_records(settings)
    send(settings, STORIES, [_ended(places[0], "new"), b"not ours", _ended("x-y", "new")])
    send(settings, DUPLICATES, [_ended(places[1], "duplicate")])
    letter = DeadLetter(RawStory(b"", RecordId.parse(places[2]), 0.0), "parse", "empty", "Nothing in it.", 0.0)
    send(settings, DEAD, [b""], headers=dead_headers(letter))
    assert eventually(lambda: _polled(ledger) and _value(metrics, "wire_ledger_outstanding_records") == 0)
    assert _value(metrics, "wire_ledger_accounted_records_total") == 3
    for outcome in ("new", "duplicate", "dead"):
        assert _value(metrics, "wire_ledger_outcomes_total", outcome=outcome) == 1

    send(settings, STORIES, [_ended(places[0], "new"), _ended(places[0], "update")])
    assert eventually(lambda: _polled(ledger) and _value(metrics, "wire_ledger_contradictions_total") == 1)
    assert _value(metrics, "wire_ledger_repeats_total") == 1

    ledger.connect()  # as after a broker was away: goes on where it was
    assert eventually(lambda: _polled(ledger))
    assert _value(metrics, "wire_ledger_received_records_total") == 3
    assert _value(metrics, "wire_ledger_repeats_total") == 1


@pytest.mark.kafka
def test_lag_is_what_the_group_has_not_committed(settings: Settings, metrics: ExporterMetrics) -> None:
    send(settings, RAW, [b"x"] * 8)
    watch = ClusterWatch(settings, metrics)
    watch.connect()
    try:
        watch.measure()
        assert _lag(metrics) == 8
        time.sleep(0.2)
        watch.measure()
        assert _most(metrics, "wire_group_lag_seconds") >= 0.2
        assert _most(metrics, "wire_group_still_seconds") >= 0.2
        ends = _raw_ends(settings)
        with admin(settings) as client:
            client.alter_group_offsets(
                settings.group, {tp: OffsetAndMetadata(max(0, end - 1), "", -1) for tp, end in ends.items()}
            )
        watch.measure()
        assert _lag(metrics) == sum(1 for end in ends.values() if end)
        assert _most(metrics, "wire_group_lag_seconds") >= 0.2, "the last record has been there from the beginning"
        for tp, end in ends.items():
            if end > 1:  # its offset has moved just now
                place = {"stage": "parse", "topic": tp.topic, "partition": str(tp.partition)}
                assert _value(metrics, "wire_group_still_seconds", **place) == 0.0
        watch.measure_disk()
    finally:
        watch.close()
    assert _value(metrics, "wire_kafka_brokers") == 1
    assert _value(metrics, "wire_kafka_under_replicated_partitions") == 0
    assert _value(metrics, "wire_kafka_topic_bytes", topic=settings.topic(RAW)) > 0


@pytest.mark.kafka
def test_missing_topics_are_named(kafka_settings: Settings, metrics: ExporterMetrics) -> None:
    watch = ClusterWatch(kafka_settings, metrics)
    watch.connect()
    try:
        with pytest.raises(Unavailable, match=r"is missing; `wire topics`"):
            watch.measure()
    finally:
        watch.close()


def test_a_broker_that_is_away_is_a_measurement() -> None:
    exporter = Exporter(Settings(broker=NOBODY), since_seconds=HOUR)
    exporter._cluster.connect = _refuse  # type: ignore[method-assign]  # without waiting for the client to give up
    assert not exporter._measured()
    assert _value(exporter.metrics, "wire_kafka_reachable") == 0
    assert exporter.live()[0]
    assert exporter.ready() == (False, "no broker answers")


def test_what_was_known_before_a_broker_went_away_is_unknown_then() -> None:
    """Or a board would go on saying that nothing waits and nothing is open."""
    exporter = Exporter(Settings(broker=NOBODY), since_seconds=HOUR)
    metrics = exporter.metrics
    metrics.kafka(1)
    metrics.replicas(0, 0)
    metrics.lag({("parse", "wire.raw", 0): Lag(0, 0.0, 0.0)})
    metrics.outstanding(0, 0.0)
    exporter._cluster.connect = _refuse  # type: ignore[method-assign]
    assert not exporter._measured()
    assert b"wire_group_lag_records{" not in metrics.text()
    assert b"wire_group_lag_seconds{" not in metrics.text()
    assert b"wire_group_still_seconds{" not in metrics.text()
    for name in (
        "wire_kafka_under_replicated_partitions",
        "wire_kafka_offline_partitions",
        "wire_ledger_outstanding_records",
        "wire_ledger_oldest_outstanding_seconds",
    ):
        assert math.isnan(_value(metrics, name)), name


def _refuse() -> None:
    raise KafkaError("nobody there")


def _polled(ledger: LedgerFollower) -> bool:
    ledger.poll(timeout_ms=100)
    return True


def _raw_ends(settings: Settings) -> dict[TopicPartition, int]:
    with consumer(settings) as client:
        places = [TopicPartition(settings.topic(RAW), p) for p in range(settings.partition_count(RAW))]
        ends: dict[TopicPartition, int] = client.end_offsets(places)
        return ends


def _raw_records(settings: Settings) -> list[str]:
    return [f"{tp.partition}-{offset}" for tp, end in _raw_ends(settings).items() for offset in range(end)]


def _lag(metrics: ExporterMetrics) -> float:
    return sum(
        s.value for family in metrics.registry.collect() for s in family.samples if s.name == "wire_group_lag_records"
    )


def _most(metrics: ExporterMetrics, name: str) -> float:
    return max(s.value for family in metrics.registry.collect() for s in family.samples if s.name == name)
