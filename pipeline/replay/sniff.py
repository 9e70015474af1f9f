"""What an input is, told from its first bytes; the name decides only where bytes cannot."""

from __future__ import annotations

import json
import re
from enum import Enum

import orjson

from pipeline.replay.items import RECORD_LIMIT
from pipeline.replay.stream import Stream

BOM = b"\xef\xbb\xbf"
_PEEK_BYTES = 64 * 1024
_BLANK = b" \t\r\n\v\f"
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


class Kind(Enum):
    """How to read an input on."""

    GZIP = "gzip"
    ZSTD = "zstd"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZIP = "zip"
    TAR = "tar"
    LINES = "JSON lines"
    DOCUMENT = "document"
    EMPTY = "empty"


COMPRESSED = (Kind.GZIP, Kind.ZSTD, Kind.BZIP2, Kind.XZ)
ARCHIVES = (Kind.ZIP, Kind.TAR)

_MAGIC = (
    (b"\x1f\x8b", Kind.GZIP),
    (b"\x28\xb5\x2f\xfd", Kind.ZSTD),
    (b"BZh", Kind.BZIP2),
    (b"\xfd7zXZ\x00", Kind.XZ),
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),  # an empty archive
)
_TAR_MAGIC = slice(257, 262)


def kind_of(stream: Stream, *, named_lines: bool, live: bool = False) -> Kind:
    """What the stream holds; takes nothing from it. Raises Damaged.

    `named_lines`: its name says JSON lines (`.jsonl`, `.ndjson`). Then it is that, broken lines and all, unless the
    bytes are one JSON document over several lines. Otherwise it is JSON lines if its first line is a JSON object and
    is not all there is. `live`: a pipe, where the second line is not waited for.
    """
    head = stream.peek_line(_PEEK_BYTES)
    if not head:
        return Kind.EMPTY
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:1] not in (b"{", b"[", b"<") and b"\0" in head and stream.peek(512)[_TAR_MAGIC] == b"ustar":
        return Kind.TAR
    first = head.removeprefix(BOM).lstrip(_BLANK)[:1]
    if first not in (b"{", b"["):
        return Kind.LINES if named_lines else Kind.DOCUMENT
    line = stream.peek_line(RECORD_LIMIT)
    if first == b"{" and is_json(line.removeprefix(BOM)):
        return Kind.LINES if named_lines or live or _goes_on(stream, len(line)) else Kind.DOCUMENT
    if not named_lines:
        return Kind.DOCUMENT
    whole = stream.peek(RECORD_LIMIT + 1)
    return Kind.DOCUMENT if len(whole) <= RECORD_LIMIT and is_json(whole.removeprefix(BOM)) else Kind.LINES


def _goes_on(stream: Stream, after: int) -> bool:
    """Whether anything but blanks stands after the first line."""
    size = after + _PEEK_BYTES
    while True:
        seen = stream.peek(size)
        if seen[after:].lstrip(_BLANK):
            return True
        if len(seen) < size:
            return False
        after, size = size, 2 * size


def is_json(data: bytes) -> bool:
    """Whether the bytes are one JSON value, also by the standard library's more generous reading."""
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            json.loads(data)
        except (ValueError, RecursionError):
            return False
    return True


def format_hint(body: bytes) -> str:
    """`json`, `xml`, `html`, `text`, or empty where the first bytes tell nothing."""
    head = body[:1024].removeprefix(BOM)
    first = head.lstrip(_BLANK)[:1]
    if first in (b"{", b"["):
        return "json"
    if first == b"<":
        return "html" if _HTML.match(head) else "xml"
    if not first or b"\0" in head or head.startswith(_WIDE_BOMS):
        return ""
    return "text"
