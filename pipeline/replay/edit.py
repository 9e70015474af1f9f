"""Stories taken apart just far enough to change them, and put together again: for forged and renumbered records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson

_HEADLINES = ("title", "headline")
_TEXTS = ("text", "body_text", "body")
_BREAK = re.compile(r"\r?\n[ \t]*\r?\n\s*")


@dataclass(slots=True)
class Draft:
    """A story's headline and paragraphs, and what is needed to write it back."""

    headline: str
    paragraphs: list[str]
    _story: dict[str, Any] | None = None
    """The JSON object it came in; None for plain text."""
    _headline_field: str = ""
    _text_field: str = ""

    def to_bytes(self, new_id: str) -> bytes:
        """The story as bytes of the form it came in, under a new id where that form holds one."""
        text = "\n\n".join(self.paragraphs)
        if self._story is None:
            return "\n\n".join(part for part in (self.headline, text) if part).encode()
        story = {**self._story, "id": new_id}
        if self._headline_field:
            story[self._headline_field] = self.headline
        if self._text_field:
            story[self._text_field] = text
        return orjson.dumps(story)


def draft_of(body: bytes) -> Draft | None:
    """The draft of a JSON object with a title or a text, or of plain UTF-8 text whose first line is the headline.

    None for everything else: XML, e-mail and the like are not taken apart here.
    """
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"{":
        return _json_draft(body)
    if not start or start in b"<[" or b"\0" in body:
        return None
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    headline, _, rest = text.strip().partition("\n")
    return Draft(headline.strip(), _paragraphs(rest))


def _json_draft(body: bytes) -> Draft | None:
    try:
        story = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    headline_field = next((f for f in _HEADLINES if isinstance(story.get(f), str)), "")
    text_field = next((f for f in _TEXTS if isinstance(story.get(f), str)), "")
    if not headline_field and not text_field:
        return None
    return Draft(
        story.get(headline_field, ""), _paragraphs(story.get(text_field, "")), story, headline_field, text_field
    )


def _paragraphs(text: str) -> list[str]:
    return [part for part in _BREAK.split(text.strip()) if part]


def with_id(body: bytes, new_id: str) -> bytes:
    """A JSON object that has an `id` with another one; any other bytes as they are."""
    if body.lstrip()[:1] != b"{":
        return body
    try:
        story = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    return orjson.dumps({**story, "id": new_id}) if "id" in story else body
