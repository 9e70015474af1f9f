"""Labelled stories through the tag stage, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.model import Story, Tag
from pipeline.packet import Packet
from pipeline.stages.tag import Tagging

BATCH = 64


def tag_stories(stage: Tagging, stories: Sequence[Story]) -> Iterator[list[Tag]]:
    """The tags of each story."""
    for at in range(0, len(stories), BATCH):
        batch = []
        for story in stories[at : at + BATCH]:
            packet = Packet()
            packet.story = story
            batch.append(packet)
        stage.run(batch)
        for packet in batch:
            yield packet.tags


def tag_all(stage: Tagging, texts: Sequence[tuple[str, list[str]]]) -> Iterator[list[Tag]]:
    """The tags of English stories given as headline and paragraphs."""
    return tag_stories(
        stage,
        [
            Story(id="", source="", format="", headline=h, paragraphs=paragraphs, language="en")
            for h, paragraphs in texts
        ],
    )
