"""One raw record under the eyes of the formats: its bytes and what they read as, each view made once, on demand.

A format *recognises* a document by looking at these views, so that ten formats cost one decoding and one parse.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any, Literal

import orjson

from pipeline.errors import Rejected
from pipeline.model import RawStory
from pipeline.text import xml
from pipeline.text.decode import Decoded, charset_of, decode

Shape = Literal["json", "xml", "text"]

_JSON_OBJECT = re.compile(r"\{\s*(?:[\"'}]|$)")
_JSON_ARRAY = re.compile(r"\[\s*(?:[\[{\"\]]|-?\d|true\b|false\b|null\b|$)")
_JSON_SCALAR = re.compile(r"(?:null|true|false|-?\d+(?:\.\d+)?|\"[^\"\n]*\")\s*")
_PROLOG = re.compile(r"<[?!][A-Za-z\[-]")
_TAG = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?P<name>[A-Za-z_][\w.-]*)(?:\s*/?>|\s+[A-Za-z_][\w.:-]*\s*=)")
_ROOTS = frozenset(
    (
        "nitf", "newsMessage", "newsItem", "packageItem", "conceptItem", "planningItem", "NewsML", "rss", "RDF", "feed",
        "html", "body", "RBNews",
    )
)  # fmt: skip
"""Element names that promise XML even where the document is cut off before its first end tag."""

_ELEMENT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_PROLOG_CHARS = 20_000


class Document:
    """The views of one raw record. Reading a view raises Rejected where the bytes are not what they begin as."""

    def __init__(self, raw: RawStory) -> None:
        self.raw = raw
        self.data = raw.body
        self.notes: list[str] = []

    @cached_property
    def decoded(self) -> Decoded:
        """Raises Rejected: `empty`, `binary`, `bad-encoding`."""
        declared = charset_of(self.raw.content_type) if self.raw.content_type else ""
        if b"<?xml" in self.data[:100]:
            declared = declared or xml.declared_encoding(self.data)
        decoded = decode(self.data, declared)
        if decoded.note:
            self.notes.append(decoded.note)
        return decoded

    @cached_property
    def text(self) -> str:
        """The bytes as text, as they stand."""
        return self.decoded.text

    @cached_property
    def shape(self) -> Shape:
        """What the first characters promise."""
        head = self.text[:2000].lstrip("\ufeff \t\r\n")
        if not head:
            head = self.text.lstrip("\ufeff \t\r\n")[:200]
        if _JSON_OBJECT.match(head) or _JSON_ARRAY.match(head) or _JSON_SCALAR.fullmatch(head):
            return "json"
        return "xml" if self._is_markup(head) else "text"

    def _is_markup(self, head: str) -> bool:
        """A tag with nothing closed behind it is a name in angle brackets: `<HIGH POINT CORP> SETS OFFERING`."""
        if _PROLOG.match(head):
            return True
        match = _TAG.match(head)
        return match is not None and (match["name"] in _ROOTS or "</" in self.text or "/>" in self.text)

    @cached_property
    def values(self) -> list[Any]:
        """The JSON values of the record: one, or one a line. Raises Rejected `bad-json`."""
        source: bytes | str = self.data if self.decoded.encoding == "utf-8" else self.text.encode("utf-8", "replace")
        try:
            return [orjson.loads(source)]
        except orjson.JSONDecodeError as e:
            first = e
        lines = [line for line in self.text.lstrip("\ufeff").splitlines() if line.strip()]
        if len(lines) > 1 and _is_json(lines[0]):
            return [
                _LineError(number, line) if not _is_json(line) else orjson.loads(line)
                for number, line in enumerate(lines, 1)
            ]
        try:
            # the standard library forgives lone surrogates, which orjson does not
            return [_without_surrogates(json.loads(self.text.lstrip("\ufeff")))]
        except (ValueError, RecursionError):
            raise Rejected("bad-json", f"The record begins as JSON but cannot be read: {_reason(first)}.") from None

    @cached_property
    def value(self) -> Any:
        """The one JSON value of the record, or the first of its lines."""
        return self.values[0]

    @cached_property
    def root(self) -> Any:
        """The root element of the XML. Raises Rejected: `bad-xml`, `too-complex`."""
        return xml.parse(self.text)

    @cached_property
    def root_name(self) -> str:
        """The local name of the first element, as it stands; empty for what is not XML. Nothing is parsed for it."""
        if self.shape != "xml":
            return ""
        return _first_element(self.text[:_PROLOG_CHARS])


def _first_element(text: str) -> str:
    """The local name of the first element behind declarations, comments and a document type."""
    at = 0
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<!--", at):
            at = text.find("-->", at)
        elif text.startswith("<?", at):
            at = text.find("?>", at)
        elif text.startswith("<!", at):
            end, subset = text.find(">", at), text.find("[", at)
            at = text.find("]", subset) if 0 <= subset < end else end
        else:
            match = _ELEMENT.match(text, at)
            return match[1].rpartition(":")[2] if match else ""
        if at < 0:
            return ""
        at += 1
    return ""


class _LineError:
    """A line of a many-line record that is no JSON."""

    def __init__(self, number: int, line: str) -> None:
        self.detail = f"Line {number} of the record is not JSON: {line[:60]!r}."


def line_error(value: object) -> str:
    """The sentence to say of a line that could not be read; empty for a JSON value."""
    return value.detail if isinstance(value, _LineError) else ""


def _is_json(line: str) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _reason(error: orjson.JSONDecodeError) -> str:
    return f"{error.msg} (line {error.lineno}, column {error.colno})"


def _without_surrogates(value: Any) -> Any:
    return orjson.loads(json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace"))
