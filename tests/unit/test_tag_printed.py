"""Dateline, agency and byline."""

from __future__ import annotations

from tests.unit.tagged import story, tags, words


def test_a_dateline_gives_place_country_and_agency() -> None:
    s = story("Talks ended.", dateline="GENEVA, March 3 (AFP)")
    found = {(t["type"], t["name"], words(s, t), t.get("country")) for t in tags(s) if t["field"] == "dateline"}
    assert found == {("dateline", "Geneva", "GENEVA", "CH"), ("agency", "Agence France-Presse", "AFP", None)}


def test_a_dateline_with_a_state_says_which_town() -> None:
    found = [
        t
        for t in tags(story("x", dateline="PORTLAND, Maine, May 2 -", place="PORTLAND, Maine"))
        if t["type"] == "dateline"
    ]
    assert [t.get("region") for t in found] == ["Maine"]
    capital = [t for t in tags(story("x", dateline="WASHINGTON (AP)")) if t["type"] == "dateline"]
    assert [(t["name"], t.get("region")) for t in capital] == [("Washington", "District of Columbia")]


def test_a_byline_gives_each_writer() -> None:
    s = story("Talks ended.", byline="By Maria Lopez, John O'Neill and Wei Zhang in Beijing")
    names = [(t["name"], words(s, t)) for t in tags(s) if t["type"] == "byline"]
    assert names == [(n, n) for n in ("Maria Lopez", "John O'Neill", "Wei Zhang")]


def test_an_office_is_no_writer() -> None:
    s = story("Talks ended.", byline="By Staff Reporter, Reuters")
    assert {t["type"] for t in tags(s) if t["field"] == "byline"} == {"agency"}
