"""`wire ledger`, `wire kills` and `wire held` over one small life on the real Kafka."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.broker.receipts import receipts
from pipeline.cli.main import run
from pipeline.settings import Settings
from pipeline.topics import DUPLICATES, FLASH, HELD, RECEIPTS, STORIES
from tests.kafka_support import eventually, read_all, send, with_settings
from tests.ninjs_schema import Checker
from tests.small_life import line, live
from tests.stream_support import produce, workers

pytestmark = pytest.mark.kafka


def verb(settings: Settings, name: str, *options: str) -> int:
    return run([name, *options, "--broker", settings.broker, "--prefix", settings.topic_prefix])


def told(settings: Settings, capfdbinary: pytest.CaptureFixture[bytes], name: str, *options: str) -> list[Any]:
    """The JSON lines, or the one object, that a verb gives."""
    capfdbinary.readouterr()
    assert verb(settings, name, *options, "--json") == 0
    out = capfdbinary.readouterr().out
    return [json.loads(out)] if out.startswith(b"{\n") else [json.loads(one) for one in out.splitlines()]


def test_the_verbs_tell_a_life(
    kafka_settings: Settings, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    settings = with_settings(kafka_settings, partitions=2)
    names = live(settings, tmp_path)

    checker = Checker()
    for spec in (STORIES, FLASH):
        written = [orjson.loads(record.value) for record in read_all(settings, spec)]
        assert len(written) >= 4
        assert [fault for document in written for fault in checker.faults(document)] == []

    (ledger,) = told(settings, capfdbinary, "ledger")
    assert (ledger["received"], ledger["balanced"], ledger["not_ended"], ledger["twice"]) == (9, True, [], [])
    assert sum(ledger["delivered"].values()) == 3
    assert {name: ledger[name] for name in ("duplicate", "held", "killed", "skipped", "dead")} == {
        "duplicate": 1, "held": 2, "killed": 1, "skipped": 1, "dead": 1,
    }  # fmt: skip
    assert verb(settings, "ledger", "--since", "1h") == 0
    said = capfdbinary.readouterr().out.decode()
    assert "in: 9 records since" in said
    assert "it balances" in said

    (receipt,) = told(settings, capfdbinary, "kills")
    assert (receipt["record"], receipt["of"], receipt["before_story"]) == (names["kill"], "dam-2", False)
    assert receipt["reached"] == {"stories": ["dam", "dam-2"], "flash": ["dam", "dam-2"]}
    assert 0 <= receipt["took"] < 60
    assert told(settings, capfdbinary, "kills", "dam-2") == [receipt]
    assert verb(settings, "kills") == 0
    said = capfdbinary.readouterr().out.decode()
    assert f"taken back from {settings.topic_prefix}flash: dam, dam-2" in said
    assert "s after it came in" in said
    assert verb(settings, "kills", "nobody") == 2

    timed, endless = told(settings, capfdbinary, "held")
    assert (timed["id"], timed["until"], timed["record"]) == ("timed", 4_070_908_800.0, names["timed"])
    assert (endless["id"], endless["until"], endless["why"]) == ("held", None, "unreadable: noon some day")
    assert verb(settings, "held") == 0
    said = capfdbinary.readouterr().out.decode()
    assert said.index("Speech in full") < said.index("no clock releases these") < said.index("Budget in full")
    assert verb(settings, "held", "--release", "nobody") == 2

    with workers(settings, tmp_path):
        assert verb(settings, "held", "--release", "held") == 0
        capfdbinary.readouterr()
        assert eventually(lambda: len(told(settings, capfdbinary, "held")) == 1, 30)
    (ledger,) = told(settings, capfdbinary, "ledger")
    assert (ledger["held"], ledger["delivered"]["new"], ledger["balanced"]) == (1, 2, True)


def test_what_has_not_ended_or_ended_twice_is_named(
    settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    begun = time.time()
    lost, twice = produce(settings, [line("a", "Lost", "Nobody works on this."), line("b", "Twice", "Twice.")])
    for status in ("new", "duplicate"):
        send(settings, DUPLICATES, [orjson.dumps({"id": "b", "record": twice, "status": status})])
    assert verb(settings, "ledger", "--wait", "0.5", "--json") == 1
    found = json.loads(capfdbinary.readouterr().out)
    (open_,) = found["not_ended"]
    assert (open_["record"], open_["last"]) == (lost, f"{settings.topic_prefix}raw")
    assert [(one["record"], set(one["outcomes"])) for one in found["twice"]] == [(twice, {"new", "duplicate"})]
    assert verb(settings, "ledger", "--wait", "0", "--since", "all") == 1
    said = capfdbinary.readouterr().out.decode()
    assert "IT DOES NOT BALANCE: 1 have not ended and 1 ended twice." in said
    assert f"{settings.topic_prefix}raw {lost}" in said
    assert f"{twice} is both " in said
    time.sleep(max(0.0, begun + 1.5 - time.time()))
    assert verb(settings, "ledger", "--since", "0.1s") == 0  # neither of them is so young
    assert "in: 0 records" in capfdbinary.readouterr().out.decode()


def test_nothing_yet_foreign_records_and_wrong_usage(
    settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert verb(settings, "kills") == 0
    assert b"nothing was killed" in capfdbinary.readouterr().out
    assert verb(settings, "held") == 0
    assert b"no story waits" in capfdbinary.readouterr().out
    assert verb(settings, "ledger") == 0
    for value in (b"", b"no JSON", b"[]", b'{"kill": "x"}', b'{"kill": 1, "reached": 3}'):
        send(settings, RECEIPTS, [value])
        send(settings, HELD, [value])
    assert receipts(settings) == []
    assert verb(settings, "held") == 0
    assert b"no story waits" in capfdbinary.readouterr().out
    for since in ("soon", "", "2999-01-01", "5 weeks"):
        assert verb(settings, "ledger", "--since", since) == 2
    capfdbinary.readouterr()


def test_a_kill_that_was_delivered_again_is_one_receipt(settings: Settings) -> None:
    receipt = {
        "kill": "k", "record": "0-9", "cluster": "c", "of": "a", "headline": "KILL", "source": "s", "received": 1.0,
        "at": 2.0, "reached": {"stories": ["a"]}, "held": ["0-3"], "before_story": False,
    }  # fmt: skip
    send(settings, RECEIPTS, [orjson.dumps(receipt)])
    send(settings, RECEIPTS, [orjson.dumps({**receipt, "at": 3.0, "reached": {"stories": ["a", "k"]}, "held": []})])
    (found,) = receipts(settings)
    assert (found.at, found.reached, found.held) == (2.0, {"stories": ["a", "k"]}, ["0-3"])
