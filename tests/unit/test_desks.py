"""Routing rules: what each condition takes, how they compose, every flaw with its line, and what rules cost."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import run
from pipeline.desks.reading import load, read, watched
from pipeline.desks.rules import Desks
from pipeline.errors import Unavailable, Usage
from pipeline.model import MediaTopic, Story, Tag, Verdict
from pipeline.rulefiles.lines import Flawed
from tests.shared import ROOT

STORY = Story(
    id="s", source="Meridian", format="json", headline="Dockers’ strike ends in Antwerp",
    paragraphs=["ANTWERP - Dockers ended a strike over €2.5 billion in subsidies.",
                "Österreichische Häfen: kein Streik."],
    slugline="BELGIUM-DOCKS/ (UPDATE 1)", language="en-GB", provider="MNA", urgency=2, keywords=["Ports"],
    genre="Wrap", people=[{"name": "Els Claes"}],
)  # fmt: skip
TAGS: list[Tag] = [
    {"type": "person", "name": "Jan Peeters", "field": "text", "start": 0, "end": 1},
    {"type": "organisation", "name": "ABVV", "field": "text", "start": 0, "end": 1},
    {"type": "place", "name": "Antwerp", "field": "text", "start": 0, "end": 1, "country": "BE", "region": "Flanders"},
]
TOPICS: list[MediaTopic] = [
    {"qcode": "medtop:20000530", "name": "labour strike", "confidence": 0.8,
     "broader": ["medtop:20000529", "medtop:20000524", "medtop:09000000"]},
    {"qcode": "desk:docks", "name": "docks", "confidence": 0.6},
]  # fmt: skip


def routes(rules: str, **changed: Any) -> bool:
    """Whether `[desk.d]` with these lines takes the story."""
    desks = read(f"[desk.d]\n{rules}", "desks.toml")
    story = Story(**{name: changed.get(name, getattr(STORY, name)) for name in Story.__slots__})
    found = desks.route(story, Verdict(changed.get("status", "new"), "s"), TAGS, TOPICS)
    return found == ["d"]


@pytest.mark.parametrize(
    ("rules", "taken"),
    [
        ('topic = "labour strike"', True), ('topic = "labour dispute"', True),
        ('topic = "Labour"', True), ('topic = "medtop:09000000"', True),
        ('topic = "20000530"', True), ('topic = ["sport", "labour"]', True), ('topic = "sport"', False),
        ('topic = "desk:docks"', True), ('topic = "desk:ships"', False), ('topic = "medtop:1"', "flaw"),
        ('topic = "labour"\nconfidence = 0.8', True), ('topic = "labour"\nconfidence = 0.81', False),
        ('place = "BE"', True), ('place = "Belgium"', True), ('place = "antwerp"', True), ('place = "Flanders"', True),
        ('place = "Netherlands"', False), ('place = "DE"', False),
        ('person = "jan peeters"', True), ('person = "Els Claes"', True), ('person = "ABVV"', False),
        ('organisation = "ABVV"', True), ('entity = ["Nobody", "ABVV"]', True), ('entity = "Antwerp"', False),
        ('language = "en"', True), ('language = "en-GB"', True), ('language = ["de", "e"]', "flaw"),
        ('language = ["de", "fr"]', False), ('source = "meridian"', True), ('provider = "mna"', True),
        ('source = "mna"', False), ('genre = "wrap"', True), ('keyword = "ports"', True), ('keyword = "port"', False),
        ("urgency = 2", True), ('urgency = "1-3"', True), ('urgency = [1, "4-9"]', False),
        ('status = "new"', True), ('status = ["update", "correction"]', False),
        ('text = "dockers"', True), ('text = "docker"', False), ('text = "docker*"', True),
        ('text = "over €2.5 billion"', True), ('text = "österreichische häfen"', True), ('text = "strik"', False),
        ('headline = "strike ends"', True), ('headline = "subsidies"', False), ('text = "subsidies"', True),
        ('slugline = "belgium"', True), ('slugline = "docks"', True), ('slugline = "dock"', False),
        ("pattern = '€\\d+\\.\\d billion'", True), ("pattern = '(?i)HÄFEN'", True), ("pattern = 'HÄFEN'", False),
        ("every = true", True),
        ('topic = "labour"\nlanguage = "de"', False), ('topic = "labour"\nlanguage = "en"', True),
        ('any = [{topic = "sport"}, {language = "en"}]', True), ('any = [{topic = "sport"}, {place = "DE"}]', False),
        ('all = [{topic = "labour"}, {text = "strike"}]', True), ('all = [{topic = "labour"}, {text = "x"}]', False),
        ('topic = "labour"\nnot = {place = "BE"}', False), ('topic = "labour"\nnot = {place = "DE"}', True),
        ('not = [{topic = "sport"}, {topic = "labour"}]', False), ('not = {topic = "labour", place = "DE"}', True),
        ('any = [{topic = "sport"}, {not = {language = "de"}, place = "BE"}]', True),
    ],
)  # fmt: skip
def test_conditions(rules: str, taken: bool | str) -> None:
    if taken == "flaw":
        with pytest.raises(Flawed):
            routes(rules)
    else:
        assert routes(rules) is taken


def test_a_story_that_says_little_fits_little() -> None:
    assert not routes("urgency = [1, 2, 3, 4, 5, 6, 7, 8, 9]", urgency=0)
    assert not routes('language = "en"', language="")
    assert not routes('text = "a"', headline="", paragraphs=[])
    assert routes('text = "北海道"', headline="今日北海道大雪")
    assert not routes('source = "meridian"', source="")


def test_desks_come_in_the_order_of_the_file_with_reasons() -> None:
    desks = read(
        '[desk.b]\ntopic = "labour"\nnot = { topic = "sport" }\n[desk.a]\nplace = "BE"\n[desk.c]\nurgency = 5', "x"
    )
    verdict = Verdict("new", "s")
    assert desks.route(STORY, verdict, TAGS, TOPICS) == ["b", "a"]
    assert desks.explain(STORY, verdict, TAGS, TOPICS) == {
        "b": "topic labour (0.80); not topic sport", "a": "place Antwerp (BE)",
    }  # fmt: skip


FLAWED = """x = 1
[desk.Sport]
topic = ["sprot", "medtop:20000229",
    "medtop:99999999"]
[desk.a]
title = "Empty"
[desk.b]
langage = "en"
urgency = [0, "3-1", "2-4"]
any = []
[desk.c]
any = [
    { topic = "sport" },
    { pattern = "(?<=a)b" },
    { status = "kill", place = 3 },
    { pattern = "a*" },
]
not = { text = "*a", every = 1 }
confidence = 0.5
[desk.d]
every = true
confidence = "high"
"""


def test_every_flaw_has_its_line_and_one_sentence() -> None:
    with pytest.raises(Flawed) as refused:
        read(FLAWED, "desks.toml")
    found = [(flaw.line, flaw.message) for flaw in refused.value.flaws]
    for line, words in (
        (1, "'x' is none of ours"), (2, "'Sport' ends a topic's name"), (3, "'sprot' (did you mean 'sport'?)"),
        (3, "was retired on 2023-03-31; use medtop:20000225"), (4, "no Media Topic medtop:99999999"),
        (5, "no condition here"), (8, "(did you mean 'language'?)"), (9, "this is 0"), (9, "this is '3-1'"),
        (10, "any takes a list"), (14, "no look-around"), (15, "'kill' does not go to desks"), (15, "this is 3"),
        (16, "fits the empty text"), (18, "a star stands at the end"), (18, "every is true"),
        (19, "there is no topic beside it"), (22, "a number from 0 to 1"),
    ):  # fmt: skip
        assert [message for at, message in found if at == line and words in message], (line, words)
    assert len(found) == 18
    assert str(refused.value).splitlines()[0].startswith("desks.toml:1: ")
    with pytest.raises(Flawed, match=r"d.toml:2: This is not TOML"):
        read("[desk.a]\n= 3", "d.toml")
    with pytest.raises(Unavailable):
        load(Path("/nowhere/desks.toml"))
    deep = 'topic = "sport"'
    for _ in range(8):
        deep = f"any = [{{{deep}}}]"
    with pytest.raises(Flawed, match="nested"):
        read(f"[desk.a]\n{deep}", "x")


def test_no_pattern_can_hold_the_stream_up() -> None:
    desks = read("[desk.a]\npattern = '(a+)+(a|aa)+(a*)*$b'\n[desk.b]\npattern = '(x?){20}x{20}y'", "x")
    story = Story("s", "s", "text", headline="a" * 500, paragraphs=["a" * 200_000, "x" * 50_000])
    started = time.process_time()
    assert desks.route(story, Verdict("new", "s"), [], []) == []
    assert time.process_time() - started < 2


def test_a_changed_file_is_taken_up_and_a_flawed_one_refused(tmp_path: Path) -> None:
    path, now, refused = tmp_path / "desks.toml", [0.0], list[str]()
    path.write_text("[desk.a]\nevery = true\n")
    file = watched(path, refused.append, clock=lambda: now[0])
    assert file.current().names == ("a",)

    def later(text: str) -> tuple[str, ...]:
        path.write_text(text)
        for _ in range(3):
            now[0] += 1.1
            names = file.current().names
        return names

    assert later("[desk.a]\nevery = true\n[desk.b]\nurgency = 1\n") == ("a", "b")
    assert later("[desk.b]\nurgency = 12\n") == ("a", "b")
    assert refused == [f'{path}:2: urgency is a number from 1 to 9, or a range such as "1-3"; this is 12.']
    assert later('[desk.c]\ntopic = "sport"\n') == ("c",)
    assert file.fault == ""


def test_thirty_desks_take_well_under_a_millisecond() -> None:
    """docs/desks.md has the figure; this only holds the order of magnitude, for machines differ."""
    one = (ROOT / "deploy/rules/desks.toml").read_text()
    desks = read(one, "x")
    many = Desks([desk for _ in range(3) for desk in desks.desks])
    story = Story("s", "s", "text", headline="H", paragraphs=["Some words of a story about nothing at all. " * 70])
    started = time.process_time()
    for _ in range(200):
        many.route(story, Verdict("new", "s"), TAGS, TOPICS)
    assert (time.process_time() - started) / 200 < 0.001


def test_the_example_is_sound_and_makes_sense_of_the_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    rules = str(ROOT / "deploy/rules/desks.toml")
    assert run(["desks", "check", rules]) == 0
    assert "11 desks" in capsys.readouterr().out
    assert run(["desks", "try", rules, str(ROOT / "seeds/agency.jsonl"), "--json"]) == 0
    desks = {one["headline"]: one["desks"] for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert "disasters" in desks["Train derails near Portuguese city of Coimbra, 14 hurt"]
    assert desks["Train derails near Portuguese city of Coimbra, 14 hurt"]["iberia"].startswith("place ")
    assert "sport" in desks["Soccer-Vasteras Nord beat Olimpija Sava to reach semi-finals"]
    assert {"economy", "central-banks"} <= desks["Economists see no change as ECB meets on interest rates"].keys()
    assert not [headline for headline in desks if headline.startswith("KILL")]


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, stories = tmp_path / "old.toml", tmp_path / "new.toml", tmp_path / "s.jsonl"
    old.write_text('[desk.a]\ntext = "storm"\n[desk.b]\nevery = true\n')
    new.write_text('[desk.a]\ntext = "strike"\n[desk.b]\nevery = true\n')
    stories.write_text(
        json.dumps({"id": "1", "title": "A strike ends", "text": "It ended."}) + "\n"
        + json.dumps({"id": "2", "title": "A storm comes", "text": "It blows."}) + "\n"
    )  # fmt: skip
    assert run(["desks", "diff", str(old), str(new), str(stories)]) == 0
    said = capsys.readouterr().out
    assert "+ a                text “strike”" in said
    assert "- a                text “storm”" in said
    assert "2 of 2 stories go elsewhere: a +1 -1." in said
    assert run(["desks", "diff", str(old), str(new), str(stories), "--desk", "b"]) == 0
    assert "0 of 2 stories go elsewhere" in capsys.readouterr().out
    assert run(["desks", "try", str(old), str(stories), "--desk", "a"]) == 0
    said = capsys.readouterr().out
    assert "A storm comes" in said
    assert "A strike ends" not in said
    assert "2 stories; a 1, b 2; to no desk 0." in said
    old.write_text("[desk.a]\nurgency = 0\n[desk.b]\n")
    assert run(["desks", "check", str(old)]) == 1
    said = capsys.readouterr().out
    assert f"{old}:2: " in said
    assert "2 things to mend" in said
    for wrong in (
        ["desks", "try", str(old), str(stories)], ["desks", "try", str(new)], ["desks", "diff", str(new), str(new)],
        ["desks", "check"], ["desks", "check", str(new), str(new)], ["desks", "mend"],
        ["desks", "try", str(new), str(stories), "--desk", "x"],
    ):  # fmt: skip
        assert run(wrong) == 2, wrong
    assert run(["desks", "check", str(tmp_path / "none.toml")]) == 1


def test_flaws_are_usage_errors() -> None:
    assert issubclass(Flawed, Usage)
