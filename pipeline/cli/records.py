"""Records of our topics as a person reads them, and as JSON lines."""

from __future__ import annotations

import base64
import codecs
import contextlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from pipeline.demo.show import STYLES
from pipeline.headers import DeadLetter, read_dead, read_raw
from pipeline.life.words import in_words, versions_in_words
from pipeline.model import RawStory
from pipeline.packet import CARD, STORY, VERDICT, BadFrame, Packet, decode_batch
from pipeline.product.reading import flat
from pipeline.topics import CHAINS, DEAD, RAW, RECEIPTS, TopicSpec

LEDE_CHARACTERS = 280
FIRST_BYTES = 160
_NAMES_A_KIND = 6

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What could drive a terminal or turn the direction of its text. Feeds are strangers."""


def escaped(text: str) -> str:
    """Safe for a terminal: control characters written out."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def plain(value: object) -> str:
    """One line, safe for a terminal, white space folded."""
    return escaped(re.sub(r"[ \t\r\n]+", " ", str(value))).strip()


def clock(epoch_seconds: float) -> str:
    """Local date and time to the second."""
    try:
        return datetime.fromtimestamp(epoch_seconds).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "at an unknown time"


def render(spec: TopicSpec | None, record: Any) -> Iterator[RenderableType]:
    """A record for people: one item, or one for each story of a batch."""
    if spec is DEAD:
        yield dead_letter(read_dead(record.headers, body=record.value, timestamp_ms=record.timestamp))
    elif spec is RAW:
        yield _raw(_read_raw(record))
    elif record.value is None:
        yield Text(f"{clock(record.timestamp / 1000)}  removed  {plain(_key(record))}", "dim")
    elif spec is not None and spec.carries == "batch":
        try:
            documents = [_packet_document(packet) for packet in decode_batch(record.value)]
        except (BadFrame, ValueError) as e:
            yield _foreign(record, f"no batch of ours: {e}")
        else:
            yield from map(story, documents)
    else:
        document = _document(record.value)
        if document is None:
            yield _foreign(record, "no JSON object")
        else:
            yield _chain(document) if spec is CHAINS else story(_receipt(document) if spec is RECEIPTS else document)


def as_json(spec: TopicSpec | None, record: Any) -> Iterator[bytes]:
    """A record as JSON lines without line ends: the value itself where it is JSON, else an object around it.

    A batch of our own stages gives one line a story, with what the stages have said about it so far.
    """
    if spec is DEAD:
        yield orjson.dumps(dead_document(read_dead(record.headers, body=record.value, timestamp_ms=record.timestamp)))
    elif spec is RAW:
        yield orjson.dumps(_raw_document(_read_raw(record)))
    elif record.value is None:
        yield orjson.dumps({"id": _key(record), "removed": True})
    elif spec is not None and spec.carries == "batch":
        try:
            yield from (orjson.dumps(_packet_document(packet)) for packet in decode_batch(record.value))
        except (BadFrame, ValueError) as e:
            yield orjson.dumps({"record": _place(record), "unreadable": str(e), **body_fields(record.value)})
    elif _document(record.value) is not None:
        yield record.value.replace(b"\n", b" ")  # JSON keeps its meaning, and a line stays a line
    else:
        yield orjson.dumps({"record": _place(record), **body_fields(record.value)})


def dead_document(letter: DeadLetter) -> dict[str, Any]:
    """A dead letter as one JSON object."""
    head = {"stage": letter.stage, "reason": letter.reason, "detail": letter.detail, "at": letter.at}
    return {"status": "dead", **head, **_raw_document(letter.raw)}


def body_fields(body: bytes) -> dict[str, Any]:
    """Bytes in JSON: as `body` where they are UTF-8, else as `body_base64`."""
    try:
        return {"bytes": len(body), "body": body.decode()}
    except UnicodeDecodeError:
        return {"bytes": len(body), "body_base64": base64.b64encode(body).decode()}


def first_bytes(body: bytes, count: int = FIRST_BYTES) -> str:
    """The beginning of a body for people: as text where it is mostly text, else in hexadecimal."""
    if not body:
        return "(no bytes)"
    head = body[:count]
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(head)  # drops a character cut in two at the end
    strange = sum(1 for c in text if c == "\ufffd" or (ord(c) < 32 and c not in "\t\r\n"))
    shown = head[: count // 4].hex(" ") if strange > len(text) // 10 else plain(text)
    return f"{shown}{' …' if len(body) > count else ''}"


def _raw_document(raw: RawStory) -> dict[str, Any]:
    given = {
        "source": raw.source,
        "id": raw.feed_id,
        "format": raw.format,
        "content_type": raw.content_type,
        "truth": raw.truth,
    }
    named = {name: value for name, value in given.items() if value}
    return {"record": str(raw.record), "received": raw.received, **named, **body_fields(raw.body)}


def _packet_document(packet: Packet) -> dict[str, Any]:
    """All that the stages have said of a story by now, as one object."""
    document: dict[str, Any] = {}
    for code in (CARD, STORY, VERDICT):
        with contextlib.suppress(KeyError):
            document |= orjson.loads(packet.sections(code)[code])
    if "paragraphs" in document:
        document["text"] = "\n\n".join(document.pop("paragraphs"))
    return {"status": "parsed", **document, "tags": packet.tags, "topics": packet.topics, "trace": packet.trace}


def story(document: dict[str, Any]) -> RenderableType:
    """A story, new or repeated, tagged or on its way there; in ninjs or with its fields side by side."""
    document = flat(document)
    status = str(document.get("status", "?"))
    head = Text(f"{clock(_number(document.get('received')))}  ")
    head.append(status.upper(), f"bold {STYLES.get(status, '')}")
    for name in ("source", "language", "id"):
        if document.get(name):
            head.append("  " if name == "source" else " · ", "dim").append(plain(document[name]), "dim")
    lines: list[RenderableType] = [Text(plain(document.get("headline") or "(no headline)"), "bold")]
    if status == "skipped":
        lines = [Text(f"{plain(document.get('reason', ''))}: {plain(document.get('detail', ''))}")]
    if link := _link(document):
        lines.append(link)
    if status != "skipped" and (life := in_words(document)):
        lines.append(Text(plain(life), "cyan"))
    body = plain(str(document.get("text", ""))[: 2 * LEDE_CHARACTERS])
    if body:
        lines.append(Text(_shortened(body)))
    if document.get("topics"):
        topics = " · ".join(f"{plain(t['name'])} {t['confidence']:.2f}" for t in document["topics"])
        lines.append(Text.assemble(("topics  ", "dim"), (topics, "yellow")))
    if names := _names(document.get("tags") or []):
        lines.append(Text.assemble(("tags    ", "dim"), names))
    return Group(head, *map(_indented, lines))


def _receipt(document: dict[str, Any]) -> dict[str, Any]:
    """A kill's receipt with the fields of a story."""
    return {**document, "status": "kill", "id": document.get("kill"), "kill": document, "of": None}


def _chain(document: dict[str, Any]) -> RenderableType:
    head = Text(f"{clock(_number(document.get('touched')))}  ").append("CHAIN", "bold")
    head.append(f"  {plain(document.get('cluster', '?'))}", "dim")
    try:
        lines = versions_in_words(document)
    except (KeyError, TypeError):
        lines = ["no chain of ours"]
    return Group(head, *(_indented(Text(plain(line))) for line in lines))


def _link(document: dict[str, Any]) -> Text | None:
    """Of what it is a copy or version, how alike, and by which rule."""
    if not document.get("of"):
        return None
    relation = "repeats" if document.get("status") == "duplicate" else "follows"
    version = f" as version {document['position']}" if relation == "follows" and document.get("position") else ""
    text = Text(f"{relation} {plain(document['of'])}{version}", "cyan")
    alike, contained = _number(document.get("similarity")), _number(document.get("containment"))
    text.append(f"  {alike:.0%} alike, {contained:.0%} contained, rule {plain(document.get('rule', ''))}", "dim")
    if document.get("evidence"):
        evidence = ", ".join(f"{plain(name)} {plain(_brief(value))}" for name, value in document["evidence"].items())
        text.append(f" ({evidence})", "dim")
    return text


def _shortened(text: str) -> str:
    """Cut between words where there are any: Japanese and Chinese have none."""
    if len(text) <= LEDE_CHARACTERS:
        return text
    head = text[:LEDE_CHARACTERS]
    space = head.rfind(" ", LEDE_CHARACTERS - 40)
    return f"{head[:space] if space > 0 else head} …"


def _brief(value: Any) -> str:
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


def _names(tags: list[dict[str, Any]]) -> Text:
    """Who and where, the most salient first, each once."""
    text = Text()
    for kind in ("person", "organisation", "place"):
        found: dict[str, None] = {}
        for tag in sorted(tags, key=lambda tag: -_number(tag.get("salience"))):
            if tag.get("type") == kind:
                country = f" ({plain(tag['country'])})" if tag.get("country") else ""
                found.setdefault(plain(tag.get("name", "")) + country)
        if found:
            more = f" and {len(found) - _NAMES_A_KIND} more" if len(found) > _NAMES_A_KIND else ""
            text.append(" · " if text else "").append(", ".join(list(found)[:_NAMES_A_KIND]) + more, _KINDS[kind])
    return text


_KINDS = {"person": "green", "organisation": "magenta", "place": "blue"}


def dead_letter(letter: DeadLetter) -> RenderableType:
    """A dead letter: why, in one sentence, and the first of its bytes."""
    head = Text(f"{clock(letter.at)}  ")
    head.append("DEAD", f"bold {STYLES['dead']}").append(f" in {plain(letter.stage) or '?'}: ")
    head.append(plain(letter.reason) or "no reason given", "bold")
    head.append(f"  {_origin(letter.raw)}", "dim")
    return Group(
        head,
        _indented(Text(plain(letter.detail) or "(no sentence)")),
        _indented(Text(f"{len(letter.raw.body):,} bytes: {first_bytes(letter.raw.body)}", "dim")),
    )


def _raw(raw: RawStory) -> RenderableType:
    head = Text(f"{clock(raw.received)}  ").append("RAW", "bold").append(f"  {_origin(raw)}", "dim")
    body = Text(f"{len(raw.body):,} bytes: {first_bytes(raw.body, LEDE_CHARACTERS)}")
    return Group(head, _indented(body))


def _foreign(record: Any, what: str) -> RenderableType:
    head = Text(f"{clock(record.timestamp / 1000)}  {what}, at {_place(record)}", "yellow")
    body = Text(f"{len(record.value):,} bytes: {first_bytes(record.value)}", "dim")
    return Group(head, _indented(body))


def _indented(line: RenderableType) -> Padding:
    return Padding(line, (0, 0, 0, 2), expand=False)


def _origin(raw: RawStory) -> str:
    return " · ".join(plain(part) for part in (raw.source, raw.format, raw.feed_id, f"raw {raw.record}") if part)


def _read_raw(record: Any) -> RawStory:
    return read_raw(
        record.headers,
        body=record.value,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
    )


def _document(value: bytes) -> dict[str, Any] | None:
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def _key(record: Any) -> str:
    return record.key.decode("utf-8", "replace") if record.key else _place(record)


def _place(record: Any) -> str:
    return f"{record.topic} {record.partition}-{record.offset}"


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
