"""Names found in text: what, where, and always the same."""

from __future__ import annotations

import pytest

from pipeline.model import Story
from pipeline.packet import Packet
from pipeline.stages.tag import Tagging
from pipeline.tags.tagger import Tagger
from tests.shared import shared_path
from tests.unit.tagged import named, story, tagger, tags, words

NEWS = story(
    "PARIS (Reuters) - French President Emmanuel Macron met United Nations envoy Amina Mohammed in Paris on Tuesday.",
    "“We agreed,” Macron said. Officials from the World Health Organization (WHO) and Airbus SE were in the room, "
    "and the Iranian delegation had left for Tehran by then.",
    headline="Macron meets U.N. envoy in Paris",
)


def test_people_organisations_and_places_are_found() -> None:
    assert named(NEWS, "person") == {"Emmanuel Macron", "Amina Mohammed"}
    assert {"United Nations", "World Health Organization", "Airbus SE"} <= named(NEWS, "organisation")
    assert named(NEWS, "place") == {"Paris", "Tehran"}


def test_every_tag_stands_on_its_words() -> None:
    for tag in tags(NEWS):
        printed = words(NEWS, tag)
        assert printed and printed == printed.strip(" ,()“”")
        if tag["type"] == "person":
            assert printed in ("Macron", "Emmanuel Macron", "Amina Mohammed")


def test_places_carry_their_country() -> None:
    assert {(t["name"], t["country"]) for t in tags(NEWS) if t["type"] == "place"} == {
        ("Paris", "FR"),
        ("Tehran", "IR"),
    }
    paris = next(t for t in tags(NEWS) if t["name"] == "Paris" and t["type"] == "place")
    assert paris["id"] == "geonames:2988507" and round(paris["lat"]) == 49


def test_a_nationality_a_day_and_a_month_are_no_names() -> None:
    s = story("The Iranian minister spoke on Monday. In March, German and British troops left. May was quiet.")
    assert not [t for t in tags(s) if t["type"] in ("person", "organisation", "place")]


def test_a_player_is_not_the_country_of_his_name() -> None:
    s = story("Michael Jordan scored 40 points for the Chicago Bulls. Jordan was tired.")
    assert named(s, "person") == {"Michael Jordan"}
    assert "JO" not in {t.get("country") for t in tags(s)}
    assert named(story("King Abdullah of Jordan arrived in Amman."), "place") == {"Jordan", "Amman"}


def test_the_answer_does_not_depend_on_batches_or_on_what_was_read_before() -> None:
    others = [story(f"Minister Name{i} Surname{i} of Place{i} met Ban Ki-moon in New York.") for i in range(30)]
    alone = tagger().tags([NEWS])[0]
    assert tagger().tags([*others, NEWS, *others])[30] == alone
    assert Tagger().tags([NEWS])[0] == alone


def test_forgetting_the_vocabulary_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = tagger().tags([NEWS])[0]
    monkeypatch.setattr("pipeline.tags.reading.MOST", 0)
    assert tagger().tags([NEWS])[0] == before


@pytest.mark.parametrize(
    "paragraphs",
    [[], [""], [" "], ["\t\n"], ["."], ["A"], ["…"], ["(" * 50], ["A " * 3000], ["\u202eABC\ufeff"], ["I." * 500]],
)
def test_odd_text_is_survived(paragraphs: list[str]) -> None:
    s = story(*paragraphs, headline=" ".join(paragraphs))
    for tag in tags(s):
        assert words(s, tag)


def test_blanks_and_broken_lines_do_not_shift_tags() -> None:
    s = story("In  New\nYork,\u00a0 President\tJoe  Biden met   Olaf Scholz.", "He flew\n to   Berlin.")
    found = {words(s, t) for t in tags(s) if t["type"] in ("person", "place")}
    assert {"Olaf Scholz", "Berlin"} <= found


def test_tokenised_text_is_read_too() -> None:
    s = story("Israel 's prime minister , Benjamin Netanyahu , met Antony Blinken ( right ) in Tel Aviv .")
    assert named(s, "person") == {"Benjamin Netanyahu", "Antony Blinken"}
    assert {"Israel", "Tel Aviv"} <= named(s, "place")


def test_the_stage_writes_into_packets_and_names_its_model() -> None:
    packets = [Packet(), Packet()]
    for packet in packets:
        packet.story = NEWS
    stage = Tagging()
    stage.run(packets)
    assert stage.name == "tag" and stage.model.startswith("tags-")
    assert packets[0].tags == packets[1].tags == tagger().tags([NEWS])[0]


@pytest.mark.shared
def test_the_seed_article_is_tagged_with_who_and_where() -> None:
    head, _, body = next(shared_path("seed").glob("*")).read_text(encoding="utf-8").partition("\n")
    s = Story(
        id="seed", source="", format="text", headline=head, language="en",
        paragraphs=[p.strip() for p in body.split("\n\n") if p.strip()],
    )  # fmt: skip
    assert {"Joe Biden", "Abu Hussein al-Hamidawi", "Amir Saeed Iravani"} <= named(s, "person")
    assert {
        "Kataib Hezbollah", "Islamic Revolution Guard Corps", "Quds Force", "Hamas", "United Nations",
    } <= named(s, "organisation")  # fmt: skip
    countries = {t["name"]: t.get("country") for t in tags(s) if t["type"] == "place"}
    assert countries == countries | {
        "United States": "US", "Jordan": "JO", "Iraq": "IQ", "Iran": "IR", "Gaza": "PS", "Syria": "SY", "Israel": "IL",
        "United Kingdom": "GB",
    }  # fmt: skip
