"""What an editor would laugh at as a name, and headlines in capitals."""

from __future__ import annotations

import pytest

from tests.unit.tagged import named, story, tagger

KINDS = ("person", "organisation", "place")


@pytest.mark.parametrize(
    "text",
    [
        "The bill came to US$300 and Rs.30 a head.",
        "There was rain on Tuesday. Everyone waited until April.",
        "Net profit was 145 Francs a share, up from 120 Francs.",
        "Envoys met on Monday. Cholera has spread since mid-April. Jars of it were sold.",
        "Two West Germans and a Frenchman were among the passengers.",
    ],
)
def test_these_are_no_names(text: str) -> None:
    found = story(text)
    assert {kind: named(found, kind) for kind in KINDS} == {kind: set() for kind in KINDS}


def test_a_month_can_be_a_surname() -> None:
    found = story("Prime Minister Theresa May spoke to reporters in London. May said that talks would go on.")
    assert named(found, "person") == {"Theresa May"}


def test_names_of_a_headline_in_capitals_are_those_of_the_text() -> None:
    found = story(
        "U.S. Treasury Secretary James Baker said on Monday that debt forgiveness might hurt Brazil. "
        "Baker spoke at a meeting of bankers.",
        headline="BAKER WARNS BRAZIL AGAINST DEBT FORGIVENESS",
    )
    assert named(found, "person") == {"James Baker"}
    assert named(found, "place") == {"Brazil"}


def test_a_company_keeps_its_kind_without_its_ending() -> None:
    found = story(
        "Cominco Ltd said it had sold its mine. Cominco said the sale would bring in 20 million dollars.",
        headline="COMINCO SELLS MINE",
    )
    assert named(found, "person") == set()
    assert named(found, "organisation") == {"Cominco Ltd"}


def test_units_are_no_keywords() -> None:
    text = "Profit rose to 20 mln dlrs from 10 mln dlrs; sales were 90 mln dlrs against 80 mln dlrs at the brewery. "
    tags = tagger().tags([story(text, headline="BREWERY PROFIT 20 MLN DLRS")])[0]
    assert not [t["name"] for t in tags if t["type"] == "keyword" and "dlrs" in t["name"].lower()]


def test_titles_are_no_part_of_a_name_except_by_custom() -> None:
    found = story(
        "Sen Lindsey Graham met President Alberto Fernández and Pope Francis in Rome. Mr Graham said the visit had "
        "gone well, and President Fernández agreed."
    )
    assert named(found, "person") == {"Lindsey Graham", "Alberto Fernández", "Pope Francis"}


def test_a_headline_in_capitals_leaves_out_inc() -> None:
    found = story(
        "Summit Energy Inc said it has extended its offer to exchange six common shares.",
        headline="SUMMIT ENERGY EXTENDS EXCHANGE OFFER",
    )
    assert named(found, "organisation") == {"Summit Energy Inc"}


def test_an_unlisted_name_that_says_something_stays() -> None:
    found = story("Bereza said on Monday that talks would go on. Hikers were found alive.")
    assert named(found, "person") == {"Bereza"}
