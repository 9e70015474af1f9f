"""`wire dead`: causes, single letters, replay and export, on a real Kafka."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from pipeline.broker.admin import ensure_topics
from pipeline.broker.deadletters import Choice, causes, letters
from pipeline.cli.main import run
from pipeline.headers import REPLAY_OF, DeadLetter, dead_headers, read_raw
from pipeline.model import RawStory, RecordId
from pipeline.settings import Settings
from pipeline.topics import DEAD, RAW
from tests.kafka_support import read_all, send, with_settings

pytestmark = pytest.mark.kafka

GARBAGE = bytes(range(256))


def letter(
    offset: int, reason: str, body: bytes, at: float = 1_700_000_000.0, item: int = 0, stage: str = "parse"
) -> DeadLetter:
    raw = RawStory(
        body, RecordId(1, offset, item), 1_690_000_000.0, source="afp", format="json", feed_id=f"id-{offset}",
        content_type="application/json", truth="garbage",
    )  # fmt: skip
    return DeadLetter(raw, stage, reason, f"The sentence of {offset}.", at)


LETTERS = [
    letter(1, "bad-json", b'{"title": ', at=1_700_000_001),
    letter(2, "bad-json", b'{"title', at=1_700_000_003),
    letter(3, "binary", GARBAGE, at=1_700_000_002),
    letter(4, "stage-error", b'[{"title": "a"}, {"title": "b"}]', item=1, stage="tag", at=1_700_000_004),
    letter(4, "stage-error", b'[{"title": "a"}, {"title": "b"}]', item=2, stage="tag", at=1_700_000_005),
    letter(1, "bad-json", b'{"title": ', at=1_700_000_009),  # delivered again
    DeadLetter(RawStory(b"junk", RecordId(-1, -1), 1.0), "dedup", "foreign-record", "No batch.", 1_700_000_006),
]


@pytest.fixture
def settings(kafka_settings: Settings) -> Settings:
    settings = with_settings(kafka_settings, partitions=1)
    ensure_topics(settings)
    for one in LETTERS:
        send(settings, DEAD, [one.raw.body], headers=dead_headers(one))
    return settings


def verb(settings: Settings, *options: str) -> int:
    return run(["dead", "--broker", settings.broker, "--prefix", settings.topic_prefix, *options])


def test_causes_count_each_story_once(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    found = {(cause.stage, cause.reason): cause for cause in causes(letters(settings))}
    assert {key: cause.count for key, cause in found.items()} == {
        ("parse", "bad-json"): 2, ("parse", "binary"): 1, ("tag", "stage-error"): 2, ("dedup", "foreign-record"): 1,
    }  # fmt: skip
    cause = found["parse", "bad-json"]
    assert (cause.first, cause.last, cause.example) == (1_700_000_001, 1_700_000_003, "The sentence of 2.")
    assert [one.reason for one in letters(settings, Choice(stage="tag"))] == ["stage-error"] * 2
    assert verb(settings) == 0
    assert "The sentence of 2." in capsys.readouterr().out
    assert verb(settings, "--json") == 0
    assert {json.loads(line)["reason"] for line in capsys.readouterr().out.splitlines()} == {
        one.reason for one in LETTERS
    }


def test_an_empty_topic_is_said(kafka_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    ensure_topics(kafka_settings)
    assert verb(kafka_settings) == 0
    assert "is empty: nothing has died" in capsys.readouterr().out


def test_list_and_show(settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert verb(settings, "--list", "--json") == 0
    listed = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [one["record"] for one in listed] == ["1-1", "1-3", "1-2", "1-4.1", "1-4.2", "-1--1"]
    assert [one["bytes"] for one in listed][:2] == [10, 256]
    assert verb(settings, "--list") == 0
    assert b"The sentence of 3." in capfdbinary.readouterr().out
    assert verb(settings, "--show", "2") == 0
    shown = capfdbinary.readouterr().out.decode()
    assert "DEAD in parse: binary" in shown
    assert "00000040  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO" in shown
    assert verb(settings, "--show", "1-2", "--json") == 0
    assert json.loads(capfdbinary.readouterr().out)["body"] == '{"title'
    assert verb(settings, "--show", "1", "--reason", "binary") == 0
    assert b"DEAD in parse: binary" in capfdbinary.readouterr().out
    assert verb(settings, "--show", "7") == 2
    assert verb(settings, "--show", "5-5") == 2


def test_replay_sends_the_original_bytes_and_headers_once(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verb(settings, "--replay", "--reason", "bad-json") == 0
    assert "2 records sent" in capsys.readouterr().out
    first, second = read_all(settings, RAW)
    raw = read_raw(
        first.headers, body=first.value, partition=first.partition, offset=first.offset, timestamp_ms=first.timestamp
    )
    assert raw == replace(LETTERS[0].raw, record=RecordId(0, 0))
    assert dict(first.headers)[REPLAY_OF] == b"1-1"
    assert second.value == b'{"title'

    assert verb(settings, "--replay", "--stage", "tag") == 0
    said = capsys.readouterr().out
    assert "1 record sent" in said
    assert "1 more was of a story in the same record" in said
    assert verb(settings, "--replay", "--stage", "dedup") == 0
    assert "nothing to send again" in capsys.readouterr().out
    assert len(read_all(settings, RAW)) == 3


def test_export_stays_in_its_folder(
    kafka_settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_topics(kafka_settings)
    evil = letter(9, "../../../evil", GARBAGE)
    send(kafka_settings, DEAD, [GARBAGE], headers=dead_headers(evil))
    folder = tmp_path / "a" / "b"
    assert verb(kafka_settings, "--export", str(folder)) == 0
    assert "1 dead letter in" in capsys.readouterr().out
    (entry,) = (orjson.loads(line) for line in (folder / "letters.jsonl").read_bytes().splitlines())
    assert (folder / entry["file"]).read_bytes() == GARBAGE
    assert (folder / entry["file"]).resolve().is_relative_to(folder)
    assert entry["reason"] == "../../../evil"
    assert "body_base64" not in entry
    (tmp_path / "file").write_text("")
    assert verb(kafka_settings, "--export", str(tmp_path / "file")) == 1


def test_one_thing_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dead", "--list", "--replay"]) == 2
    assert "give one of them" in capsys.readouterr().err
