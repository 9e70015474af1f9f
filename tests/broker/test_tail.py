"""`wire tail`: what a person sees of each kind of topic, and the JSON lines beside it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from rich.console import Console

from pipeline.broker.admin import ensure_topics
from pipeline.cli.main import run
from pipeline.cli.records import as_json, first_bytes, plain, render
from pipeline.headers import DeadLetter, dead_headers, raw_headers
from pipeline.model import Card, RawStory, RecordId, Verdict
from pipeline.packet import Packet, encode_batch
from pipeline.settings import Settings
from pipeline.topics import CHAINS, DEAD, DUPLICATES, RAW, RECEIPTS, SKIPPED, STORIES, UNIQUE, TopicSpec
from tests.kafka_support import send
from tests.unit.living import DAM, Living

STORY: dict[str, Any] = {
    "id": "a-2", "status": "update", "of": "a-1", "cluster": "a-1", "position": 2, "similarity": 0.71,
    "containment": 0.99, "rule": "expanded", "evidence": {"numbers": [3, 3, 4]}, "source": "agency", "language": "en",
    "received": 1_700_000_000.0, "headline": "Dockers end strike", "text": "ANTWERP - Dockers ended it.\n\nIt is over.",
    "topics": [{"qcode": "medtop:09000000", "name": "labour", "confidence": 0.913}],
    "tags": [
        {"type": "place", "name": "Antwerp", "field": "text", "start": 0, "end": 7, "country": "BE", "salience": 0.4},
        {"type": "place", "name": "Antwerp", "field": "text", "start": 9, "end": 12, "country": "BE"},
        {"type": "person", "name": "Jan Peeters", "field": "text", "start": 20, "end": 31, "salience": 0.2},
    ],
}  # fmt: skip


def lived() -> Living:
    """A story that was updated and then killed."""
    living = Living()
    living.feed(id="dam", title="Dam leaks", text=DAM, version="1")
    living.feed(id="dam", title="Dam holds", text=[*DAM, "Pumps came."], version="2")
    living.feed(id="dam", title="KILL: Dam holds", text="Please kill.", version="3")
    return living


def test_a_storys_life_is_told() -> None:
    living = lived()
    assert "new headline; 1 paragraph added" in seen(STORIES, record(living.history[1].writes[0].value))
    assert "reached stories" in seen(STORIES, record(orjson.dumps(living.outputs["stories"]["dam"])))
    chain = seen(CHAINS, record(living.book.chain("dam").to_json(), key=b"dam"))
    assert "CHAIN  dam" in chain
    assert "2. update, delivered, version 2 Dam holds (raw 0-1)" in chain
    assert "carried by stories; killed by the record 0-2" in chain
    receipt = seen(RECEIPTS, record(orjson.dumps(living.history[2].receipt)))
    assert "KILL" in receipt and "reached stories" in receipt


def record(value: bytes | None, headers: Any = (), key: bytes | None = None) -> Any:
    """As kafka-python gives it."""
    return SimpleNamespace(
        topic="wire.x", partition=3, offset=7, timestamp=1_700_000_000_000, key=key, value=value, headers=headers
    )


def seen(spec: TopicSpec | None, one: Any) -> str:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    for item in render(spec, one):
        console.print(item)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_story() -> None:
    text = seen(STORIES, record(orjson.dumps(STORY)))
    assert "UPDATE  agency · en · a-2" in text
    assert "\n  Dockers end strike\n" in text
    assert "follows a-1 as version 2  71% alike, 99% contained, rule expanded (numbers 3/3/4)" in text
    assert "ANTWERP - Dockers ended it. It is over." in text
    assert "topics  labour 0.91" in text
    assert "tags    Jan Peeters · Antwerp (BE)\n" in text


def test_a_story_in_ninjs_reads_the_same() -> None:
    wire = {name: value for name, value in STORY.items() if name not in ("text", "language")}
    ninjs = {"uri": "urn:x-wire:a-2", "language": "en", "bodies": [{"value": STORY["text"]}], "wire": wire}
    assert seen(STORIES, record(orjson.dumps(ninjs))) == seen(STORIES, record(orjson.dumps(STORY)))
    assert list(as_json(STORIES, record(orjson.dumps(ninjs)))) == [orjson.dumps(ninjs)]


def test_a_duplicate_and_a_skipped_item() -> None:
    assert "repeats a-1  71% alike" in seen(DUPLICATES, record(orjson.dumps({**STORY, "status": "duplicate"})))
    skipped = {"status": "skipped", "id": "p", "reason": "picture", "detail": "A picture with a caption."}
    assert "picture: A picture with a caption." in seen(SKIPPED, record(orjson.dumps(skipped)))


def test_a_dead_letter_and_a_raw_record() -> None:
    raw = RawStory(b'{"title": ', RecordId(1, 9), 1_700_000_000.0, source="afp", format="json", feed_id="x-1")
    letter = DeadLetter(raw, "parse", "bad-json", "The line is not JSON.", 1_700_000_000.0)
    text = seen(DEAD, record(raw.body, dead_headers(letter)))
    assert "DEAD in parse: bad-json  afp · json · x-1 · raw 1-9" in text
    assert "The line is not JSON." in text
    assert '10 bytes: {"title":' in text
    (line,) = as_json(DEAD, record(raw.body, dead_headers(letter)))
    document = orjson.loads(line)
    assert (document["reason"], document["record"], document["body"]) == ("bad-json", "1-9", '{"title": ')
    text = seen(RAW, record(b"Hello\nworld", raw_headers(received=1.0, source="afp")))
    assert "RAW  afp · raw 3-7" in text
    assert "11 bytes: Hello world" in text


def test_a_batch_gives_one_item_a_story() -> None:
    packets = []
    for n in range(3):
        packet = Packet()
        packet.card = Card(
            id=f"s-{n}", source="afp", record=f"0-{n}", received=1.0, event_time=1.0, headline=f"Story {n}"
        )
        packet.verdict = Verdict("new", f"s-{n}", cluster=f"s-{n}")
        packets.append(packet)
    batch = record(encode_batch(packets))
    assert [f"Story {n}" in item for n, item in enumerate(map(str, as_json(UNIQUE, batch)))] == [True] * 3
    assert "NEW  afp · s-2" in seen(UNIQUE, batch)


@pytest.mark.parametrize("spec", [STORIES, UNIQUE, DEAD, RAW, SKIPPED, None])
@pytest.mark.parametrize("value", [b"", b"\x00\xff\x1b[2J", b"[1, 2]", b'{"status": 3, "tags": null}', None])
def test_foreign_records_are_shown_not_stumbled_over(spec: TopicSpec | None, value: bytes | None) -> None:
    text = seen(spec, record(value, key=b"\xffkey"))
    assert text
    assert "\x1b" not in text
    for line in as_json(spec, record(value)):
        orjson.loads(line)


def test_feeds_cannot_drive_the_terminal() -> None:
    evil = {**STORY, "headline": "a\x1b]0;owned\x07b\u202ec", "source": "x\x9bm"}
    text = seen(STORIES, record(orjson.dumps(evil)))
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(text)
    assert plain("a\x1bb\r\nc") == "a\\x1bb c"


def test_first_bytes() -> None:
    assert first_bytes(b"") == "(no bytes)"
    assert first_bytes("zürich".encode("latin-1") + b" " * 20 + b"x") == "z\ufffdrich x"
    assert first_bytes(bytes(range(200, 240)), 16) == "c8 c9 ca cb …"
    assert first_bytes("é".encode() * 100, 3) == "é …"


def verb(settings: Settings, *options: str) -> list[str]:
    return ["tail", "--broker", settings.broker, "--prefix", settings.topic_prefix, *options]


@pytest.mark.kafka
def test_latest_first_and_all(kafka_settings: Settings, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    ensure_topics(kafka_settings)
    assert run(verb(kafka_settings)) == 0
    assert b"holds nothing yet" in capfdbinary.readouterr().err
    for n in range(15):  # one by one, so that their times differ
        send(kafka_settings, STORIES, [orjson.dumps({**STORY, "id": f"n-{n}"})])
        time.sleep(0.002)

    def ids(*options: str) -> list[int]:
        assert run(verb(kafka_settings, "--json", *options)) == 0
        lines = capfdbinary.readouterr().out.splitlines()
        return [int(json.loads(line)["id"].removeprefix("n-")) for line in lines]

    assert ids() == list(range(5, 15))
    assert ids("stories", "--limit", "3") == [12, 13, 14]
    assert sorted(ids("--from-start")) == list(range(15))
    assert len(ids(f"{kafka_settings.topic_prefix}stories", "--from-start", "-n", "4")) == 4


@pytest.mark.kafka
def test_follow_shows_what_comes(kafka_settings: Settings) -> None:
    ensure_topics(kafka_settings)
    send(kafka_settings, STORIES, [orjson.dumps({**STORY, "headline": "Old story"})])
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *verb(kafka_settings, "-f", "--from-start", "-n", "2")],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    while "Old story" not in process.stdout.readline():
        assert process.poll() is None
    send(kafka_settings, STORIES, [orjson.dumps({**STORY, "headline": "Fresh story"})])
    rest, _ = process.communicate(timeout=30)
    assert "Fresh story" in rest
    assert process.returncode == 0


@pytest.mark.kafka
def test_unknown_topics(kafka_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(verb(kafka_settings, "storys")) == 2
    assert "topics are raw, parsed," in capsys.readouterr().err
    assert run(verb(kafka_settings, "stories")) == 1
    assert "`wire topics` creates" in capsys.readouterr().err


@pytest.mark.kafka
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_has_enough_is_no_failure(kafka_settings: Settings, options: list[str]) -> None:
    ensure_topics(kafka_settings)
    send(kafka_settings, STORIES, [orjson.dumps({**STORY, "text": "long " * 4000})] * 60)
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *verb(kafka_settings, "--from-start", *options)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(30) == 0
