"""The whole pipeline on the real Kafka makes of our seeds what their manifest says, however it is spread out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.broker.admin import ensure_topics
from pipeline.settings import Settings
from tests.seeds_manifest import SEEDS, clusters, load, record_bytes, wrong_clusters
from tests.stream_support import follow, ledger_of, produce, workers

pytestmark = pytest.mark.kafka

Documents = dict[str, dict[str, Any]]
"""By seed."""


@pytest.fixture(scope="module")
def offline() -> Documents:
    """What `wire process` says of the seeds, run as a user runs it."""
    rows = load()
    answer = subprocess.run(
        [sys.executable, "-m", "pipeline", "process", str(SEEDS)],
        capture_output=True,
        check=True,
        env={**os.environ},
    )
    documents = [orjson.loads(line) for line in answer.stdout.splitlines()]
    assert len(documents) == len(rows)
    return {row.seed: document for row, document in zip(rows, documents, strict=True)}


def test_offline_run_gives_every_verdict_of_the_manifest(offline: Documents) -> None:
    faults = [
        f"{row.seed}: {offline[row.seed]['status']} by {offline[row.seed].get('rule')}, not {row.status}: {row.why}"
        for row in load()
        if offline[row.seed]["status"] != row.status
    ]
    faults += wrong_clusters(load(), {seed: d["cluster"] for seed, d in offline.items() if "cluster" in d})
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("partitions", "count"), [(1, 1), (1, 2), (4, 1), (4, 2)])
def test_stream_agrees(
    kafka_settings: Settings, tmp_path: Path, offline: Documents, partitions: int, count: int
) -> None:
    rows = load()
    settings = kafka_settings.model_copy(update={"partitions": partitions})
    ensure_topics(settings)
    with workers(settings, tmp_path, count), ledger_of(settings) as reader:
        records = produce(settings, [("", record_bytes(row)) for row in rows], source="")
        ledger = follow(reader, len(rows))
    assert ledger.contradictions == []
    got = {row.seed: ledger.samples[record] for row, record in zip(rows, records, strict=True)}
    faults = wrong_clusters(rows, {seed: d["cluster"] for seed, d in got.items() if "cluster" in d})
    for row in rows:
        if row.status in ("dead", "skipped") and got[row.seed].get("status", "dead") != row.status:
            faults.append(f"{row.seed} should be {row.status}")
    for seeds in clusters(rows).values():
        statuses = [got[row.seed]["status"] for row in seeds if row.seed in got]
        if "kill" not in statuses and statuses.count("new") != 1:
            faults.append(f"{[row.seed for row in seeds]}: {statuses}, should have exactly one new")
        if partitions == 1:
            faults += [
                f"{row.seed} is {got[row.seed]['status']}, offline {offline[row.seed]['status']}"
                for row in seeds
                if got[row.seed]["status"] != offline[row.seed]["status"]
            ]
    for row in rows:
        if row.seed in got and got[row.seed].get("status") == offline[row.seed]["status"] == "new":
            for part in ("headline", "text", "tags", "topics"):
                if got[row.seed][part] != offline[row.seed][part]:
                    faults.append(f"{row.seed}: {part} differs from the offline run")
    assert not faults, "\n".join(faults)
