"""Stories that are not in English: places in any language, and what needs no grammar."""

from __future__ import annotations

import pytest

from pipeline.model import Story
from tests.unit.tagged import named, story, tags, words


@pytest.mark.parametrize(
    ("language", "text", "places"),
    [
        ("de", "Scholz traf in München Gäste aus der Türkei und Russland.", ["Munich", "Turkey", "Russia"]),
        ("fr", "Il se rendra à Londres puis à Pékin; la Suisse proteste.", ["London", "Beijing", "Switzerland"]),
        ("es", "El presidente de México viajó a Nueva York y a Pekín.", ["Mexico", "New York City", "Beijing"]),
        ("ru", "Он прилетел в Пекин из Москвы. В Киеве отреагировали.", ["Beijing", "Moscow", "Kyiv"]),
        ("ar", "وصل إلى القاهرة قادما من بيروت، وبحث الوضع في إسرائيل والعراق.", ["Cairo", "Beirut", "Israel", "Iraq"]),
        ("zh", "外交部发言人在北京表示，美国和俄罗斯应当会谈。", ["Beijing", "United States", "Russia"]),
        ("ja", "日本の首相は東京でロシアについて協議した。", ["Japan", "Tokyo", "Russia"]),
        ("pl", "Premier spotkał się w Warszawie. W Moskwie trwają rozmowy.", ["Warsaw", "Moscow"]),
        ("he", "ראש הממשלה נפגש בירושלים עם נשיא צרפת.", ["Jerusalem", "France"]),
    ],
)
def test_places_are_found_under_their_own_names(language: str, text: str, places: list[str]) -> None:
    s = story(text, language=language)
    assert set(places) <= named(s, "place")
    for tag in tags(s):
        assert words(s, tag)
    assert all(t.get("country") for t in tags(s) if t["type"] == "place")


def test_known_given_names_and_listed_organisations_are_found_in_latin_script() -> None:
    s = story("Bundeskanzler Olaf Scholz sprach mit der NATO und mit Emmanuel Macron.", language="de")
    assert named(s, "person") == {"Olaf Scholz", "Emmanuel Macron"}
    assert named(s, "organisation") == {"North Atlantic Treaty Organization"}


def test_german_nouns_are_no_names() -> None:
    s = story("Die Regierung und der Minister wollen das Gesetz vor der Wahl ändern.", language="de")
    assert not [t for t in tags(s) if t["type"] != "keyword"]


def test_a_language_guessed_from_little_is_not_believed() -> None:
    table = Story(
        id="1", source="", format="", paragraphs=["Karol Kucera (Slovakia) beat Hicham Arazi (Morocco) 7-6 6-4"],
        language="war", language_confidence=0.97,
    )  # fmt: skip
    assert {"Karol Kucera", "Hicham Arazi"} <= named(table, "person")
    long = "Die Regierung in Berlin hat am Montag ihren Entwurf für den Haushalt vorgelegt. " * 3
    german = Story(id="1", source="", format="", paragraphs=[long], language="de", language_confidence=0.97)
    assert {t["type"] for t in tags(german)} <= {"place", "keyword"}
