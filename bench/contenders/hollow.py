"""Our worker with stages that do nothing but put a canned answer into the packet: what the engine costs by itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import orjson

from pipeline.cli.main import run
from pipeline.model import RawStory, Story, Verdict
from pipeline.packet import Packet
from pipeline.stages.classify import Classify
from pipeline.stages.dedup import Dedup
from pipeline.stages.parse import Parse, card_of
from pipeline.stages.tag import Tagging


def hollow_parse(self: Parse, batch: Sequence[RawStory]) -> list[list[Packet]]:
    """One packet a record, from the JSON as it is."""
    outcomes = []
    for raw in batch:
        given = orjson.loads(raw.body)
        story = Story(given["id"], raw.source, "json", given.get("title", ""), [given.get("text", "")])
        packet = Packet()
        packet.card = card_of(story, raw, raw.record)
        packet.fingerprint = b"\0" * 600
        packet.story = story
        outcomes.append([packet])
    return outcomes


def hollow_dedup(self: Dedup, batch: Sequence[Packet]) -> None:
    """Everything is new."""
    for packet in batch:
        id = packet.card.id
        packet.verdict = Verdict("new", id, cluster=id, thread=id, rule="new")


def hollow_tag(self: Tagging, batch: Sequence[Packet]) -> None:
    """No tags, but the story is opened as the real one does."""
    for packet in batch:
        assert packet.story
        packet.tags = []


def hollow_classify(self: Classify, batch: Sequence[Packet]) -> None:
    """No topics."""
    for packet in batch:
        assert packet.story
        packet.topics = []


if __name__ == "__main__":
    Parse.run = hollow_parse  # type: ignore[method-assign,assignment]
    Dedup.run = hollow_dedup  # type: ignore[method-assign]
    Tagging.run = hollow_tag  # type: ignore[method-assign]
    Classify.run = hollow_classify  # type: ignore[method-assign]
    sys.exit(run(["worker", "--metrics-port", "0", "--stop-with-parent"]))
