"""IPTC 7901 (1995), the text form of European agencies: control characters part header, text and trailer.

SOH source and number, priority, category, word count, keyword   STX headline and text   ETX date-time EOT
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.errors import Rejected
from pipeline.formats.document import Document
from pipeline.model import Story
from pipeline.text import clean
from pipeline.text.paragraphs import paragraphs
from pipeline.text.times import read_time

NAME = "iptc7901"

_HEADER = re.compile(
    r"\s*\x01(?P<source>[A-Za-z]{1,5})(?P<number>\d{1,5})[ \t]+(?P<priority>\d)[ \t]+(?P<category>[a-zA-Z]{1,5})"
    r"[ \t]+(?P<words>\d{1,6})[ \t]*(?P<rest>[^\r\n]*)"
)
_STAMP = re.compile(
    r"(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)\s*(?P<zone>GMT|UTC|Z)\s*"
    r"(?P<month>[A-Za-z]{3})[a-z]*\.?\s*(?P<year>\d{4}|\d\d)"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NOTEBOOK = re.compile(
    r"\n\s*(?:#\s+#\s+#|# Notebook|The following information is not (?:intended )?for publication"
    r"|## (?:Note|Internet|Contacts|Editorial contacts|dpa Contacts|Redaktionelle))",
    re.I,
)
_SIGNS = re.compile(r"[A-Za-z]{2,6}(?: [a-z]{2,5}){1,6}")
"""The last line: the agency and the initials of writer and editors, `dpa wsz jln npr`."""
_END_SIGN = re.compile(r"[\s=]+$")


def recognises(document: Document) -> bool:
    return (
        b"\x01" in document.data[:200] and b"\x02" in document.data[:2000] and _HEADER.match(document.text) is not None
    )


def read(document: Document) -> Iterator[Story]:
    """One story. Raises Rejected `no-text` where nothing stands between STX and ETX."""
    header = _HEADER.match(document.text)
    assert header is not None  # recognised
    before, _, text = document.text.partition("\x02")
    body, _, trailer = text.partition("\x03")
    if not body.strip():
        raise Rejected("no-text", "The IPTC 7901 message has no text between its STX and ETX marks.")
    story = Story(id="", source="", format=NAME)
    story.provider = header["source"]
    story.sequence = header["number"]
    story.priority = header["priority"]
    story.urgency = int(header["priority"]) if header["priority"] != "0" else 0
    story.genre = header["category"]
    story.word_count = int(header["words"])
    story.slugline = before[header.end() :].strip().rstrip("/").strip()
    story.published = _stamp(trailer)
    _read_text(story, clean.clean(body))
    yield story


def _read_text(story: Story, body: str) -> None:
    lines = body.lstrip("\n").split("\n")
    at = 0
    while at < len(lines) and re.fullmatch(r"\s*\(.{1,120}\)\s*=?\s*", lines[at]):
        story.ednote = f"{story.ednote} {_END_SIGN.sub('', lines[at]).strip().strip('()')}".strip()
        at += 1
    headline: list[str] = []
    while at < len(lines):  # the headline runs to the line that ends in an equals sign, or to the blank line
        text = lines[at].strip()
        at += 1
        if not text:
            if headline:
                break
            continue
        headline.append(_END_SIGN.sub("", text))
        if text.endswith("="):
            break
        if len(headline) == 4:
            break
    story.headline = " ".join(headline)
    rest = "\n".join(lines[at:])
    notebook = _NOTEBOOK.search(rest)
    if notebook:
        story.notes.append("furniture: the desk's notebook below the text")
        rest = rest[: notebook.start()]
    if match := re.match(r"\s*(By [A-Z][^\n=]{2,80}?)\s*=?\s*\n", rest):
        story.byline = match[1].strip()
        rest = rest[match.end() :]
    story.paragraphs = [text for text in (one.rstrip(" =") for one in paragraphs(rest)) if text]
    if story.paragraphs and _SIGNS.fullmatch(story.paragraphs[-1]):
        del story.paragraphs[-1]


def _stamp(trailer: str) -> str:
    match = _STAMP.search(trailer)
    if not match or match["month"].lower() not in _MONTHS:
        return ""
    year = match["year"] if len(match["year"]) == 4 else f"{'19' if int(match['year']) > 69 else '20'}{match['year']}"
    month = _MONTHS.index(match["month"].lower()) + 1
    return read_time(f"{year}-{month:02}-{match['day']}T{match['hour']}:{match['minute']}:00Z")
