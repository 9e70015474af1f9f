"""`wire why`: shared and differing passages, numbers and names, and the rule that decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.main import run
from pipeline.dedup.passages import names, numbers, passages
from pipeline.model import Story

FIRST = "The plant will close on 31 May with the loss of 1,200 jobs, said Maria Okafor of Northgate Steel on Monday."
SECOND = "The plant will close on 31 May with the loss of 1,250 jobs, said Maria Okafor of Northgate Steel on Tuesday."


def story(text: str) -> Story:
    return Story(id="s", source="test", format="text", headline="Plant to close", paragraphs=[text])


def test_passages_tell_what_changed() -> None:
    found = [(p.kind, p.text) for p in passages(story(FIRST), story(SECOND))]
    assert ("first", "1,200") in found and ("second", "1,250") in found
    assert found[0] == ("shared", "The plant will close on 31 May with the loss of")
    assert " ".join(text for kind, text in found if kind != "first") == SECOND


def test_numbers_and_names() -> None:
    figures = numbers(story(FIRST), story(SECOND))
    assert (figures.shared, figures.first, figures.second) == (["31"], ["1,200"], ["1,250"])
    people = names(story(FIRST), story(SECOND))
    assert {"Maria", "Okafor", "Northgate", "Steel"} <= set(people.shared)
    assert people.second == ["Tuesday"]


def test_why_of_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("a.txt", FIRST), ("b.txt", SECOND)):
        (tmp_path / name).write_text(f"Plant to close\n\n{text}\n\nThe town council meets on 3 June.\n")
    assert run(["why", str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]) == 0
    said = capsys.readouterr().out
    assert "[-1,200-]" in said and "{+1,250+}" in said
    assert "resemblance" in said and "rule" in said


def test_why_wants_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["why", str(tmp_path / "none"), "other"]) == 2
    assert "there is no file" in capsys.readouterr().err
