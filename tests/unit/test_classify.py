"""The classify stage: what it says of stories, how it abstains, and what the feed's own codes do."""

from __future__ import annotations

import pytest

from pipeline.mediatopics import vocabulary
from pipeline.model import Story, Subject
from pipeline.packet import Packet
from pipeline.stages.classify import Classify
from tests.shared import shared_path, shared_rows


@pytest.fixture(scope="module")
def stage() -> Classify:
    return Classify()


def story(headline: str, text: str = "", language: str = "en", subjects: list[Subject] | None = None) -> Story:
    return Story(id="s", source="", format="text", headline=headline, paragraphs=[text] if text else [],
                 language=language, language_confidence=1.0, subjects=subjects or [])  # fmt: skip


@pytest.mark.parametrize(
    ("headline", "text", "code", "narrower"),
    [
        ("Rebels shell army base", "Soldiers returned fire and at least nine militants died in the clashes.",
         "medtop:16000000", "medtop:20000056"),
        ("Federer wins in straight sets", "The top seed broke serve twice in the Wimbledon tennis final.",
         "medtop:15000000", "medtop:20001085"),
        ("Microsoft patches Windows flaw", "Hackers could exploit the vulnerability in the Web browser on a PC.",
         "medtop:13000000", "medtop:20000763"),
        ("Retailer's profit falls", "Shares fell 8 percent after the company cut its full-year earnings forecast.",
         "medtop:04000000", ""),
        ("Quake kills dozens", "Rescuers dug in the rubble for survivors after the earthquake; aftershocks went on.",
         "medtop:03000000", ""),
        ("Novel takes literary prize", "The author won for her second novel; her publisher printed more copies.",
         "medtop:01000000", ""),
        ("Parliament votes down bill", "The prime minister said that the opposition party had blocked reform.",
         "medtop:11000000", ""),
    ],
)  # fmt: skip
def test_the_best_topic_comes_first_with_its_evidence(
    stage: Classify, headline: str, text: str, code: str, narrower: str
) -> None:
    topics = stage.topics([story(headline, text)])[0]
    assert topics[0]["qcode"] == code
    assert topics[0]["name"] == vocabulary.topics()[code].name
    assert 0.75 <= topics[0]["confidence"] <= 1.0
    words = f"{headline} {text}".lower()
    assert topics[0]["evidence"]
    for term, weight in topics[0]["evidence"]:
        assert weight > 0
        assert term.split()[0] in words or "0" in term
    if narrower:
        assert topics[1]["qcode"] == narrower
        assert topics[1]["broader"][-1] == code
        assert topics[1]["confidence"] <= topics[0]["confidence"]


@pytest.mark.parametrize("text", ["", "12 34 56", "Hello, how are you?", "zzyx qwpf"])
def test_it_abstains_where_nothing_speaks_for_a_topic(stage: Classify, text: str) -> None:
    assert stage.topics([story("", text)]) == [[]]


def test_a_batch_gives_what_single_stories_give(stage: Classify) -> None:
    stories = [story("Striker scores twice"), story(""), story("Central bank raises interest rates"), story("", "x")]
    assert stage.topics(stories) == [stage.topics([one])[0] for one in stories]
    assert stage.topics([]) == []


def test_run_writes_the_section_of_each_packet(stage: Classify) -> None:
    packets = []
    for headline in ("Troops seize town from rebels", ""):
        packet = Packet()
        packet.story = story(headline)
        packets.append(packet)
    stage.run(packets)
    assert packets[0].topics[0]["qcode"] == "medtop:16000000"
    assert packets[1].topics == []
    assert stage.model.startswith("mediatopics-linear-1-")


def test_subject_codes_of_the_feed_come_first(stage: Classify) -> None:
    given: list[Subject] = [{"code": "medtop:20000593"}, {"code": "subj:04000000"}, {"code": "sttdepartment:9"}]
    topics = stage.topics([story("Troops seize town from rebels", subjects=given)])[0]
    assert [t["qcode"] for t in topics[:3]] == ["medtop:20000593", "medtop:04000000", "medtop:16000000"]
    assert topics[0]["broader"] == ["medtop:11000000"]
    assert topics[0]["confidence"] == 1.0


@pytest.mark.parametrize(
    ("language", "headline", "code"),
    [
        (
            "de",
            "Bundesliga: Bayern München gewinnt Spiel mit drei Toren, Trainer lobt die Mannschaft",
            "medtop:15000000",
        ),
        ("fr", "Attentat : une bombe tue douze soldats, l'armée accuse les rebelles", "medtop:16000000"),
        ("es", "La bolsa sube tras los beneficios de los bancos y la inflación baja", "medtop:04000000"),
        ("ar", "قتل جنود في اشتباكات مع مسلحين بعد قصف الجيش", "medtop:16000000"),
    ],
)
def test_other_languages_by_lexicon(stage: Classify, language: str, headline: str, code: str) -> None:
    assert [t["qcode"] for t in stage.topics([story(headline, language=language)])[0]] == [code]


def test_it_abstains_in_a_language_it_does_not_know(stage: Classify) -> None:
    assert stage.topics([story("Troops seize town from rebels", language="fi")]) == [[]]


@pytest.mark.shared
def test_the_seed_article_is_conflict(stage: Classify) -> None:
    lines = next(shared_path("seed").glob("*.txt")).read_text(encoding="utf-8").split("\n", 1)
    topics = stage.topics([story(lines[0].strip(), lines[1])])[0]
    assert topics[0]["qcode"] == "medtop:16000000"


@pytest.mark.shared
def test_quality_stays_above_what_the_model_card_says(stage: Classify) -> None:
    from pipeline.evaluation.judged import score
    from pipeline.evaluation.topics import judge

    rows = [row for row in shared_rows("dev-topics.jsonl.gz") if row["source"] != "huffpost"]
    figures = score(judge(stage, rows[::3]))
    assert figures.micro >= 0.83
    assert figures.precision >= 0.90
    assert figures.coverage >= 0.70
