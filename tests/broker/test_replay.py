"""The replayer on a real Kafka: what arrives, what is refused, what Ctrl-C and a dying broker leave behind."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from kafka.admin import NewTopic

from pipeline.broker.admin import ensure_topics
from pipeline.broker.clients import admin, producer
from pipeline.broker.embedded import EmbeddedKafka
from pipeline.cli.main import run as wire
from pipeline.demo.worker_process import environment
from pipeline.errors import Unavailable, Usage
from pipeline.headers import read_raw
from pipeline.replay.files import find
from pipeline.replay.items import RECORD_LIMIT, FeedItem, Note, Oversized
from pipeline.replay.options import ReplayOptions
from pipeline.replay.publish import Publisher
from pipeline.replay.resume import Position
from pipeline.replay.run import Replay
from pipeline.settings import Settings
from pipeline.topics import RAW
from tests.kafka_support import cache_dir, eventually, read_all, with_settings

pytestmark = pytest.mark.kafka


def feed_of(path: Path, records: int, padding: int = 300) -> Path:
    with path.open("w") as out:
        for n in range(records):
            out.write(json.dumps({"id": f"s-{n}", "source": "test", "text": "x" * padding}) + "\n")
    return path


def arrived(settings: Settings) -> Counter[str]:
    return Counter(record.key.decode() for record in read_all(settings, RAW))


def keys(records: int) -> set[str]:
    return {f"test/s-{n}" for n in range(records)}


def test_original_bytes_key_and_headers_arrive(settings: Settings, tmp_path: Path) -> None:
    body = b'{"id": 7,  "title": "caf\xc3\xa9"}'
    (tmp_path / "desk").mkdir()
    (tmp_path / "feed.jsonl").write_bytes(body + b"\r\n{broken\n")
    (tmp_path / "desk" / "note.txt").write_bytes(b"")
    before = time.time()
    options = ["--broker", settings.broker, "--prefix", settings.topic_prefix, "--quiet"]
    assert wire(["replay", *options, str(tmp_path / "desk"), str(tmp_path / "feed.jsonl")]) == 0
    found = {}
    for record in read_all(settings, RAW):
        raw = read_raw(
            record.headers,
            body=record.value,
            partition=record.partition,
            offset=record.offset,
            timestamp_ms=record.timestamp,
        )
        assert before - 0.001 <= raw.received <= time.time()
        found[record.key.decode()] = (raw.body, raw.source, raw.format, raw.feed_id, raw.truth)
    assert found == {
        "feed/7": (body, "feed", "json", "7", ""),
        f"{tmp_path}/feed.jsonl#2": (b"{broken", "feed", "json", "", ""),
        f"{tmp_path}/desk/note.txt": (b"", "desk", "", "", ""),
    }


def test_equal_keys_lie_where_any_other_client_puts_them(settings: Settings) -> None:
    items = [FeedItem(b"x", "test", "n", feed_id=f"s-{n}") for n in range(50)]
    with Publisher(settings) as publisher:
        for item in items:
            publisher.send(item)
    with producer(settings) as other:
        for item in items:
            other.send(settings.topic(RAW), b"y", item.key)
        other.flush()
    places: dict[bytes, set[int]] = {}
    for record in read_all(settings, RAW):
        places.setdefault(record.key, set()).add(record.partition)
    assert len(places) == 50
    assert all(len(partitions) == 1 for partitions in places.values())
    assert len({partition for found in places.values() for partition in found}) == settings.partitions


def test_forged_records_carry_their_truth(settings: Settings, tmp_path: Path) -> None:
    feed = str(feed_of(tmp_path / "feed.jsonl", 200))
    options = ReplayOptions([feed], faults={"duplicates": 0.2, "garbage": 0.1}, seed=3)
    Replay(options, find([feed])).run(Publisher(settings))
    truths = Counter(dict(record.headers).get("truth", b"").partition(b":")[0] for record in read_all(settings, RAW))
    assert truths[b"original"] == 200
    assert truths[b"duplicate-of"] > 20
    assert truths[b"garbage"] > 5


def test_what_the_topic_does_not_take_is_reported_and_the_rest_goes_on(settings: Settings) -> None:
    narrow = with_settings(settings, topic_prefix=settings.topic_prefix + "narrow.")
    topic = narrow.topic(RAW)
    with admin(settings) as client:
        client.create_topics([NewTopic(topic, 4, 1, topic_configs={"max.message.bytes": "20000"})])
    notes: list[Note] = []
    with Publisher(narrow, report=notes.append) as publisher:
        for n in range(20):
            publisher.send(FeedItem(b"x" * (30_000 if n == 7 else 300), "test", f"#{n}", feed_id=f"s-{n}"))
        publisher.send(Oversized("#20", 10**9))
        publisher.send(FeedItem(b"x" * RECORD_LIMIT, "test", "#21", feed_id="s-21"))
        publisher.send(FeedItem(b"x", "test", "#22", feed_id="s-22"))
    assert sorted(note.name for note in notes) == ["#20", "#21", "#7"]
    assert (publisher.settled, publisher.confirmed, publisher.refused) == (23, 20, 3)
    assert set(arrived(narrow)) == (keys(20) - {"test/s-7"}) | {"test/s-22"}


def test_the_largest_record_that_may_travel_does(settings: Settings) -> None:
    key = b"test/s-0"
    with Publisher(settings) as publisher:
        publisher.send(FeedItem(b"x" * (RECORD_LIMIT - len(key)), "test", "#0", feed_id="s-0"))
    assert publisher.refused == 0
    assert len(read_all(settings, RAW)[0].value) == RECORD_LIMIT - len(key)


def test_memory_under_way_is_bounded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.replay.publish.IN_FLIGHT_BYTES", 100_000)
    most = 0
    with Publisher(settings) as publisher:
        for n in range(300):
            publisher.send(FeedItem(b"x" * 10_000, "test", f"#{n}"))
            most = max(most, publisher.under_way)
    assert most <= 10
    assert publisher.confirmed == 300


def test_a_topic_that_is_not_there_or_no_name(kafka_settings: Settings) -> None:
    with pytest.raises(Unavailable, match="wire topics"):
        Publisher(kafka_settings)
    with pytest.raises(Usage, match="no name"):
        Publisher(kafka_settings, topic="not a name")


def test_ctrl_c_flushes_exits_130_and_resume_sends_the_rest_once(settings: Settings, tmp_path: Path) -> None:
    feed = feed_of(tmp_path / "feed.jsonl", 3000)
    command = [sys.executable, "-m", "pipeline", "replay", str(feed)]
    env = {**os.environ, **environment(settings), "WIRE_DATA_DIR": str(tmp_path / "data")}
    for number in (signal.SIGINT, signal.SIGTERM):
        before = len(read_all(settings, RAW))
        process = subprocess.Popen(
            [*command, "--rate", "400", "--resume"], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert eventually(lambda before=before: len(read_all(settings, RAW)) > before + 200, 60)  # type: ignore[misc]
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 130, (out, err)
        assert out.startswith("interrupted: ")
        assert "--resume" in out
        assert "Traceback" not in err
        assert f"interrupted: {len(read_all(settings, RAW)) - before:,} records" in out
    done = subprocess.run([*command, "--resume"], env=env, text=True, capture_output=True, timeout=60, check=True)
    assert "sent before" in done.stdout
    found = arrived(settings)
    assert set(found) == keys(3000)
    assert set(found.values()) == {1}


# kafka-python leaves the socket of every refused connection attempt to the garbage collector
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.slow
def test_a_broker_killed_and_back_loses_and_repeats_nothing_and_one_that_stays_away_is_reported(tmp_path: Path) -> None:
    feed = str(feed_of(tmp_path / "feed.jsonl", 4000))
    options = ReplayOptions([feed], rate=1000)
    position = Position(tmp_path / "positions", "key")
    with EmbeddedKafka(tmp_path / "kafka", cache_dir()) as kafka:
        settings = Settings(broker=kafka.bootstrap, topic_prefix="kill.")
        ensure_topics(settings)

        publisher = Publisher(settings)
        killer = threading.Thread(target=kill_when, args=(publisher, kafka), kwargs={"back": True})
        killer.start()
        outcome = Replay(options, find([feed])).run(publisher)
        killer.join()
        assert outcome.confirmed == 4000
        found = arrived(settings)
        assert set(found) == keys(4000)
        assert set(found.values()) == {1}

        publisher = Publisher(settings, delivery_seconds=8)
        killer = threading.Thread(target=kill_when, args=(publisher, kafka))
        killer.start()
        with pytest.raises(Unavailable, match="stopped taking records"):
            Replay(options, find([feed]), position=position).run(publisher)
        killer.join()
        assert position.load() == publisher.confirmed >= 500

        kafka.start()
        again = Replay(ReplayOptions([feed], resume=True), find([feed]), position=position).run(Publisher(settings))
        assert again.confirmed == 4000 - publisher.confirmed
        found = arrived(settings)
        assert set(found) == keys(4000)
        assert min(found.values()) == 2  # what was under way when the broker died may be there once more
    gc.collect()


def kill_when(publisher: Publisher, kafka: EmbeddedKafka, back: bool = False) -> None:
    """Kill the broker when 500 records are confirmed; with `back` start it again two seconds later."""
    eventually(lambda: publisher.confirmed >= 500, 60)
    kafka.kill()
    if back:
        time.sleep(2)
        kafka.start()
