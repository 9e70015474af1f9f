"""The bench's own way, with ours and the plain loop (other peers have an environment of their own), on a real Kafka."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from bench.feed import feed
from bench.field import _place
from tests.kafka_support import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]


def start(kafka: Any, folder: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipeline", "bench", "--quick", "--stories", "200", "--broker", kafka.bootstrap]
    env = {**os.environ, "WIRE_SHARED": str(folder)}  # nothing there: the stories are made from the seeds
    return subprocess.Popen(
        [*command, *more], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def left_running(kafka: Any) -> list[str]:
    """Contenders at work on this broker."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text().replace("\0", " ")
            if "bench.contenders" in command and kafka.bootstrap in (process / "environ").read_text():
                found.append(command)
        except OSError:
            continue
    return found


def test_it_measures_and_leaves_nothing_running(kafka: Any, tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    bench = start(kafka, tmp_path, "--json", str(told))
    output, _ = bench.communicate(timeout=200)
    assert bench.returncode == 0, output
    assert "seeds/, with the replayer's faults" in output
    figures = orjson.loads(told.read_bytes())
    ours = figures["contenders"]["ours"]
    assert ours["failures"] == []
    assert 0 < figures["bare"]["batched_ms"]["median"] < ours["cpu_ms_per_story"]["median"] * 2
    assert ours["passthrough_cpu_ms"]["median"] < ours["cpu_ms_per_story"]["median"]
    assert "framework tax" in {row["bar"].partition(":")[0] for row in figures["bars"]}
    assert "the bars that this run measured" in output
    assert left_running(kafka) == []


def test_an_interrupt_ends_it_and_its_contenders(kafka: Any, tmp_path: Path) -> None:
    bench = start(kafka, tmp_path)
    assert eventually(lambda: bool(left_running(kafka)), 60)
    time.sleep(0.5)
    bench.send_signal(signal.SIGINT)
    output, _ = bench.communicate(timeout=60)
    assert bench.returncode == 130, output
    assert left_running(kafka) == []


@pytest.mark.parametrize(
    "more",
    [
        ("--plot", "figure.pdf"),
        ("--json", "nowhere/told.json"),
        ("--feed", "missing.jsonl"),
        ("--stories", "1000000"),
        ("--rounds", "0"),
        ("--memory", "5"),
        ("--only-memory", "--memory=0"),
    ],
)
def test_what_cannot_be_is_said_before_anything_runs(kafka: Any, tmp_path: Path, more: tuple[str, str]) -> None:
    started = time.monotonic()
    bench = start(kafka, tmp_path, *more)
    output, _ = bench.communicate(timeout=60)
    assert bench.returncode == 2, output
    assert more[0] in output or more[1].partition(".")[0] in output
    assert "Traceback" not in output
    assert time.monotonic() - started < 30


def test_stories_made_from_seeds_are_many_and_the_same_each_time(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("WIRE_SHARED", str(tmp_path))
    first, name = feed(None)
    assert len(first) > 10_000
    assert first[:50] == feed(None)[0][:50]
    assert "seeds" in name


class Record:
    """As much of a consumed record as is looked at."""

    def __init__(self, topic: str, key: bytes, headers: list[tuple[str, bytes]]) -> None:
        self.topic, self.key, self.headers = lambda: topic, lambda: key, lambda: headers


@pytest.mark.parametrize(
    ("topic", "key", "headers", "value", "place"),
    [
        ("b.stories", b"id", [], b'{"id":"9","text":"\\"record\\":\\"1-1\\"","record":"3-14","received":1.0}', b"3-14"),
        ("b.stories", b"id", [], b'{"id":"9","status":"kill","killed_by_record":"3-15"}', b""),
        ("b.duplicates", b"id", [], b'{"text":"","record":"3-16.2"}', b"3-16"),
        ("b.dead", b"9-9", [("stage", b"parse"), ("raw", b"0-7")], b'{"record":"5-5"}', b"0-7"),
        ("b.held", b"2-8", [], b"packet", b"2-8"),
    ],
)
def test_a_result_tells_its_raw_record(
    topic: str, key: bytes, headers: list[tuple[str, bytes]], value: bytes, place: bytes
) -> None:
    assert _place(Record(topic, key, headers), value) == place
