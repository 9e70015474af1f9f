"""Dedup's memory is bounded by its horizon: what falls out of it leaves nothing behind."""

from __future__ import annotations

import random

from pipeline.dedup.printing import fingerprint
from pipeline.model import Card, Story
from pipeline.packet import Packet
from pipeline.stages.dedup import Dedup
from tests.chaos.synthetic import story

HOUR = 3600.0


def packet(number: int, since: float) -> Packet:
    """Story `number`, which came `since` seconds after some day."""
    at = 1_800_000_000.0 + since
    headline, text = story(number, 80)
    made = Packet()
    made.card = Card(f"s{number}", "agency", f"0-{number}", received=at, event_time=at, uri=f"urn:{number}")
    made.fingerprint = fingerprint(Story(f"s{number}", "agency", "text", headline, text.split("\n\n")))
    return made


def test_memory_is_bounded_by_the_horizon() -> None:
    dedup = Dedup(HOUR)
    dedup.run([packet(n, n * 60.0) for n in range(200)])
    full = dedup.stats()
    dedup.run([packet(n, n * 60.0) for n in range(200, 600)])
    later = dedup.stats()
    assert later["stories"] < 150
    assert later["bytes"] <= 1.3 * full["bytes"]
    assert later["oldest"] > full["newest"]


def test_a_copy_beyond_the_horizon_is_new_again() -> None:
    dedup = Dedup(HOUR)
    first, soon, late = packet(1, 0.0), packet(1, 1800.0), packet(1, 9 * HOUR)
    for n, each in enumerate((soon, late), 2):
        card = each.card
        card.id, card.uri, card.record = f"copy{n}", "", f"0-{n}"
        each.card = card
    dedup.run([first, soon, late])
    assert [p.verdict.status for p in (first, soon, late)] == ["new", "duplicate", "new"]


def test_verdicts_do_not_depend_on_batches() -> None:
    rng = random.Random(3)
    numbers = [rng.randrange(60) for _ in range(150)]

    def verdicts(cut: int) -> list[bytes]:
        packets = []
        for n, number in enumerate(numbers):
            made = packet(number, n * 60.0)
            card = made.card
            card.id, card.record, card.uri = f"r{n}", f"1-{n}", ""
            made.card = card
            packets.append(made)
        dedup = Dedup(72 * HOUR)
        for at in range(0, len(packets), cut):
            dedup.run(packets[at : at + cut])
        return [p.verdict.to_json() for p in packets]

    assert verdicts(1) == verdicts(7) == verdicts(150)
