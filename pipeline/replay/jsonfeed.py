"""Feeds of JSON: lines of bounded length, the elements of an array as their own bytes, and a record's id and source."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import orjson

from pipeline.replay.items import MAX_ID_CHARACTERS
from pipeline.replay.sniff import BOM
from pipeline.replay.stream import CHUNK, Damaged, Stream

_SPACE = re.compile(r"[ \t\r\n]*")


def lines(stream: Stream, limit: int) -> Iterator[tuple[int, bytes | int]]:
    """Each line that is not blank with its number from 1, without its end; of one over `limit` bytes only the size.

    Keeps at most `limit` and a chunk in memory. Where the stream is damaged, what was read of the last line comes
    before Damaged is raised: it will be seen to be broken, and nothing vanishes.
    """
    number, held, skipped = 0, stream.read(CHUNK).removeprefix(BOM), 0
    damage: Damaged | None = None
    data = held
    held = b""
    while data:
        *whole, rest = data.split(b"\n")
        if whole:
            whole[0] = held + whole[0]
            held = rest
            for line in whole:
                number += 1
                if skipped:
                    yield number, skipped + len(line)
                    skipped = 0
                elif len(line) > limit:
                    yield number, len(line)
                elif (text := line.rstrip(b"\r")) and not text.isspace():
                    yield number, text
        else:
            held += rest
        if skipped or len(held) > limit:
            skipped += len(held)
            held = b""
        try:
            data = stream.read(CHUNK)
        except Damaged as e:
            damage, data = e, b""
    if skipped:
        yield number + 1, skipped
    elif held and not held.isspace():
        yield number + 1, held.rstrip(b"\r")
    if damage is not None:
        raise damage


def elements(document: bytes) -> list[bytes] | None:
    """The original bytes of each element of a JSON array of objects; None for any other document."""
    if document.removeprefix(BOM).lstrip()[:1] != b"[":
        return None
    try:
        text = document.decode("utf-8-sig")
        return _elements(text)
    except (ValueError, RecursionError):
        return None


def _elements(text: str) -> list[bytes] | None:
    """Raises ValueError where the text is not JSON."""
    scan = json.JSONDecoder().raw_decode
    found: list[bytes] = []
    at = _skip(text, _skip(text, 0) + 1)
    while text[at : at + 1] == "{":
        _, end = scan(text, at)
        found.append(text[at:end].encode())
        at = _skip(text, end)
        if text[at : at + 1] == "]":
            return found if _skip(text, at + 1) == len(text) else None
        if text[at : at + 1] != ",":
            return None
        at = _skip(text, at + 1)
    return None


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def identify(record: bytes) -> tuple[str, str]:
    """The `id` and the `source` of a JSON object; empty where it has none that will do, or is no JSON object."""
    try:
        story = orjson.loads(record)
    except orjson.JSONDecodeError:
        return "", ""
    if not isinstance(story, dict):
        return "", ""
    source = story.get("source")
    return _short(story.get("id")), source.strip() if isinstance(source, str) and len(source) <= 200 else ""


def _short(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and len(value) <= MAX_ID_CHARACTERS else ""
