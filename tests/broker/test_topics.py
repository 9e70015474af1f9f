"""Topics on a real Kafka: created as specified, compared, repaired, grown; and `wire topics` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.broker.admin import check_topics, ensure_topics, require_topics
from pipeline.broker.clients import admin
from pipeline.cli.main import run
from pipeline.errors import Unavailable
from pipeline.settings import Settings
from pipeline.topics import ALL, DEAD, RAW, VERDICTS
from tests.kafka_support import NOBODY, eventually, with_settings

pytestmark = pytest.mark.kafka


def test_missing_topics_are_named_then_created_as_specified(kafka_settings: Settings) -> None:
    with pytest.raises(Unavailable, match=r"run `wire topics` first"):
        require_topics(kafka_settings)
    assert not any(state.exists for state in check_topics(kafka_settings))
    states = ensure_topics(kafka_settings)
    assert [state.done for state in states] == [["created"]] * len(ALL)
    assert all(state.sound for state in states)
    by_spec = {state.spec.suffix: state for state in states}
    assert by_spec[RAW.suffix].partitions == kafka_settings.partitions
    assert by_spec[VERDICTS.suffix].partitions == 1
    assert by_spec[DEAD.suffix].config["retention.ms"] == str(DEAD.retention_ms)
    require_topics(kafka_settings)
    assert [state.done for state in ensure_topics(kafka_settings)] == [[]] * len(ALL)


def test_a_changed_setting_is_reported_and_only_fix_repairs_it(kafka_settings: Settings) -> None:
    ensure_topics(kafka_settings)
    name = kafka_settings.topic(DEAD)
    with admin(kafka_settings) as client:
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": "1000"})])
    assert eventually(lambda: any(not state.sound for state in check_topics(kafka_settings)))
    (state,) = [state for state in ensure_topics(kafka_settings) if not state.sound]
    assert [str(d) for d in state.differences] == [f"retention.ms is 1000, should be {DEAD.retention_ms}"]
    fixed = {state.name: state for state in ensure_topics(kafka_settings, fix=True)}
    assert fixed[name].done == [f"retention.ms set to {DEAD.retention_ms}"]
    assert all(state.sound for state in check_topics(kafka_settings))


def test_partitions_grow_only_when_asked_and_never_where_one_order_is_needed(kafka_settings: Settings) -> None:
    ensure_topics(kafka_settings)
    more = with_settings(kafka_settings, partitions=kafka_settings.partitions + 2)
    assert {d.repair for state in ensure_topics(more, fix=True) for d in state.differences} == {"grow"}
    grown = {state.spec.suffix: state for state in ensure_topics(more, grow=True)}
    assert grown[RAW.suffix].partitions == more.partitions
    assert grown[VERDICTS.suffix].partitions == 1
    assert {d.repair for state in check_topics(kafka_settings) for d in state.differences} == {""}


def test_too_many_replicas_are_refused_with_the_remedy(kafka_settings: Settings) -> None:
    with pytest.raises(Unavailable, match="set WIRE_REPLICATION"):
        ensure_topics(with_settings(kafka_settings, replication=3))


def test_verb(kafka_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--broker", kafka_settings.broker, "--prefix", kafka_settings.topic_prefix]
    assert run(["topics", *where, "--check"]) == 1
    assert "missing" in capsys.readouterr().out
    assert run(["topics", *where]) == 0
    shown = capsys.readouterr().out
    assert all(kafka_settings.topic(spec) in shown for spec in ALL)
    assert run(["topics", *where, "--check", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is True
    assert len(document["topics"]) == len(ALL)
    assert run(["topics", *where, "--check", "--partitions", "9"]) == 1
    assert "wire topics --grow" in capsys.readouterr().out


def test_verb_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["topics", "--broker", NOBODY]) == 1
    assert f"nothing serves {NOBODY}" in capsys.readouterr().err
    assert run(["topics", "--check", "--fix"]) == 2
    assert run(["topics", "--broker", "here:there"]) == 2


def test_unreadable_tls_files_are_named(tmp_path: Path) -> None:
    settings = Settings(broker=NOBODY, security_protocol="SSL", tls_ca_file=tmp_path / "none.pem")
    with pytest.raises(Unavailable, match="WIRE_TLS_CA_FILE"):
        check_topics(settings)
