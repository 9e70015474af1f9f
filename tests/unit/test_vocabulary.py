"""A desk's vocabulary: what a file may say, what is found in text, and what that does to tags and topics."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Story
from pipeline.packet import Packet
from pipeline.rulefiles.lines import Flawed
from pipeline.stages.classify import Classify
from pipeline.stages.tag import Tagging
from pipeline.vocabulary.entries import Needle
from pipeline.vocabulary.finder import BadPattern, Finder, compiled, folded
from pipeline.vocabulary.reading import parse
from pipeline.vocabulary.rules import Rules, make


def story(headline: str, text: str = "", language: str = "en") -> Story:
    return Story(id="s", source="", format="text", headline=headline, paragraphs=[text] if text else [],
                 language=language, language_confidence=1.0)  # fmt: skip


def found(text: str, *needles: Needle) -> list[str]:
    return [text[one.start : one.end] for one in Finder(needles).find(text)]


def term(words: str, match_case: bool = False) -> Needle:
    return Needle(words.rstrip("*"), "stem" if words.endswith("*") else "term", 1.0, match_case)


@pytest.mark.parametrize(
    ("needle", "text", "expected"),
    [
        (term("cod"), "Cod, code and the COD.", ["Cod", "COD"]),
        (term("cod quota"), "the cod quota, a cod quotation", ["cod quota"]),
        (term("trawler*"), "Two trawlers and a Trawlerman; a beam-trawler", ["trawlers", "Trawlerman", "trawler"]),
        (term("US", match_case=True), "us and US", ["US"]),
        (term("C++"), "C++ is not C+", ["C++"]),
        (term("don't go"), "Don’t go there", ["Don’t go"]),
        (term("Müller"), "MÜLLER und Müllers Müller", ["MÜLLER", "Müller"]),
        (term("İzmir"), "in İzmir", ["İzmir"]),
        (term("東京"), "首都の東京都で", ["東京"]),
        (term("서울"), "서울에서 열린", ["서울"]),
        (term("القدس"), "في القدس اليوم", ["القدس"]),
        (term("दिल्ली"), "दिल्ली में, दिल्लीवाले", ["दिल्ली"]),
        (Needle(r"\bE-?47\b", "pattern"), "the e47, E-47 and E470", ["e47", "E-47"]),
    ],
)  # fmt: skip
def test_where_a_needle_stands(needle: Needle, text: str, expected: list[str]) -> None:
    assert found(text, needle) == expected


@given(st.text())
def test_folding_keeps_every_place(text: str) -> None:
    assert len(folded(text)) == len(text)


@given(st.text(min_size=1), st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_any_needle_in_any_text(text: str, words: list[str]) -> None:
    for one in Finder([term(w) for w in words if w.strip("* ")]).find(text):
        assert 0 <= one.start < one.end <= len(text)


def test_no_pattern_takes_time_that_grows_with_its_powers() -> None:
    pattern, text = r"(?:a+)+(?:a|aa)*$x", "a" * 20_000
    begin = time.process_time()
    assert found(text, Needle(pattern, "pattern")) == []
    assert time.process_time() - begin < 2.0


@pytest.mark.parametrize("pattern", ["(", "x*", r"(a)\1", "(?=a)b", "a" * 501, "(?:(?:x{1000}){1000})y"])
def test_patterns_that_cannot_be_used(pattern: str) -> None:
    with pytest.raises(BadPattern):
        compiled(pattern, False)


def test_every_flaw_is_said_at_once_with_its_line() -> None:
    text = """[[tag]]
nam = "x"
terms = ["a*",
  3]
[[topic]]
qcode = "fish"
languages = ["English"]
patterns = ['(']
[[media_topic]]
qcode = "medtop:99999999"
boost = 100
[[media_topic]]
qcode = "medtop:20000064"
forbid = true
[[media_topic]]
qcode = "medtop:15000000"
[[topics]]
"""
    with pytest.raises(Flawed) as caught:
        parse(text, "v.toml")
    lines = [flaw.line for flaw in caught.value.flaws]
    assert lines == [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 15, 17]
    assert "did you mean `name`?" in str(caught.value)
    assert "v.toml:17: There is no `topics` here (did you mean `topic`?)" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('tag = 1', "headed [[tag]]"),
        ('[[tag]]\nname = "a"\n', "neither terms nor patterns"),
        ('[[tag]]\nname = "a"\nterms = ["x", "x"]\n', "twice"),
        ('[[tag]]\nname = "a"\nterms = ["x"]\n[[tag]]\nname = "a"\nterms = ["y"]\n', "line 1 already"),
        ('[[tag]]\nname = "a"\nterms = [{term = "x", weight = -1}]\n', "above zero"),
        ('[[tag]]\nname = "a"\nterms = ["x"]\nfields = ["body"]\n', "headline"),
        ('[[topic]]\nqcode = "medtop:15000000"\nterms = ["x"]\nbroader = []\n', "IPTC"),
        ('[[media_topic]]\nqcode = "medtop:20000549"\nboost = 1\n', "give it by rule"),
    ],
)  # fmt: skip
def test_what_a_file_may_not_say(text: str, message: str) -> None:
    with pytest.raises(Flawed, match="(?s)" + message.replace("[", r"\[")):
        parse(text, "v.toml")


RULES = """
[[tag]]
name = "Øresund Bridge"
id = "desk:oresund"
terms = ["Öresund bridge", "the bridge"]
needs = 2

[[topic]]
qcode = "desk:fisheries"
name = "Fisheries"
broader = ["medtop:04000000"]
terms = ["trawler*", { term = "cod quota", weight = 2 }, { term = "chips", weight = -3 }]
needs = 2
languages = ["en", "da"]

[[topic]]
qcode = "medtop:20000275"
terms = ["aquavit"]
"""


def test_tags_of_a_desk_have_places_id_and_salience() -> None:
    rules = make(RULES, "v.toml")
    text = "The bridge was shut. The Öresund bridge opened at noon."
    tags = rules.tags(story("Öresund Bridge shut", text), text)
    assert [(t["field"], t["start"], t["end"]) for t in tags] == [
        ("headline", 0, 14),
        ("text", 0, 10),
        ("text", 25, 39),
    ]
    assert {(t["type"], t["name"], t["id"], t["count"]) for t in tags} == {
        ("custom", "Øresund Bridge", "desk:oresund", 3)
    }
    assert 0.5 < tags[0]["salience"] <= 1.0
    assert rules.tags(story("", "The bridge was shut."), "The bridge was shut.") == []


def test_topics_of_a_desk_have_confidence_and_evidence() -> None:
    rules = make(RULES, "v.toml")

    def topics(headline: str, text: str, language: str = "en") -> list[tuple[str, float]]:
        one = story(headline, text, language)
        return [(t["qcode"], t["confidence"]) for t in rules.topics(one, text)]

    assert topics("", "The cod quota was cut.") == [("desk:fisheries", 0.5)]
    assert topics("", "A trawler sank.") == []
    (sure,) = topics("Trawlers idle", "The cod quota was cut; trawlers stay in port.")
    assert sure[1] > 0.75
    assert topics("", "The cod quota, and chips.") == []
    assert topics("", "The cod quota was cut.", "fr") == []
    assert topics("", "The cod quota was cut.", "da") == [("desk:fisheries", 0.5)]
    given = rules.topics(story("", "Aquavit prices"), "Aquavit prices")
    assert given[0]["name"] and given[0]["broader"]


@pytest.fixture(scope="module")
def stage() -> Classify:
    return Classify()


WAR = story("Rebels shell army base", "Soldiers returned fire and at least nine militants died in the clashes.")


def test_a_topic_can_be_forbidden_with_what_stands_under_it(stage: Classify) -> None:
    assert stage.topics([WAR])[0][0]["qcode"] == "medtop:16000000"
    rules = make('[[media_topic]]\nqcode = "medtop:16000000"\nforbid = true\nterms = ["militants"]\n', "v")
    codes = [t["qcode"] for t in stage.topics([WAR, story("Rebels shell army base")], rules)[0]]
    assert "medtop:16000000" not in codes and "medtop:20000056" not in codes
    assert stage.topics([WAR, WAR], Rules()) == [stage.topics([WAR])[0]] * 2


def test_a_topic_can_be_made_likelier_where_words_say_so(stage: Classify) -> None:
    rules = make('[[media_topic]]\nqcode = "medtop:12000000"\nboost = 12\nterms = ["rebels"]\n', "v")
    topics = {t["qcode"]: t for t in stage.topics([WAR], rules)[0]}
    assert topics["medtop:12000000"]["evidence"][0] == ["rule: rebels", 12.0]
    assert "medtop:12000000" not in {t["qcode"] for t in stage.topics([WAR])[0]}
    assert topics["medtop:16000000"] == {t["qcode"]: t for t in stage.topics([WAR])[0]}["medtop:16000000"]


def test_rules_hold_in_languages_that_have_a_lexicon(stage: Classify) -> None:
    german = story("Bundesliga: Bayern München gewinnt Spiel mit drei Toren", "Trainer lobt Mannschaft", "de")
    assert stage.topics([german])[0][0]["qcode"] == "medtop:15000000"
    rules = make('[[media_topic]]\nqcode = "medtop:15000000"\nforbid = true\nlanguages = ["de"]\n', "v")
    assert [t["qcode"] for t in stage.topics([german], rules)[0]] != ["medtop:15000000"]


def test_own_topics_follow_media_topics(stage: Classify) -> None:
    rules = make('[[topic]]\nqcode = "desk:war"\nname = "War"\nterms = ["rebels", "army", "fire"]\n', "v")
    codes = [t["qcode"] for t in stage.topics([WAR], rules)[0]]
    assert codes[0] == "medtop:16000000"
    assert codes[-1] == "desk:war"


def test_a_changed_file_is_in_force_and_on_the_stamp_of_every_story(tmp_path: Path) -> None:
    path = tmp_path / "v.toml"
    path.write_text('[[tag]]\nname = "One"\nterms = ["militants"]\n', encoding="utf-8")
    tagging = Tagging(path)
    packet = Packet()
    packet.story = WAR

    def custom() -> list[str]:
        tagging.run([packet])
        return [tag["name"] for tag in packet.tags if tag["type"] == "custom"]

    assert custom() == ["One"]
    first = tagging.model
    assert "+vocabulary-" in first
    path.write_text('[[tag]]\nname = "Two"\nterms = ["militants"]\n', encoding="utf-8")
    deadline = time.monotonic() + 10
    while custom() != ["Two"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert custom() == ["Two"]
    assert tagging.model != first
    path.write_text("[[tag]]\n", encoding="utf-8")
    deadline = time.monotonic() + 10
    while not tagging.rules.fault and time.monotonic() < deadline:
        custom()
        time.sleep(0.1)
    assert "needs a `name`" in tagging.rules.fault
    assert custom() == ["Two"]


def test_a_stage_does_not_start_on_flawed_rules(tmp_path: Path) -> None:
    path = tmp_path / "v.toml"
    path.write_text("[[tag]]\n", encoding="utf-8")
    with pytest.raises(Flawed, match=r"v\.toml:1"):
        Tagging(path)
