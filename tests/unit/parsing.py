"""Helpers of the parse tests: bytes in, outcomes out."""

from __future__ import annotations

from pipeline.model import RawStory, RecordId, Story
from pipeline.packet import Packet
from pipeline.stages.base import Dead, SkippedItem
from pipeline.stages.parse import Outcome, Parse

RECEIVED = 1_773_000_000.0
MAX_BYTES = 1_000_000


def outcomes_of(body: bytes | str, **how: str) -> list[Outcome]:
    """What parse makes of one record; `how` are further fields of RawStory."""
    data = body.encode() if isinstance(body, str) else body
    raw = RawStory(data, RecordId(3, 42), RECEIVED, source=how.pop("source", "feed"))
    for name, value in how.items():
        setattr(raw, name, value)
    return Parse(MAX_BYTES).run([raw])[0]


def stories_of(body: bytes | str, **how: str) -> list[Story]:
    """The stories of a record that holds nothing else."""
    found = outcomes_of(body, **how)
    assert all(isinstance(one, Packet) for one in found), found
    return [one.story for one in found if isinstance(one, Packet)]


def story_of(body: bytes | str, **how: str) -> Story:
    """The story of a record that holds one."""
    (story,) = stories_of(body, **how)
    return story


def dead_of(body: bytes | str, **how: str) -> Dead:
    """The dead letter of a record that must be one."""
    (one,) = outcomes_of(body, **how)
    assert isinstance(one, Dead), one
    return one


def skipped_of(body: bytes | str, **how: str) -> SkippedItem:
    """What a record was set aside as."""
    (one,) = outcomes_of(body, **how)
    assert isinstance(one, SkippedItem), one
    return one
