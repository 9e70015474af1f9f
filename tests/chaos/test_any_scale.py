"""The same answer at any scale: the Reuters stream on the real Kafka, cut up and killed in every way, against offline.

For one order of arrival the verdicts are identical: whatever order dedup saw, deciding anew in that order (`wire
audit`) gives the same. Where partitions race, the order differs, and so may which of two copies comes first; the
clusters must hardly differ.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import orjson
import pytest

from pipeline.broker.admin import ensure_topics
from pipeline.broker.auditing import audit
from pipeline.dedup.audit import Auditor
from pipeline.demo.worker_process import WorkerProcess
from pipeline.evaluation.dedup import story_of, verdicts
from pipeline.model import Verdict
from pipeline.packet import decode_batch
from pipeline.settings import Settings
from pipeline.stages.dedup import Dedup
from pipeline.topics import VERDICTS
from tests.kafka_support import read_all, with_settings
from tests.shared import shared_rows
from tests.stream_support import produce

pytestmark = [pytest.mark.kafka, pytest.mark.shared]

Pairs = set[tuple[str, str]]

FEED_SECONDS = 6.0
"""The stream comes in no less: faster, it would all be decided before there is a middle to kill a worker in."""


def pairs_of(found: dict[str, Verdict]) -> Pairs:
    """All pairs of stories in one cluster."""
    clusters: dict[str, list[str]] = {}
    for id, verdict in found.items():
        clusters.setdefault(verdict.cluster, []).append(id)
    return {pair for ids in clusters.values() for pair in combinations(sorted(ids), 2)}


def decided(settings: Settings) -> dict[str, Verdict]:
    """The verdicts in the log by the story's id."""
    entries = [entry for record in read_all(settings, VERDICTS) for entry in decode_batch(record.value)]
    return {entry.card.id: entry.verdict for entry in entries}


def stream(settings: Settings, folder: Path, records: Sequence[tuple[str, bytes]], workers: int, kill: bool) -> None:
    """All through parse and dedup, with so many workers; the first is killed in the middle and another one started."""
    running = [WorkerProcess(settings, folder / f"{n}.log", "parse,dedup") for n in range(workers)]
    try:
        for worker in running:
            worker.wait_ready()
        pace = {"batch": 50, "pause": max(0.05, FEED_SECONDS * 50 / len(records))}
        feeding = threading.Thread(target=produce, args=(settings, records), kwargs=pace)
        feeding.start()
        killed = not kill
        deadline = time.monotonic() + 60 + len(records) / 20
        while (done := len(decided(settings))) < len(records):
            assert time.monotonic() < deadline, f"{done} of {len(records)} decided"
            if not killed and done > len(records) / 3:
                running[0].kill()
                running.append(WorkerProcess(settings, folder / "next.log", "parse,dedup"))
                killed = True
            time.sleep(0.1)
        feeding.join()
        assert killed
    finally:
        for worker in running:
            worker.stop()


def check(settings: Settings, folder: Path, count: int, workers: int, kill: bool = True) -> None:
    ensure_topics(settings)
    rows = [row for row, _ in zip(shared_rows("dev-wire-reuters.jsonl.gz"), range(count), strict=False)]
    offline = verdicts(rows)
    records = [(row["id"], orjson.dumps(story_of(row))) for row in rows if row["id"] in offline]
    stream(settings, folder, records, workers, kill)
    auditor = Auditor(Dedup(settings.horizon_hours * 3600))
    assert list(audit(settings, auditor, lambda done: None)) == []
    assert auditor.counts.decided == len(records)
    streamed = decided(settings)
    assert streamed.keys() == offline.keys()
    ours, theirs = pairs_of(streamed), pairs_of(offline)
    every = len(records) * (len(records) - 1) // 2
    rand, linked = 1 - len(ours ^ theirs) / every, len(ours & theirs) / max(1, len(ours | theirs))
    how = f"{settings.partitions} partitions, {workers} workers, batches of {settings.batch_stories}"
    agree = f"{rand:.6%} of all pairs agree; of {len(ours | theirs)} linked in either, {linked:.1%} are in both"
    print(f"{count} stories, {how}: {agree}; {auditor.counts.repeated} decisions written twice")
    assert rand >= 0.999
    assert len(ours ^ theirs) <= max(6, 0.2 * len(theirs))
    news = Counter(verdict.cluster for verdict in streamed.values() if verdict.status == "new")
    assert set(news.values()) == {1}


@pytest.mark.timeout(240)
def test_a_short_stream_with_a_kill(kafka_settings: Settings, tmp_path: Path) -> None:
    check(with_settings(kafka_settings, partitions=2, snapshot_stories=300), tmp_path, 1200, 2)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("partitions", "workers", "batch", "count"),
    [(1, 1, 100, 4000), (1, 2, 1, 1500), (2, 1, 7, 3000), (2, 2, 1000, 4000), (8, 3, 33, 4000), (8, 4, 250, 11000)],
)
def test_the_stream_cut_in_many_ways(
    kafka_settings: Settings, tmp_path: Path, partitions: int, workers: int, batch: int, count: int
) -> None:
    settings = with_settings(kafka_settings, partitions=partitions, batch_stories=batch, snapshot_stories=1500)
    check(settings, tmp_path, count, workers)
