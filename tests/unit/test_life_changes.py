"""What changed between two versions."""

from __future__ import annotations

from pipeline.life.changes import changes_between
from pipeline.model import Story
from tests.unit.living import DAM


def _story(*paragraphs: str, headline: str = "Dam leaks", ednote: str = "") -> Story:
    return Story("dam", "meridian", "text", headline, list(paragraphs), ednote=ednote)


def test_the_same_is_said_to_be_the_same() -> None:
    assert changes_between(_story(*DAM), _story(*DAM)) == {"summary": "same headline and text"}


def test_paragraphs_that_move_on_are_changed_not_replaced() -> None:
    changes = changes_between(_story(*DAM), _story(DAM[0].replace("340", "420"), *DAM[1:]))
    assert changes["changed"] == [{"before": DAM[0], "after": DAM[0].replace("340", "420")}]
    assert changes["numbers"] == {"gone": ["340"], "come": ["420"]}
    assert changes["summary"] == "1 paragraph changed; numbers 340 → 420"
    assert "added" not in changes and "removed" not in changes and "headline" not in changes


def test_a_new_lede_over_old_paragraphs_is_added() -> None:
    lede = "SOFIA, March 20 (Meridian) - Families went home on Friday after divers closed the crack."
    changes = changes_between(_story(*DAM), _story(lede, *DAM[1:]))
    assert changes["added"] == [lede]
    assert changes["removed"] == [DAM[0]]


def test_names_that_come_and_go_are_named() -> None:
    changes = changes_between(_story(*DAM), _story(DAM[0], DAM[1].replace("Ivana Petkova", "Ivana Petrova"), DAM[2]))
    assert changes["names"] == {"gone": ["Petkova"], "come": ["Petrova"]}


def test_the_providers_own_note_is_told_once() -> None:
    corrected = _story(*DAM, ednote="Corrects figure in paragraph 1")
    assert changes_between(_story(*DAM), corrected)["note"] == "Corrects figure in paragraph 1"
    assert "note" not in changes_between(corrected, corrected)


def test_unspaced_scripts_and_empty_texts_do_not_raise() -> None:
    assert changes_between(_story(), _story("ダムから水が漏れ、住民340人が避難した。"))["added"]
    assert changes_between(_story("ダムから水が漏れ、住民340人が避難した。"), _story())["removed"]


def test_very_long_texts_are_cut_where_aligning_would_take_too_long() -> None:
    before, after = _story(*(f"A{n} b c." for n in range(5000))), _story(*(f"D{n} e f." for n in range(5000)))
    assert len(changes_between(before, after).get("added", [])) <= 400
