"""Snapshots of dedup's memory on the real Kafka: written, found again, passed over when they are not sound."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from agents.snapshots import END, PART, Loaded, Snapshots
from bench.horizon import batches
from pipeline.dedup.state import State
from pipeline.model import Card, Verdict
from pipeline.settings import Settings
from pipeline.topics import SNAPSHOTS, VERDICTS
from tests.chaos.synthetic import records
from tests.kafka_support import read_all, with_settings
from tests.stream_support import follow, ledger_of, produce, workers

pytestmark = pytest.mark.kafka
HORIZON = 72 * 3600.0
LOG_END = 1000


def empty() -> State:
    return State(HORIZON, 5000, 1000)


def stories(first: int, count: int) -> tuple[list[Card], list[bytes]]:
    cards: list[Card] = []
    prints: list[bytes] = []
    for more, data in batches(count, 4, first, 5000):
        cards += more
        prints += data
    return cards, prints


def verdicts(state: State, first: int, count: int) -> list[Verdict]:
    return list(state.decide(*stories(first, count)))


def load(settings: Settings, log_end: int = LOG_END) -> Loaded | None:
    return asyncio.run(Snapshots(settings).load(empty, log_end))


def append(settings: Settings, key: bytes, headers: list[tuple[str, bytes]], value: bytes = b"") -> None:
    producer = KafkaProducer(bootstrap_servers=settings.bootstrap, **settings.kafka_security())
    producer.send(settings.topic(SNAPSHOTS), key=key, value=value, headers=headers, partition=0).get(timeout=20)
    producer.close()


def ends(settings: Settings) -> list[dict[str, Any]]:
    found = [dict(record.headers).get(END) for record in read_all(settings, SNAPSHOTS)]
    return [orjson.loads(value) for value in found if value is not None]


def test_the_newest_sound_one_is_loaded(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    assert load(settings) is None
    state, writer = empty(), Snapshots(settings)
    verdicts(state, 0, 700)
    asyncio.run(writer.write(state, 7))
    expected = verdicts(state, 700, 300)
    found = load(settings)
    assert found is not None and found.covers == 7
    assert time.time() - 60 < found.written <= time.time()
    assert found.bytes == ends(settings)[-1]["bytes"] == sum(len(r.value) for r in read_all(settings, SNAPSHOTS))
    assert verdicts(found.state, 700, 300) == expected

    asyncio.run(writer.write(state, 10))
    last = ends(settings)[-1]
    append(settings, b"never", [(PART, b"0")], b"half written")
    append(settings, b"never", [(PART, b"1")], b"half written")
    found = load(settings)
    assert found is not None and found.covers == 10

    later = verdicts(state, 1000, 200)
    for changed in ({"digest": 1}, {"parts": last["parts"] + 1}, {"covers": LOG_END + 1}):
        with caplog.at_level(logging.WARNING, "agents.snapshots"):
            append(settings, last["id"].encode(), [(END, orjson.dumps(last | changed))])
            before = len(caplog.records)
            found = load(settings)
        assert len(caplog.records) > before and "passed over" in caplog.text
        # the ends before are tried: each broken one stands before the same first part, so that the older one is found
        assert found is not None and found.covers == 7
        assert verdicts(found.state, 700, 300) == expected
    assert later == verdicts(state, 1000, 200)


def test_what_is_old_goes(settings: Settings) -> None:
    state, writer = empty(), Snapshots(settings)
    for n in range(4):
        verdicts(state, 100 * n, 100)
        asyncio.run(writer.write(state, n))
    assert [end["covers"] for end in ends(settings)] == [2, 3]


@pytest.mark.parametrize("format", [2, 99])
def test_a_snapshot_of_another_program_is_passed_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, format: int
) -> None:
    """Older or newer: its state is read from the verdict log instead, as if there was no snapshot."""
    state = empty()
    verdicts(state, 0, 100)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.dedup.snapshot.FORMAT", format)
        asyncio.run(Snapshots(settings).write(state, 1))
    with caplog.at_level(logging.WARNING, "agents.snapshots"):
        assert load(settings) is None
    assert f"passed over: it is of format {format}" in caplog.text


def test_a_worker_begins_with_the_last_snapshot(settings: Settings, tmp_path: Path) -> None:
    """Also after the log that it covers is gone; the verdicts go on as if nothing had happened."""
    settings = with_settings(settings, snapshot_stories=300)
    made, belongs = records(1200)
    made += [(f"again-{id}", body) for id, body in made[:800]]  # copies of what the log no longer holds
    with ledger_of(settings) as reader:
        with workers(settings, tmp_path):
            produce(settings, made[:1200], batch=100, pause=0.1)
            follow(reader, 1200)
        covered = ends(settings)
        assert covered, "no snapshot was written"
        log = read_all(settings, VERDICTS)
        assert 0 < covered[-1]["covers"] <= log[-1].offset + 1
        place = TopicPartition(settings.topic(VERDICTS), 0)
        admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap)
        admin.delete_records({place: covered[-1]["covers"]})
        admin.close()
        with workers(settings, tmp_path):
            produce(settings, made[1200:])
            ledger = follow(reader, 2000, 180)
    assert ledger.contradictions == []
    assert ledger.counts["new"] == len(set(belongs.values()))
