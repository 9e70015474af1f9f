"""Mentions to entities: aliases, acronyms, and which place is meant."""

from __future__ import annotations

from pipeline.model import Story
from tests.unit.tagged import named, story, tags, words


def test_a_surname_takes_the_full_name() -> None:
    s = story("Joe Biden spoke in Delaware.", "Biden left. Reporters asked Biden about Iran.")
    biden = [t for t in tags(s) if t["type"] == "person"]
    assert {t["name"] for t in biden} == {"Joe Biden"}
    assert [words(s, t) for t in biden] == ["Joe Biden", "Biden", "Biden"]
    assert {t["count"] for t in biden} == {3}


def test_an_acronym_in_brackets_takes_the_name_before_it() -> None:
    s = story("The National Union of Miners (NUM) called a strike.", "NUM said talks had failed.")
    assert named(s, "organisation") == {"National Union of Miners"}


def test_a_well_known_acronym_has_its_name() -> None:
    assert "International Monetary Fund" in named(story("The IMF said Greece must cut spending."), "organisation")


def test_a_town_is_looked_for_in_the_countries_that_the_story_names() -> None:
    lebanon = tags(story("Lebanon sent troops to Tripoli after clashes in Beirut."))
    assert {t["country"] for t in lebanon if t["name"] == "Tripoli" and t["type"] == "place"} == {"LB"}
    libya = tags(story("Libya sent troops to Tripoli after clashes in Benghazi."))
    assert {t["country"] for t in libya if t["name"] == "Tripoli" and t["type"] == "place"} == {"LY"}


def test_a_state_behind_a_town_says_which() -> None:
    found = [t for t in tags(story("A court in Portland, Maine, heard the case.")) if t["name"] == "Portland"]
    assert {(t.get("region"), t.get("country")) for t in found if t["type"] == "place"} == {("Maine", "US")}


def test_two_names_joined_by_a_hyphen_are_two() -> None:
    s = story("The start of the Israel-Hamas war changed everything.")
    assert {(t["type"], words(s, t)) for t in tags(s) if t["type"] != "keyword"} >= {
        ("place", "Israel"), ("organisation", "Hamas"),
    }  # fmt: skip
    assert not named(story("Iran-backed fighters left."), "place")


def test_what_a_story_returns_to_is_salient() -> None:
    s = story(
        "Kenya's president said Kenya would help.", "He spoke in Nairobi, Kenya.", "A guest came from Norway.",
        headline="Kenya to send police",
    )  # fmt: skip
    salience = {t["name"]: t["salience"] for t in tags(s) if t["type"] == "place"}
    assert salience["Kenya"] > 0.5 > salience["Norway"]


def test_the_dateline_says_which_georgia() -> None:
    text = "Officials in Georgia said on Monday that the county court had ruled on the lottery contract."
    assert facts(story(text, dateline="ATLANTA, March 3", place="ATLANTA"), "Georgia") == ("US", "Georgia")
    assert facts(story(text, dateline="TBILISI, March 3", place="TBILISI"), "Georgia")[0] == "GE"


def facts(s: Story, name: str) -> tuple[str, str]:
    tag = next(t for t in tags(s) if t["type"] == "place" and t["name"] == name)
    return tag.get("country", ""), tag.get("region", "")
