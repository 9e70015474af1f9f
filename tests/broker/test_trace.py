"""`wire trace` over one small life on the real Kafka."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import run
from pipeline.headers import DeadLetter, dead_headers
from pipeline.model import RawStory, RecordId
from pipeline.settings import Settings
from pipeline.topics import DEAD
from tests.kafka_support import send, with_settings
from tests.small_life import line, live
from tests.stream_support import produce

FOREIGN = DeadLetter(RawStory(b"junk", RecordId(-1, -1), 1.0), "dedup", "foreign-record", "No batch.", 1.0)

pytestmark = pytest.mark.kafka


def verb(settings: Settings, name: str, *options: str) -> int:
    return run([name, *options, "--broker", settings.broker, "--prefix", settings.topic_prefix])


def traced(settings: Settings, capfdbinary: pytest.CaptureFixture[bytes], id: str) -> dict[str, Any]:
    capfdbinary.readouterr()
    assert verb(settings, "trace", id, "--json") == 0
    found: dict[str, Any] = json.loads(capfdbinary.readouterr().out)
    return found


def topics(settings: Settings, walk: dict[str, Any]) -> list[str]:
    return [step["topic"].removeprefix(settings.topic_prefix) for step in walk["steps"]]


@pytest.mark.parametrize("direct", [False, True], ids=["every hop on Kafka", "straight"])
def test_every_end_is_traced(
    kafka_settings: Settings, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], direct: bool
) -> None:
    settings = with_settings(kafka_settings, partitions=2, direct=direct)
    names = live(settings, tmp_path)
    walk = traced(settings, capfdbinary, "dam-2")
    assert (walk["record"], walk["outcome"], walk["verdict"]["cluster"]) == (names["dam-2"], "update", "dam")
    every = ["raw", "parsed", "verdicts", "unique", "tagged", "classified", "stories", "flash"]
    between = {"parsed", "unique", "tagged", "classified"} if direct else set()
    assert topics(settings, walk) == [topic for topic in every if topic not in between]
    assert [stage["stage"] for stage in walk["stages"]] == ["parse", "dedup", "tag", "classify", "deliver"]
    assert all(-1 < stage["after"] < 60 for stage in walk["stages"])
    assert [version["id"] for version in walk["chain"]["versions"]] == ["dam", "dam-2", "late"]
    assert walk["chain"]["killed"] == names["kill"]
    assert walk["receipt"]["record"] == names["kill"]
    for name, outcome, last in (
        ("copy", "duplicate", "duplicates"), ("kill", "kill", "stories"), ("broken", "dead", "dead"),
        ("picture", "skipped", "skipped"), ("held", "held", "held"), ("dam", "new", "stories"),
    ):  # fmt: skip
        walk = traced(settings, capfdbinary, names[name])
        assert (walk["record"], walk["outcome"]) == (names[name], outcome)
        assert last in topics(settings, walk)
    assert ("orders" in topics(settings, traced(settings, capfdbinary, names["kill"]))) is not direct
    assert traced(settings, capfdbinary, "copy")["record"] == names["copy"]
    assert traced(settings, capfdbinary, "broken")["document"]["reason"] == "bad-json"
    assert traced(settings, capfdbinary, "urn:pic")["record"] == names["picture"]
    both = traced(settings, capfdbinary, "dam")  # the kill came under the same id, and later
    assert (both["record"], both["others"]) == (names["kill"], [names["dam"]])

    assert verb(settings, "trace", names["dam-2"]) == 0
    said = capfdbinary.readouterr().out.decode()
    assert "UPDATE 1-Dam leaks above Bulgarian town" in said
    assert " by the rule " in said
    assert "ended: delivered" in said
    assert f"killed by raw {names['kill']}" in said
    assert "← this one" in said
    assert verb(settings, "trace", "broken") == 0
    assert "ended: dead in parse: bad-json." in capfdbinary.readouterr().out.decode()
    assert verb(settings, "trace", "held") == 0
    assert "ended: held until unreadable: noon some day" in capfdbinary.readouterr().out.decode()
    assert verb(settings, "trace", "nobody") == 1
    assert b"no topic knows 'nobody'" in capfdbinary.readouterr().err


def test_a_story_that_nobody_takes_on(settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (record,) = produce(settings, [line("late", "Nobody works", "Nobody works on this.")])
    walk = traced(settings, capfdbinary, "late")
    assert (walk["record"], walk["outcome"], topics(settings, walk)) == (record, "", ["raw"])
    assert verb(settings, "trace", "late") == 0
    said = capfdbinary.readouterr().out.decode()
    assert f"it has got to {settings.topic_prefix}raw, and waits for parse." in said
    (unnamed,) = produce(settings, [("", b'{"id": "in-the-body", "title": "Nobody works"}')])
    assert traced(settings, capfdbinary, "in-the-body")["record"] == unnamed
    assert verb(settings, "trace", "Nobody") == 1  # words of a text are no id
    send(settings, DEAD, [b"junk"], headers=dead_headers(FOREIGN))
    assert verb(settings, "trace", "junk") == 1


def test_without_topics(kafka_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert verb(kafka_settings, "trace", "x") == 1
    assert "`wire topics` creates it" in capsys.readouterr().err
