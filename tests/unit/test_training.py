"""What our own training texts may not do: come near a text that we are measured on. And `wire train` said wrongly."""

from __future__ import annotations

import pytest

from pipeline.cli.main import run
from tests.shared import shared_path
from training import overlap


def known(*rows: tuple[str, str]) -> overlap.Known:
    made = overlap.Known()
    for headline, text in rows:
        made.add(headline, text)
    return made


ROW = ("Harbour pilots walk out over night shifts", "Ships queued in the bay as pilots of the port refused to board.")


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("In the bay as pilots of the port refused, ferries waited.", True),
        ("Pilots of the harbour walk out: night shifts to blame.", True),
        ("Ships queued in the bay as pilots of the port refused to board.", True),
        ("Ships queued in the bay.", False),
        ("Bakers walk out over pay.", False),
        ("", False),
    ],
)
def test_near_is_six_words_in_a_row_or_most_of_a_headline(text: str, near: bool) -> None:
    assert bool(known(ROW).near(text)) is near


def test_common_phrases_are_not_near() -> None:
    assert known(("", "It was at the end of the year, he said.")).near("It will be at the end of the year.") == ""


@pytest.mark.shared
def test_no_own_text_comes_near_a_labelled_one() -> None:
    data = shared_path("data")
    texts = list(overlap.own_texts())
    assert len(texts) > 3000
    assert overlap.find(texts, overlap.known_of(data)) == []


def test_training_is_asked_for_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "everything"]) == 2
    assert "choose one of topics, tags, all" in capsys.readouterr().err


def test_without_its_data_training_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("WIRE_SHARED", str(tmp_path))
    assert run(["train", "topics"]) == 1
    assert "WIRE_SHARED" in capsys.readouterr().err
