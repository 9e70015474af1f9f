"""Workers and the broker die by SIGKILL, or stand still, in the middle of a replay: nothing is lost or contradicted."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.runner import EX_SOFTWARE
from pipeline.broker.admin import ensure_topics
from pipeline.broker.embedded import EmbeddedKafka
from pipeline.demo.worker_process import WorkerProcess
from pipeline.ledger import Ledger, LedgerReader
from pipeline.settings import Settings
from tests.chaos.synthetic import records
from tests.kafka_support import with_settings
from tests.stream_support import follow, ledger_of, produce

STORIES = 5000
pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]


def check(ledger: Ledger, belongs: dict[str, str]) -> None:
    """Every story once; copies with their original; exactly one of each cluster is new; nobody repeats itself."""
    assert ledger.contradictions == []
    assert ledger.received == ledger.accounted == len(belongs)
    documents = list(ledger.samples.values())
    assert {d["id"] for d in documents} == set(belongs)
    assert Counter(ledger.ended.values()).keys() <= {"new", "duplicate"}
    news: Counter[str] = Counter()
    for document in documents:
        assert document["of"] != document["id"]
        if document["of"]:
            assert belongs[document["of"]] == belongs[document["id"]]
        news[belongs[document["id"]]] += document["status"] == "new"
    assert set(news.values()) == {1}


def test_killed_workers_lose_nothing(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.ledger.SAMPLES", STORIES)
    made, belongs = records(STORIES)
    with _two_at_work(settings, tmp_path, made) as (running, feeding), ledger_of(settings) as reader:
        _reach(reader, STORIES // 10)
        running[0].kill()
        running.append(WorkerProcess(settings, tmp_path / "c.log"))
        _reach(reader, STORIES // 2)
        running[1].kill()
        running.append(WorkerProcess(settings, tmp_path / "d.log"))
        feeding.join()
        check(follow(reader, STORIES, 180), belongs)


def test_a_killed_broker_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.ledger.SAMPLES", STORIES)
    made, belongs = records(STORIES)
    with EmbeddedKafka(data_dir=tmp_path / "kafka", cache_dir=Settings().data_dir) as kafka:
        settings = Settings(broker=kafka.bootstrap, session_timeout_seconds=6)
        ensure_topics(settings)
        worker = WorkerProcess(settings, tmp_path / "worker.log")
        try:
            worker.wait_ready()
            feeding = threading.Thread(target=produce, args=(settings, made), kwargs={"batch": 250, "pause": 0.3})
            feeding.start()
            with ledger_of(settings) as reader:
                _reach(reader, STORIES // 4)
            kafka.kill()
            time.sleep(3)
            kafka.start()
            feeding.join()
            with ledger_of(settings) as reader:
                check(follow(reader, STORIES, 180), belongs)
            assert worker.returncode is None, "the worker must survive a broker's restart by itself"
        finally:
            worker.stop()


@pytest.mark.slow  # a minute; what stops such a worker is tested apart in tests/agents/test_journey.py
def test_a_worker_that_stood_still_contradicts_no_one(
    kafka_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It wakes up in the middle of a batch, with the partitions gone, and goes on as if they were not."""
    monkeypatch.setattr("pipeline.ledger.SAMPLES", STORIES)
    settings = with_settings(kafka_settings, session_timeout_seconds=6, batch_stories=50)
    ensure_topics(settings)
    made, belongs = records(STORIES)
    with _two_at_work(settings, tmp_path, made) as (running, feeding), ledger_of(settings) as reader:
        _reach(reader, STORIES // 10)
        for worker in tuple(running):
            os.kill(worker.pid, signal.SIGSTOP)
            time.sleep(9)  # the other takes all over
            os.kill(worker.pid, signal.SIGCONT)
            time.sleep(1)
        feeding.join()
        deadline = time.monotonic() + 180
        while len(reader.poll().ended) < STORIES and time.monotonic() < deadline:
            for worker in [one for one in running if one.returncode is not None]:  # as a supervisor does
                assert worker.returncode == EX_SOFTWARE, worker.tail()
                running.remove(worker)
                running.append(WorkerProcess(settings, tmp_path / f"again-{worker.pid}.log"))
        check(follow(reader, STORIES, 10), belongs)


@contextlib.contextmanager
def _two_at_work(
    settings: Settings, folder: Path, made: list[tuple[str, bytes]]
) -> Iterator[tuple[list[WorkerProcess], threading.Thread]]:
    """Two workers, and a thread that feeds them. Whatever is in the list at the end is stopped."""
    running = [WorkerProcess(settings, folder / f"{name}.log") for name in "ab"]
    try:
        for worker in running:
            worker.wait_ready()
        feeding = threading.Thread(target=produce, args=(settings, made), kwargs={"batch": 250, "pause": 0.3})
        feeding.start()
        yield running, feeding
    finally:
        for worker in running:
            worker.stop()


def _reach(reader: LedgerReader, stories: int) -> None:
    """Wait until so many have ended."""
    deadline = time.monotonic() + 90
    while len(reader.poll().ended) < stories:
        assert time.monotonic() < deadline, "the stream stands still"
