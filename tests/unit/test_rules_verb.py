"""`wire rules`: checking a vocabulary, and what a changed one would do to recorded stories."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from pipeline.cli.main import run

ROOT = Path(__file__).resolve().parents[2]

OLD = '[[tag]]\nname = "Talks"\nid = "desk:talks"\nterms = ["ceasefire*"]\n'
NEW = """[[tag]]
name = "Talks"
id = "desk:talks"
terms = ["Geneva"]

[[topic]]
qcode = "desk:rain"
name = "Rain"
terms = ["rain*"]

[[media_topic]]
qcode = "medtop:15000000"
forbid = true
"""


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    rows = [
        {"id": "a", "title": "Talks open in Geneva", "text": "Envoys of both sides met in Geneva on Monday."},
        {"id": "b", "title": "Ceasefire holds", "text": "The ceasefire held for a second day, monitors said."},
        {"id": "c", "title": "Striker scores twice as Rovers win the cup final", "text": "The match was won in extra "
         "time; the coach praised his goalkeeper and defenders."},
        {"id": "d", "title": "Heavy rain", "text": "Rain is expected in the north."},
        {"id": "e", "title": "Nothing", "text": "Nothing of the kind happened here."},
    ]  # fmt: skip
    path = tmp_path / "stories.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)) + b"\n{broken\n")
    return path


def test_what_would_change(tmp_path: Path, recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, out = tmp_path / "old.toml", tmp_path / "new.toml", tmp_path / "out.json"
    old.write_text(OLD, encoding="utf-8")
    new.write_text(NEW, encoding="utf-8")
    assert run(["rules", "diff", str(old), str(new), str(recorded), "--json", str(out)]) == 0
    report = orjson.loads(out.read_bytes())
    assert (report["stories"], report["touched"], report["unreadable"]) == (5, 4, 1)
    found = {(c["what"], c["change"], c["code"]): [s["id"] for s in c["samples"]] for c in report["changes"]}
    assert found["tag", "gained", "desk:talks"] == ["a"]
    assert found["tag", "lost", "desk:talks"] == ["b"]
    assert found["topic", "gained", "desk:rain"] == ["d"]
    assert found["topic", "lost", "medtop:15000000"] == ["c"]
    shown = capsys.readouterr().out
    assert "4 of 5 stories change" in shown
    assert "Talks open in Geneva" in shown
    assert run(["rules", "diff", str(new), str(new), str(recorded)]) == 0
    assert "0 of 5 stories change" in capsys.readouterr().out


def test_check_says_what_is_sound_and_what_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(NEW, encoding="utf-8")
    bad.write_text("[[tag]]\n", encoding="utf-8")
    assert run(["rules", "check", str(good)]) == 0
    assert "sound (vocabulary-" in capsys.readouterr().out
    assert run(["rules", "check", str(good), str(bad)]) == 2
    assert f"{bad}:1: A tag needs a `name`." in capsys.readouterr().err


def test_wrong_usage(tmp_path: Path, recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "diff", "none", "none"]) == 2
    assert run(["rules", "diff", "none", "none", str(recorded), "--from-topic", "stories"]) == 2
    assert run(["rules", "diff", "none", str(tmp_path / "absent.toml"), str(recorded)]) == 1
    assert run(["rules", "diff", "none", "none", "--from-topic", "verdicts"]) == 2
    assert "choose stories" in capsys.readouterr().err


def test_the_example_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check", str(ROOT / "docs" / "vocabulary.toml")]) == 0


def test_what_the_pipeline_wrote_is_taken_as_it_stands(
    tmp_path: Path, recorded: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(["process", str(recorded)]) == 0
    (tmp_path / "out.jsonl").write_bytes(capfdbinary.readouterr().out)
    (tmp_path / "new.toml").write_text(NEW, encoding="utf-8")
    found = []
    for path in (recorded, tmp_path / "out.jsonl"):
        out = tmp_path / "diff.json"
        assert run(["rules", "diff", "none", str(tmp_path / "new.toml"), str(path), "--json", str(out)]) == 0
        found.append(orjson.loads(out.read_bytes()))
    assert found[0] == found[1]
