"""The dedup stage as others use it: verdicts in order, redelivery, memory log."""

from __future__ import annotations

import pytest

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
