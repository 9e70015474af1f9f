"""`wire broker` as a user runs and ends it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.broker.embedded import EmbeddedKafka
from pipeline.cli.main import run
from tests.kafka_support import cache_dir, eventually

pytestmark = pytest.mark.kafka


def start(data_dir: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipeline", "broker", "--port", "0", "--data-dir", str(data_dir), *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "WIRE_DATA_DIR": str(cache_dir())},
    )  # fmt: skip


def welcome(process: subprocess.Popen[str]) -> str:
    """What it prints up to the line that says how to end it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            break
    return "".join(lines)


def javas(data_dir: Path) -> list[int]:
    """The processes that run on that data."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(data_dir / "kafka.log").encode() in command and b"guard.py" not in command:
            found.append(int(process.name))
    return found


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_stops_cleanly(tmp_path: Path, number: signal.Signals, status: int) -> None:
    process = start(tmp_path)
    said = welcome(process)
    address = re.search(r"listens on 127\.0\.0\.1:(\d+)", said)
    assert address, said
    assert f"export WIRE_BROKER=127.0.0.1:{address[1]}" in said
    assert len(javas(tmp_path)) == 1
    process.send_signal(number)
    _, errors = process.communicate(timeout=40)
    assert process.returncode == status, errors
    assert "Kafka has stopped" in errors
    assert not javas(tmp_path)


def test_stops_while_it_starts(tmp_path: Path) -> None:
    process = start(tmp_path)
    assert eventually(lambda: bool(javas(tmp_path)), timeout_seconds=30)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)
    assert process.returncode == 130
    assert eventually(lambda: not javas(tmp_path))


def test_says_when_java_dies(tmp_path: Path) -> None:
    process = start(tmp_path)
    welcome(process)
    os.kill(javas(tmp_path)[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=40)
    assert process.returncode == 1
    assert "has ended (exit status 137)" in errors
    assert str(tmp_path / "kafka.log") in errors


def test_erase_takes_only_kafkas_own_files(tmp_path: Path) -> None:
    for name in ("log/meta.properties", "kafka.log", "mine.txt", "logs/mine.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    EmbeddedKafka(tmp_path, cache_dir()).erase()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "lock") == ["logs", "mine.txt"]


def test_a_log_folder_that_is_not_kafkas_stays(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "mine.txt").write_text("x")
    EmbeddedKafka(tmp_path, cache_dir()).erase()
    assert (tmp_path / "log" / "mine.txt").exists()


def test_a_taken_port_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert run(["broker", "--port", str(port), "--data-dir", str(tmp_path)]) == 1
    assert f"Port {port} on 127.0.0.1 is taken" in capsys.readouterr().err
