"""What our own training texts may not do: come near a text that we are measured on. And `wire train` said wrongly."""

from __future__ import annotations

import pytest

from pipeline.cli.main import run
from pipeline.mediatopics.words import ALONE
from tests.shared import shared_path
from training import overlap
from training.topics import combined, sources


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


def example(code: str, fold: int, *words: str, source: str = sources.OWN) -> sources.Example:
    return sources.Example(list(words), (f"medtop:{code}000000",), 3.0, source, fold=fold)


def test_stories_are_put_together_within_a_fold_only() -> None:
    """Else a text that is held out would be learnt from in company."""
    texts = [example(code, fold, f"{code}of{fold}") for code in ("02", "15") for fold in (0, 1) for _ in range(5)]
    made = list(combined.stories([*texts, example("15", 0, "headline", source=sources.OWN_HEADLINES)]))
    assert {story.source for story in made} == {combined.JOINED, combined.MIXED}
    for story in made:
        assert all(word == "" or word.endswith(f"of{story.fold}") for word in story.words)
    mixed = [story for story in made if story.source == combined.MIXED]
    assert {story.topics for story in mixed} == {("medtop:15000000",)}, "the desk's topic comes first"
    assert all({word[:2] for word in story.words} == {"02", "15", ""} for story in mixed)


def test_own_headlines_are_marked_as_standing_alone() -> None:
    texts = list(sources.own())
    assert {text.source for text in texts} == {sources.OWN, sources.OWN_HEADLINES}
    assert all((text.source == sources.OWN_HEADLINES) == (ALONE in text.words) for text in texts)


def test_training_is_asked_for_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "everything"]) == 2
    assert "choose one of topics, tags, all" in capsys.readouterr().err


def test_without_its_data_training_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setenv("WIRE_SHARED", str(tmp_path))
    assert run(["train", "topics"]) == 1
    assert "WIRE_SHARED" in capsys.readouterr().err
