"""`wire eval dedup`: what it says of labelled data, and of data that is none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import run
from tests.unit.test_dedup import QUAKE

TEXT = " ".join(QUAKE)
OTHER = "The central bank left its main rate at 4.5 percent on Tuesday, as all economists in a poll had expected."


def data(folder: Path, *rows: dict[str, Any]) -> str:
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def pair(label: str, a: str, b: str, **more: Any) -> dict[str, Any]:
    return {"a": f"a{label}", "b": f"b{label}", "label": label, "a_text": a, "b_text": b, **more}


def test_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [pair("version", TEXT, TEXT, weight=2), pair("different", TEXT, OTHER), pair("related", TEXT, OTHER)]
    out = tmp_path / "out.json"
    assert run(["eval", "dedup", data(tmp_path, *rows, pair("version", TEXT, OTHER)), "--json", str(out)]) == 0
    report = json.loads(out.read_text())["data.jsonl"]["two by two"]
    assert report["precision"] == 1.0 and report["recall"] == pytest.approx(2 / 3, abs=1e-4)
    assert report["apart_linked"] == 0 and report["apart"] == 1
    said = capsys.readouterr().out
    assert "version, taken for two" in said and OTHER[:40] in said


def test_clusters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": n, "cluster": c, "text": t} for n, (c, t) in enumerate([(1, TEXT), (1, TEXT), (2, TEXT), (3, OTHER)])
    ]
    assert run(["eval", "dedup", data(tmp_path, *rows)]) == 0
    said = capsys.readouterr().out
    assert "one thread, several of `cluster`" in said and "A strong quake" in said


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "is empty"),
        ([{"title": "x"}], "holds no labels"),
        ([pair("version", TEXT, TEXT), {"a": "x", "label": "version"}], "row 2: `b` is missing"),
        ([pair("versoin", TEXT, TEXT)], "row 1: the label is 'versoin'"),
        ([pair("version", TEXT, TEXT, weight="much")], "row 1: `weight` is not a number"),
        ([{"id": "x", "cluster": 1, "text": 5}], "row 1: `text` is not text"),
        ([{"id": "x", "cluster": 1}], "row 1 has no text"),
    ],
)
def test_what_is_no_labelled_data_gets_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[dict[str, Any]], sentence: str
) -> None:
    assert run(["eval", "dedup", data(tmp_path, *rows)]) == 2
    said = capsys.readouterr().err
    assert sentence in said and len(said.strip().splitlines()) == 1


def test_a_broken_archive_gets_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "data.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 1000)[:-9])
    assert run(["eval", "dedup", str(path)]) == 2
    assert "cut short" in capsys.readouterr().err
    path.write_bytes(b"plain")
    assert run(["eval", "dedup", str(path)]) == 2
    assert "not what its name says" in capsys.readouterr().err
