"""The flat form: one JSON object a story, with all fields side by side, as `wire process` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from pipeline.model import RawStory
from pipeline.packet import Packet
from pipeline.stages.base import Dead, SkippedItem


def story_json(packet: Packet, life: Mapping[str, Any]) -> bytes:
    """A story that went all the way: the fields of `wire process`, with verdict, tags, topics, trace and `life`.

    `life` is what deliver says: outputs, changes, chain; or `outcome` and why, where it does not go out.
    Parse has written the story's own fields already; they are spliced in as bytes.
    """
    return _splice(packet, {**_said(packet), **life})


def duplicate_json(packet: Packet, embargoed: bool) -> bytes:
    """A story that repeats another: what it is and why, and its text, so that nothing is lost.

    The text of an embargoed copy stays behind (it is on `wire.raw`): nothing leaves before its time.
    """
    said = {**head(packet), "tags": [], "topics": [], "trace": packet.trace}
    if packet.verdict.rule == "older-version":
        said["outcome"] = "superseded"
    if embargoed:
        card = packet.card
        return orjson.dumps({"source": card.source, "embargo": card.embargo, "headline": "", "text": "", **said})
    return _splice(packet, said)


def cancelled(packet: Packet, id: str) -> dict[str, Any]:
    """What takes the place of a killed story under `id`: that it was killed, by which notice, and no text of it."""
    card, verdict = packet.card, packet.verdict
    return {
        "id": id,
        "source": card.source,
        "headline": "",
        "text": "",
        "pubstatus": "canceled",
        "status": "kill",
        "of": id,
        "cluster": verdict.cluster,
        "thread": verdict.thread or verdict.cluster,
        "rule": verdict.rule,
        "killed_by": verdict.id,
        "killed_by_record": card.record,
        "received": card.received,
        "tags": [],
        "topics": [],
    }


def story_document(packet: Packet, life: Mapping[str, Any]) -> dict[str, Any]:
    """The same as an object, for whoever is not in a hurry: as `wire process` shows it, held stories as `held`."""
    document: dict[str, Any] = orjson.loads(story_json(packet, life))
    if document.get("outcome") == "held":
        document["verdict"], document["status"] = document["status"], "held"
    return document


def outcome_of(document: Mapping[str, Any]) -> str:
    """How a story ended, for the ledger: its status, or what became of it in spite of that (superseded, killed)."""
    return str(document.get("outcome") or document["status"])


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


def _said(packet: Packet) -> dict[str, Any]:
    return {**head(packet), "tags": packet.tags, "topics": packet.topics, "trace": packet.trace}


def head(packet: Packet) -> dict[str, Any]:
    """What dedup said of a story, and which raw record it came in."""
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


def _splice(packet: Packet, added: dict[str, Any]) -> bytes:
    story = packet.story_json
    if added["id"] != packet.card.id:  # dedup made it unique
        story = orjson.dumps(orjson.loads(story) | {"id": added["id"]})
    del added["id"]
    return story[:-1] + b"," + orjson.dumps(added)[1:]
