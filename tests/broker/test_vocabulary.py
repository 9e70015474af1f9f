"""A desk's vocabulary in the stream: it tags, it changes while workers run, and `wire rules diff` reads the topic."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.broker.reading import find_topic, read
from pipeline.cli.main import run
from pipeline.product import flat
from pipeline.settings import Settings
from tests.stream_support import follow, ledger_of, produce, workers

pytestmark = pytest.mark.kafka

ONE = '[[tag]]\nname = "One"\nterms = ["harbour"]\n\n[[topic]]\nqcode = "desk:sea"\nname = "Sea"\nterms = ["harbour"]\n'
TWO = '[[tag]]\nname = "Two"\nterms = ["harbour"]\n'
SUBJECTS = ("bridge closed for repairs", "orchestra names a conductor", "council votes on parking", "bakery wins prize")


def raw(number: int) -> tuple[str, bytes]:
    text = f"The harbour stayed open on the day of report {number}: {SUBJECTS[number % len(SUBJECTS)]} in town."
    return f"h{number}", orjson.dumps({"id": f"h{number}", "title": SUBJECTS[number % len(SUBJECTS)], "text": text})


def stories(settings: Settings) -> dict[str, dict[str, Any]]:
    name, _ = find_topic(settings, "stories")
    return {d["id"]: d for d in (flat(orjson.loads(record.value)) for record in read(settings, name))}


def custom(document: dict[str, Any]) -> set[str]:
    return {tag["name"] for tag in document["tags"] if tag["type"] == "custom"}


def test_the_stream_follows_the_file(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(ONE, encoding="utf-8")
    settings = settings.model_copy(update={"vocabulary_file": file})
    with workers(settings, tmp_path) as (worker,), ledger_of(settings) as reader:
        produce(settings, [raw(0)])
        follow(reader, 1)
        file.write_text("[[tag]]\n", encoding="utf-8")
        deadline = time.monotonic() + 30
        sent = 1
        sound: set[float] = {1.0}
        while sound != {0.0} and time.monotonic() < deadline:
            produce(settings, [raw(sent)])
            sent += 1
            follow(reader, sent)
            sound = {value for name, _, value in worker.samples() if name == "wire_vocabulary_sound"}
        assert sound == {0.0}
        file.write_text(TWO, encoding="utf-8")
        while not any("Two" in custom(d) for d in stories(settings).values()) and time.monotonic() < deadline:
            produce(settings, [raw(sent)])
            sent += 1
            follow(reader, sent)
    found = stories(settings)
    assert custom(found["h0"]) == {"One"}
    assert found["h0"]["topics"][-1]["qcode"] == "desk:sea"
    assert found["h0"]["topics"][-1]["name"] == "Sea"
    last = found[f"h{sent - 1}"]
    assert custom(last) == {"Two"}
    assert last["trace"]["tag.model"] != found["h0"]["trace"]["tag.model"]

    (tmp_path / "one.toml").write_text(ONE, encoding="utf-8")
    options = ["--from-topic", "stories", "--broker", settings.broker]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WIRE_TOPIC_PREFIX", settings.topic_prefix)
        assert run(["rules", "diff", "none", str(tmp_path / "one.toml"), *options]) == 0
    shown = capsys.readouterr().out
    assert f"{len(found)} of {len(found)} stories change" in shown
    assert "desk:sea" in shown
