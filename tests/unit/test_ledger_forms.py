"""The ledger reads stories in ninjs and in the flat form alike."""

from __future__ import annotations

from types import SimpleNamespace

import orjson
import pytest

from pipeline.ledger import Ledger, LedgerReader
from pipeline.model import Card, Story, Verdict
from pipeline.packet import Packet
from pipeline.product import ninjs_json, story_json
from pipeline.topics import STORIES


def test_both_forms_of_a_story_are_the_same_entry() -> None:
    packet = Packet()
    packet.card = Card("a", "s", "0-3", 1.0, 1.0)
    packet.story = Story("a", "s", "text", headline="H", paragraphs=["Text."])
    packet.verdict = Verdict("update", "a", of="b", cluster="b", rule="near")
    reader = LedgerReader.__new__(LedgerReader)  # without a broker
    reader.ledger = Ledger()
    reader._first = {}
    for value in (story_json(packet, {}), ninjs_json(packet, {})):
        reader._note(STORIES, SimpleNamespace(value=value))
    assert reader.ledger.ended == {"0-3": "update"}
    assert reader.ledger.repeats == 1
    assert reader.ledger.samples["0-3"] == orjson.loads(story_json(packet, {}))


@pytest.mark.parametrize(
    ("outcomes", "ends"),
    [
        (("new", "killed"), "killed"),
        (("killed", "new"), "killed"),
        (("held", "new"), "new"),
        (("new", "held"), "new"),
        (("held", "killed"), "killed"),
    ],
)
def test_outcomes_that_follow_each_other_are_no_contradiction_in_either_order(
    outcomes: tuple[str, str], ends: str
) -> None:
    ledger = Ledger()
    for outcome in outcomes:
        ledger.note("0-3", outcome, {})
    assert (ledger.ended["0-3"], ledger.contradictions) == (ends, [])


def test_new_and_duplicate_contradict_each_other() -> None:
    ledger = Ledger()
    ledger.note("0-3", "new", {})
    ledger.note("0-3", "duplicate", {})
    assert ledger.contradictions == [("0-3", "new", "duplicate")]
