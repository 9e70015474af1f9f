"""The dedup stage as others use it: verdicts in order, redelivery, memory log."""

from __future__ import annotations

import pytest

from pipeline.dedup.markers import apart, marker
from pipeline.dedup.printing import fingerprint
from pipeline.errors import Rejected
from pipeline.model import Card, Story
from pipeline.packet import Packet
from pipeline.stages.dedup import Dedup

HORIZON = 72 * 3600.0
NOW = 1_760_000_000.0

QUAKE = [
    "A strong quake shook the coast of northern Chile on Tuesday, knocking out power in two towns, officials said.",
    "The quake of magnitude 6.8 struck at 0412 GMT some 60 kilometres west of Iquique, the seismological centre said.",
    "There were no immediate reports of casualties. A tsunami warning for Tarapaca was lifted after 50 minutes.",
]


def packet(
    offset: int, headline: str, paragraphs: list[str], at: float = 0.0, story_id: str = "", **card: object
) -> Packet:
    story = Story(id=story_id or f"s{offset}", source="test", format="text", headline=headline, paragraphs=paragraphs)
    made = Packet()
    made.card = Card(
        **{  # type: ignore[arg-type]
            "id": story.id, "source": "test", "record": f"0-{offset}", "received": NOW + at, "event_time": NOW + at,
            "headline": headline, **card,
        }
    )  # fmt: skip
    made.fingerprint = fingerprint(story)
    return made


def test_copy_is_duplicate_and_growth_is_update() -> None:
    stage = Dedup(HORIZON)
    batch = [
        packet(1, "Quake shakes northern Chile", QUAKE[:2]),
        packet(2, "Strong quake off Chile", QUAKE[:2], 60),
        packet(3, "Quake shakes northern Chile, no casualties", QUAKE, 900),
        packet(
            4,
            "Central bank holds rates",
            ["The central bank left its main rate at 4.5 percent on Tuesday, as expected."],
        ),
    ]
    stage.run(batch)
    assert [p.verdict.status for p in batch] == ["new", "duplicate", "update", "new"]
    assert {p.verdict.cluster for p in batch[:3]} == {"s1"}
    assert batch[1].verdict.of == "s1"


def test_redelivered_gets_the_same_verdict() -> None:
    stage = Dedup(HORIZON)
    first = packet(1, "Quake", QUAKE)
    stage.run([first])
    again = packet(1, "Quake", QUAKE)
    stage.run([again])
    assert again.verdict == first.verdict
    assert stage.stats()["stories"] == 1


def test_malformed_fingerprint_is_rejected() -> None:
    stage = Dedup(HORIZON)
    bad = packet(2, "Quake", QUAKE)
    bad.fingerprint = b"\x01nonsense"
    with pytest.raises(Rejected):
        stage.run([bad])
    assert stage.stats()["stories"] == 0


def versions(*marked: tuple[str, str, float], text: list[str] = QUAKE) -> list[tuple[str, str, str]]:
    """Status, rule and `of` of stories of one text, each with a headline, a line of its own, and when it is dated."""
    stage = Dedup(HORIZON)
    made = [
        packet(n, headline, [*text, line] if line else text, at, signal="update" if headline[:5] != "Quake" else "")
        for n, (headline, line, at) in enumerate(marked, 1)
    ]
    stage.run(made)
    return [(p.verdict.status, p.verdict.rule, p.verdict.of) for p in made]


def test_a_version_that_the_wire_numbers_higher_is_an_update_by_a_line() -> None:
    found = versions(
        ("Quake shakes Chile", "", 0),
        ("UPDATE 1-Quake shakes Chile", "Power is back.", 60),
        ("UPDATE 2-Quake shakes Chile", "Power is back. Officials said so.", 120),
        ("UPDATE 2-Quake shakes Chile", "Power is back. All officials said so.", 130),
        ("3RD LEAD: Quake shakes Chile", "Power is back again, officials said so.", 140),
    )
    assert found[:3] == [("new", "new", ""), ("update", "marked", "s1"), ("update", "marked", "s2")]
    assert [each[:2] for each in found[3:]] == [("duplicate", "near")] * 2


def test_a_version_that_the_wire_numbers_lower_comes_late() -> None:
    found = versions(
        ("Quake shakes Chile", "", 0),
        ("UPDATE 3-Quake shakes Chile", "Power is back.", 60),
        ("UPDATE 2-Quake shakes Chile", "Power is back, they said.", 60),
    )
    assert found[2] == ("duplicate", "older-version", "s2")


def test_the_same_text_under_a_higher_number_is_the_same_text() -> None:
    found = versions(("UPDATE 1-Quake shakes Chile", "", 0), ("UPDATE 2-Quake shakes Chile", "", 60))
    assert found[1][:2] == ("duplicate", "exact")


@pytest.mark.parametrize(
    ("headline", "slugline", "expected"),
    [
        ("UPDATE 2-Fed holds rates", "", "update 2"), ("UPDATE-Fed holds rates", "", "update 1"),
        ("Fed holds rates (3rd Ld)", "", "ld 3"), ("Fed holds rates", "", ""),
        ("WRAPUP 4-Stocks fall", "", "wrapup 4"), ("1ST UPDATE: Fed holds rates", "", "update 1"),
    ],
)  # fmt: skip
def test_versions_as_wires_mark_them(headline: str, slugline: str, expected: str) -> None:
    card = Card("a", "test", "0-1", NOW, NOW, headline=headline, slugline=slugline, signal="update")
    assert marker(card) == expected
    card.signal = ""
    assert marker(card) == ""


def test_only_markers_of_one_kind_are_compared() -> None:
    assert apart("update 3", "update 1") == 2 and apart("update 1", "lead 2") == apart("", "") == 0


FORM = (
    "The central bank entered the securities market to arrange 1.5 billion dlrs of customer repurchase agreements, a "
    "bank spokesman said. Dealers said that funds were trading at {rate} pct when the bank began its temporary and "
    "direct supply of reserves to the banking system. It had done so on 3 days of 5 this month."
)
TABLE = (
    "Shr loss 22 cts vs profit 10 cts. Net loss 1,056,000 vs profit 427,000. Sales 5,440,000 vs 4,982,000. Avg shrs "
    "5,229,542 vs 4,435,691. Year: shr profit one ct vs profit 26 cts. Net profit 29,000 vs profit 993,000. Sales "
    "{sales} mln vs 16.8 mln. Avg shrs 4,947,632 vs 3,780,543. NOTE: all in full."
)


def second_of(text: str, other: str) -> str:
    """The status of the second of two stories that nothing came before, within an hour."""
    stage = Dedup(HORIZON)
    batch = [packet(1, "Ceradyne Inc 4th qtr", [text]), packet(2, "Ceradyne Inc 4th qtr", [other], 1800)]
    stage.run(batch)
    return batch[1].verdict.status


def test_a_form_with_another_figure_is_another_story_from_the_first_one_on() -> None:
    assert second_of(FORM.format(rate="6.19"), FORM.format(rate="6.06")) == "new"
    assert second_of(FORM.format(rate="6.19"), FORM.format(rate="6.19")) == "duplicate"


def test_a_table_sent_again_with_one_figure_put_right_is_the_same_story() -> None:
    assert second_of(TABLE.format(sales="19.1"), TABLE.format(sales="19.7")) != "new"


def test_what_little_is_left_of_a_very_short_text_is_its_form() -> None:
    ships = "There were {} grain ships loading and {} ships were waiting to load at Portland, the Exchange said today."
    assert second_of(ships.format("seven", "six"), ships.format("three", "two")) == "new"
