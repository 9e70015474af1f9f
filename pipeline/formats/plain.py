"""Plain text: the first line is the headline, blank lines part the paragraphs.

Lines that the agencies' printers hard-wrapped are joined, indents begin paragraphs, and labelled lines at the head
(`Slug:`, `By:`, `Dateline:` …) are read into their fields.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import takewhile

from pipeline.errors import Rejected
from pipeline.formats.document import Document
from pipeline.model import Story
from pipeline.text import clean, datelines, furniture
from pipeline.text.paragraphs import join_block, paragraphs
from pipeline.text.times import read_time

NAME = "text"

_HEADLINE_MAX = 250
"""Characters; a longer first line is a paragraph, and the story has no headline."""

_LABEL = re.compile(r"\s*(?P<name>[A-Za-z][A-Za-z ]{2,16}?)\s*:\s*(?P<value>\S.*)$")
_FIELDS = {
    "headline": "headline", "title": "headline", "slug": "slugline", "slugline": "slugline", "byline": "byline",
    "by": "byline", "dateline": "dateline", "urgency": "urgency", "published": "published", "date": "published",
    "embargo": "embargo", "language": "language", "ednote": "ednote", "keywords": "keywords", "source": "provider",
    "provider": "provider", "abstract": "abstract", "version": "version",
}  # fmt: skip
_HEAD_LINES = 12

_LONGEST_WORD = 60
_SHARE, _SHARE_GUESSED = 40, 70
"""Percent of the words that must look like words, and so where the encoding was guessed."""
_WORD_LIKE = re.compile(
    r"[\"'“”‘’«»„(\[<*_#-]*(?:[^\W\d_]+(?:['’.&/-][^\W\d_]+)*|[$€£#]?\d[\d.,:/%-]*)[\"'“”‘’»«)\]>.,:;!?…%*_।॥،؛؟۔።፣፤-]*"
)
_MARKED_SCRIPT = re.compile(r"[\u0590-\u08ff\u0900-\u0dff\u0f00-\u0fff\u1200-\u137f]")
_UNSPACED_SCRIPT = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")


def recognises(document: Document) -> bool:
    """Anything that reads as text and does not begin as markup: the last format to be tried."""
    return document.shape == "text"


def read(document: Document) -> Iterator[Story]:
    """One story. Raises Rejected: `no-text` for what holds no words."""
    text = clean.clean(clean.unescape(document.text))
    refuse_noise(text, sure=document.decoded.how != "guessed")
    story = Story(id="", source="", format=NAME)
    lines = labelled_lines(story, text.split("\n"))
    if not story.headline:
        lines = _headline(story, lines)
    story.paragraphs = text_paragraphs("\n".join(lines))
    yield story


def text_paragraphs(text: str) -> list[str]:
    """The paragraphs of a plain-text body."""
    return paragraphs(text)


def refuse_noise(text: str, *, sure: bool) -> None:
    """Raise Rejected `no-text` for characters that form no words: what random bytes or encoded data decode to.

    `sure` is False where the encoding was guessed: then nearly every word must look like one.
    """
    sample = text[:4000]
    words = sample.split()
    of_letters = sum(map(str.isalpha, words))
    if of_letters >= 3 and of_letters * 100 >= len(words) * _SHARE_GUESSED and max(map(len, words)) <= _LONGEST_WORD:
        return  # as nearly every text: enough words of letters alone, so that nothing below would refuse it
    letters = len(_LETTER.findall(sample))
    if not letters:
        raise Rejected("no-text", "The record holds no letters, so there is nothing to read.")
    if letters < (2 if _UNSPACED_SCRIPT.search(sample) else 3):
        raise Rejected("no-text", "The record holds a letter or two, which is no headline.")
    if _UNSPACED_SCRIPT.search(sample) and letters * 2 >= len(sample.replace(" ", "")):
        return
    if _MARKED_SCRIPT.search(sample):  # vowel signs and the like, which count for no letters
        sample = "".join(c for c in sample if unicodedata.category(c)[0] != "M")
    words = sample.split()
    word_like = sum(len(word) <= _LONGEST_WORD and _WORD_LIKE.fullmatch(word) is not None for word in words)
    if word_like * 100 < len(words) * (_SHARE if sure else _SHARE_GUESSED):
        raise Rejected("no-text", "The record is a run of characters that form no words.")


def labelled_lines(story: Story, lines: list[str]) -> list[str]:
    """Read labelled lines at the head into their fields; returns the lines that are left.

    Only a known label counts, and two of them or one of the unmistakable ones: a headline may hold a colon too.
    """
    found: list[tuple[int, str, str]] = []
    for at, line in enumerate(lines[:_HEAD_LINES]):
        if not line.strip():
            if found:
                break
            continue
        match = _LABEL.match(line)
        name = _FIELDS.get(" ".join(match["name"].lower().split())) if match else None
        if match is None or name is None:
            if found:
                break
            if at > 3:
                break
            continue
        found.append((at, name, match["value"].strip()))
    if len(found) < 2 and not any(
        name in ("slugline", "dateline", "embargo", "byline", "urgency") for _, name, _ in found
    ):
        return lines
    taken = set()
    for at, name, value in found:
        if _set(story, name, value):
            taken.add(at)
    return [line for at, line in enumerate(lines) if at not in taken]


def _set(story: Story, name: str, value: str) -> bool:
    match name:
        case "urgency":
            if not (value.isdigit() and 1 <= int(value) <= 9):
                return False
            story.urgency = int(value)
        case "published":
            story.published = read_time(value)
            return bool(story.published)
        case "embargo":
            story.embargo = read_time(value, assume_utc=False) or f"unreadable: {value}"
        case "keywords":
            story.keywords = [word.strip() for word in re.split(r"[,;]", value)]
        case _:
            if getattr(story, name):
                return False
            setattr(story, name, value)
    return True


def _headline(story: Story, lines: list[str]) -> list[str]:
    """Take the headline off the first lines: the first one that is not furniture; returns the rest."""
    at = 0
    while at < len(lines) and (not lines[at].strip() or furniture.kind(lines[at].strip())):
        at += 1
    if at == len(lines):
        return []
    first = lines[at].strip()
    if len(first) > _HEADLINE_MAX:
        return lines[at:]
    block = [line.rstrip() for line in takewhile(str.strip, lines[at:])]
    if len(block) > 1 and (found := datelines.find_inline(first)) and found.date:
        return lines[at:]  # the text begins at once, with its dateline
    taken = 1
    if 2 <= len(block) <= 3 and block[1].strip()[:1].islower() and any(map(str.strip, lines[at + len(block) :])):
        joined = join_block(block)
        if len(joined) == 1 and len(joined[0]) <= _HEADLINE_MAX:  # a headline over two lines
            first, taken = joined[0], len(block)
    story.headline = clean.squeeze(first)
    return lines[at + taken :]
