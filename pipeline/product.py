"""What leaves the pipeline: one JSON object a story, on `wire.stories`, `wire.duplicates` and from `wire process`."""

from __future__ import annotations

from typing import Any

import orjson

from pipeline.model import RawStory
from pipeline.packet import Packet
from pipeline.stages.base import Dead, SkippedItem


def story_json(packet: Packet) -> bytes:
    """A story that went all the way: the fields of `wire process`, with verdict, tags, topics and trace.

    Parse has written the story's own fields already; they are spliced in as bytes.
    """
    return _splice(packet, {**_head(packet), "tags": packet.tags, "topics": packet.topics, "trace": packet.trace})


def duplicate_json(packet: Packet) -> bytes:
    """A story that repeats another: what it is and why, and its text, so that nothing is lost."""
    return _splice(packet, {**_head(packet), "tags": [], "topics": [], "trace": packet.trace})


def story_document(packet: Packet) -> dict[str, Any]:
    """The same as an object, for whoever is not in a hurry."""
    document: dict[str, Any] = orjson.loads(story_json(packet))
    return document


def dead_document(raw: RawStory, dead: Dead, stage: str, record: str) -> dict[str, Any]:
    """A story that could not be processed, for `wire process`; on Kafka it is the original bytes and headers."""
    return {
        "id": raw.feed_id or record,
        "status": "dead",
        "reason": dead.code,
        "detail": dead.detail,
        "stage": stage,
        "format": raw.format,
        "source": raw.source,
        "record": record,
        "received": raw.received,
    }


def skipped_document(raw: RawStory, skipped: SkippedItem, record: str) -> dict[str, Any]:
    """Sound input without a text story."""
    return {
        "id": skipped.id or raw.feed_id or record,
        "status": "skipped",
        "reason": skipped.what,
        "detail": skipped.detail,
        "format": raw.format,
        "source": raw.source,
        "record": record,
        "received": raw.received,
    }


def encode(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document)


def _head(packet: Packet) -> dict[str, Any]:
    verdict, card = packet.verdict, packet.card
    return {
        "id": verdict.id,
        "status": verdict.status,
        "of": verdict.of or None,
        "cluster": verdict.cluster,
        "thread": verdict.thread or verdict.cluster,
        "similarity": round(verdict.similarity, 4),
        "containment": round(verdict.containment, 4),
        "rule": verdict.rule,
        "evidence": verdict.evidence,
        "position": verdict.position,
        "record": card.record,
        "received": card.received,
    }


def _splice(packet: Packet, head: dict[str, Any]) -> bytes:
    story = packet.story_json
    if head["id"] != packet.card.id:  # dedup made it unique
        story = orjson.dumps(orjson.loads(story) | {"id": head["id"]})
    del head["id"]
    return story[:-1] + b"," + orjson.dumps(head)[1:]
