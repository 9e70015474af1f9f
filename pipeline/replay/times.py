"""A story's own time, peeked at without parsing the story: for replays on original times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import orjson

_JSON_FIELDS = ("published", "time", "date", "versioncreated", "versionCreated", "firstcreated")
_PEEK_BYTES = 64 * 1024
_MILLISECONDS_FROM = 1e11  # as seconds that is the year 5138

# The time of this version first, then the time of the first version: elements of NewsML-G2, Atom, NewsML 1, RSS, Dublin
# Core, then the norm attributes of NITF, then the header of an e-mail.
_PLACES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rb"<(?:\w+:)?versionCreated[^>]*>([^<]{6,40})<",
        rb"<(?:\w+:)?(?:published|updated|modified)\b[^>]*>([^<]{6,40})<",
        rb"<ThisRevisionCreated\b[^>]*>([^<]{6,40})<",
        rb"<(?:\w+:)?(?:contentCreated|FirstCreated|DateAndTime|sent)\b[^>]*>([^<]{6,40})<",
        rb"<(?:\w+:)?pubDate[^>]*>([^<]{6,60})<",
        rb"<(?:\w+:)?date\b[^>]*>([^<]{6,60})<",
        rb"<(?:date\.issue|story\.date|date\.release)\b[^>]*\bnorm=[\"']([^\"']{6,40})[\"']",
        rb"(?:\A|\n)Date:[ \t]*([^\r\n]{6,60})",
    )
)
_WIDE_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def peek_time(body: bytes) -> float | None:
    """The story's time in epoch seconds, or None. Times without a zone count as UTC.

    JSON: the first readable of `published`, `time`, `date`, `versioncreated` and `firstcreated`. Everything else: the
    first readable of the common date elements and headers within the first 64 KiB. Never raises.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    if body.lstrip()[:1] == b"{":
        try:
            story = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        return next((found for name in _JSON_FIELDS if (found := _from_json(story.get(name))) is not None), None)
    head = body[:_PEEK_BYTES]
    if (wide := _WIDE_BOMS.get(head[:2])) is not None:
        head = head.decode(wide, "replace").encode("utf-8", "replace")
    for place in _PLACES:
        if (match := place.search(head)) is not None:
            found = parse_time(match[1].decode("latin-1"))
            if found is not None:
                return found
    return None


def parse_time(text: str) -> float | None:
    """ISO 8601 (extended or basic) or RFC 5322, as epoch seconds; None for anything else."""
    text = text.strip()
    try:
        return _epoch(datetime.fromisoformat(text))
    except ValueError:
        pass
    try:
        return _epoch(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError):  # what that function raises for text of other kinds
        return None


def _from_json(value: object) -> float | None:
    if isinstance(value, str):
        return parse_time(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e14:
        return value / 1000 if value >= _MILLISECONDS_FROM else float(value)
    return None


def _epoch(moment: datetime) -> float:
    # a date far out of range has no timestamp in some zones: OverflowError is a ValueError's sibling
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except OverflowError as e:
        raise ValueError("out of range") from e
