"""A story as IPTC ninjs 3.1, with all that ninjs has no word for in one extension property, `wire`.

Source: IPTC, "ninjs-schema_3.1.json" and the ninjs Guidelines (iptc.org/standards/ninjs), CC BY 4.0. Our extension is
`docs/schema/wire-story.schema.json`, which extends the standard as its guidelines ask. docs/output.md has both.

A delivered value that the schema would refuse stays in the extension as it came, so the document is always valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from pipeline.packet import TAGS, TOPICS, TRACE, Packet
from pipeline.product.concepts import merged, subjects, tagged
from pipeline.product.identifiers import is_time, is_uri, own_uri
from pipeline.product.lines import cancelled, head

SCHEMA = "urn:x-wire:schema:wire-story:1"
"""The `$id` of our extension."""

STANDARD = {"name": "ninjs", "version": "3.1", "schema": SCHEMA}

TEXTS = (
    ("version", "version"),
    ("ednote", "edNote"),
    ("language", "language"),
    ("slugline", "slugline"),
    ("byline", "by"),
    ("dateline_place", "located"),
)
"""Our name and that of ninjs, for what is a string in both."""
TIMES = (("created", "firstCreated"), ("published", "versionCreated"), ("embargo", "embargoedUntil"))
RELATIONS = {"update": "updates", "correction": "corrects", "kill": "cancels"}
"""How a story relates to the one it follows, by its status."""
PUBSTATUS = frozenset(("usable", "withheld", "canceled"))
SAME_URI = frozenset(("version", "same-id", "older-version"))
"""Rules of dedup by which the earlier version bears the same uri."""


def ninjs_document(packet: Packet, life: Mapping[str, Any]) -> dict[str, Any]:
    """The same as `ninjs_json`, as an object."""
    document: dict[str, Any] = orjson.loads(ninjs_json(packet, life))
    return document


def ninjs_json(packet: Packet, life: Mapping[str, Any]) -> bytes:
    """The product: a ninjs 3.1 document in UTF-8, from a packet that went through all stages.

    `life` is added to the extension as it is (what changed, the chain, desks, outputs, …). Its `of_uri`, where given,
    is the URI under which the earlier version went out. `pipeline.product.flat` is the inverse.
    """
    story: dict[str, Any] = orjson.loads(packet.story_json)
    wire = head(packet)
    story["id"] = wire["id"]
    document: dict[str, Any] = {"uri": _uri(story), "type": "text"}
    for ours, theirs in TEXTS:
        if ours in story:
            document[theirs] = story.pop(ours)
    for ours, theirs in TIMES:
        if ours in story and is_time(story[ours]):
            document[theirs] = story.pop(ours)
    if "firstCreated" in document:
        document["contentCreated"] = document["firstCreated"]
    _status(story, wire["status"], document)
    _words(story, document)
    if "rights" in story:
        rights = story.pop("rights")
        document[_kind_of_rights(rights)] = rights
    if "genre" in story:
        document["genres"] = [{"name": story.pop("genre")}]
    if "provider" in story:
        document["infoSources"] = [{"name": story.pop("provider")}]
    _concepts(packet, story, document)
    if wire["of"] and wire["status"] in RELATIONS:
        document["associations"] = [_earlier(story, wire, life.get("of_uri", ""))]
    document["altIds"] = [
        {"role": "feed", "value": packet.card.id},
        {"role": "wire", "value": wire["id"]},
        {"role": "record", "value": wire["record"]},
    ]
    document["standard"] = STANDARD
    wire.update(story)
    for name, code in (("tags", TAGS), ("topics", TOPICS), ("trace", TRACE)):
        wire[name] = orjson.Fragment(packet.section(code) or (b"{}" if code == TRACE else b"[]"))
    wire.update(life)
    document["wire"] = wire
    return orjson.dumps(document)


def cancelled_ninjs_json(packet: Packet, id: str, uri: str = "") -> bytes:
    """What takes the place of a killed story under `id`, as ninjs: no text, `pubStatus` canceled, and by which notice.

    `packet` is the kill; `uri` the URI under which the story went out, where that is known.
    """
    wire = cancelled(packet, id)
    del wire["text"], wire["pubstatus"]
    document = {
        "uri": uri if uri and is_uri(uri) else own_uri(id),
        "type": "text",
        "pubStatus": "canceled",
        "altIds": [{"role": "wire", "value": id}],
        "standard": STANDARD,
        "wire": wire,
    }
    return orjson.dumps(document)


def _uri(story: dict[str, Any]) -> str:
    """The provider's uri where it is one. It stays in the extension too, as it came."""
    given: str = story.get("uri", "")
    return given if given and is_uri(given) else own_uri(story["id"])


def _status(story: dict[str, Any], status: str, document: dict[str, Any]) -> None:
    given = story.get("pubstatus", "usable")
    document["pubStatus"] = shown = "canceled" if status == "kill" else given if given in PUBSTATUS else "withheld"
    if shown == given:
        story.pop("pubstatus", None)
    urgency = story.get("urgency")
    if isinstance(urgency, int) and 1 <= urgency <= 9:
        document["urgency"] = story.pop("urgency")


def _words(story: dict[str, Any], document: dict[str, Any]) -> None:
    if story["headline"]:
        document["headlines"] = [{"role": "main", "contentType": "text/plain", "value": story["headline"]}]
    if "abstract" in story:
        document["descriptions"] = [{"role": "summary", "contentType": "text/plain", "value": story.pop("abstract")}]
    text = story.pop("text")
    if text:
        body = {"role": "main", "contentType": "text/plain", "charCount": len(text)}
        if "word_count" in story:
            body["wordCount"] = story.pop("word_count")
        body["value"] = text
        document["bodies"] = [body]


def _kind_of_rights(text: str) -> str:
    low = text.casefold()
    return "copyrightNotice" if "©" in text or "(c)" in low or "copyright" in low else "usageTerms"


def _concepts(packet: Packet, story: dict[str, Any], document: dict[str, Any]) -> None:
    """What the feed gave stays in the extension too: its codes and schemes have no place in ninjs."""
    topics, given = packet.topics, story.get("subjects", ())
    if topics or given:
        feed = document["infoSources"][0]["name"] if "infoSources" in document else story["source"]
        document["subjects"] = subjects(topics, given, feed, packet.trace.get("classify.model", ""))
    found = tagged(packet.tags)
    for name, kind in (("people", "person"), ("organisations", "organisation"), ("places", "place")):
        if concepts := merged(story.get(name, ()), found[kind]):
            document[name] = concepts


def _earlier(story: dict[str, Any], wire: dict[str, Any], known: str) -> dict[str, Any]:
    """The version that this one follows: its id as name, and the URI it went out under as far as that is known."""
    uri = known if known and is_uri(known) else ""
    if not uri and wire["rule"] in SAME_URI and "uri" in story:
        uri = _uri(story)
    if not uri:
        uri = next((link for link in story.get("links", ()) if is_uri(link)), "")
    return {"name": wire["of"], "rel": RELATIONS[wire["status"]], "uri": uri or own_uri(wire["of"]), "type": "text"}
