"""What reading a feed gives: records to send, records too large to send, and notes on what could not be read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.replay.times import peek_time
from pipeline.topics import MAX_RECORD_BYTES

log = logging.getLogger(__name__)

RECORD_LIMIT = MAX_RECORD_BYTES - 64 * 1024
"""Bytes of body, key and headers that one record may have: what the broker takes, less Kafka's own framing."""

MAX_ID_CHARACTERS = 512
"""A longer `id` is no id; it would travel in the key and the headers of every record."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One record of a feed, as it came."""

    body: bytes
    """The original bytes."""
    source: str
    """The feed's name."""
    name: str
    """Where it stands, for messages: `path!member#line`."""
    format: str = ""
    """A hint from the first bytes: `json`, `xml`, `html`, `text`, or empty."""
    feed_id: str = ""
    """The record's own id where it is JSON and has one."""
    content_type: str = ""
    truth: str = ""
    """Of a forged record: what it was made of, such as `duplicate-of:<id>`."""

    @property
    def published(self) -> float | None:
        """The story's own time in epoch seconds; None where it gives none. Computed on each call."""
        return peek_time(self.body)

    @property
    def identity(self) -> str:
        """What this record is known by: its id, or its place in the feed."""
        return self.feed_id or self.name

    @property
    def key(self) -> bytes:
        """The Kafka key: equal keys keep their order."""
        key = f"{self.source}/{self.feed_id}" if self.feed_id else self.name
        return key.encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Oversized:
    """A record that no Kafka record can carry. It is accounted for, not sent."""

    name: str
    size: int
    """Bytes; at least so many where the record was not read to its end."""


Item = FeedItem | Oversized


@dataclass(frozen=True, slots=True)
class Note:
    """Something about an input that its sender should know."""

    name: str
    detail: str
    """What is the matter, as the rest of a sentence that starts with the name."""
    lost: bool = True
    """Whether some of the input was not read."""

    def __str__(self) -> str:
        return f"{self.name}: {self.detail}"


Report = Callable[[Note], None]


def log_note(note: Note) -> None:
    """The default report: a line in the log."""
    log.warning("%s", note)
