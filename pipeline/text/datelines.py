"""Datelines and bylines, as agencies print them at the head of a story."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTH = (
    r"(?:jan(?:uary|vier|uar|\.)?|feb(?:ruary|ruar|rero|\.)?|f[ée]v(?:rier|\.)?|mar(?:ch|s|zo|\.)?|märz|apr(?:il|\.)?|avr(?:il|\.)?|abr(?:il)?|may|mai|mayo"
    r"|june?|juni|juin|junio|july?|juli|juil(?:let|\.)?|julio|aug(?:ust|\.)?|ao[ûu]t|agosto|ago|sept?(?:ember|embre|iembre|\.)?"
    r"|o[ck]t(?:ober|obre|ubre|\.)?|nov(?:ember|embre|iembre|\.)?|de[cz](?:ember|iembre|\.)?|d[ée]c(?:embre|\.)?|ene(?:ro)?|dic(?:iembre)?)"
)
_DATE = rf"(?:{_MONTH}\s?\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:er|\.)?\s(?:de\s)?{_MONTH})(?:,?\s(?:de\s)?\d{{4}})?"

_PLACE = r"[A-ZÀ-ÞŁŚŻČŠŽĆĐ][\w.'’\- ]{1,40}?(?:[/,]\s?[A-Z][\w.'’\- ]{1,30}?){0,3}?"
_AGENCY = r"\((?P<agency>[A-Za-zÀ-ž&.\- /]{2,40}?)\)"

# An inline dateline: `CITY, March 3 (Agency) - `, `CITY (Agency) — `, `CITY, March 3 - `, `Berlin (dpa) - `.
_INLINE = re.compile(
    rf"\s*(?P<all>(?P<place>{_PLACE})(?:,?\s(?i:(?P<date>{_DATE})))?(?:,?\s{_AGENCY}\s?(?:[-–—_:=]{{1,2}}|\.-|\.)|\s?(?P<bare>[-–—]{{1,2}})(?=\s)))(?=\s|$|[A-Z\"“])"
)
# On a line of its own there may be no mark behind it.
_ALONE = re.compile(
    rf"\s*(?P<all>(?P<place>{_PLACE})(?:,?\s(?i:(?P<date>{_DATE})))?(?:,?\s{_AGENCY})?\s?[-–—=:]{{0,2}})\s*$"
)

_ENDS_INLINE = re.compile(r"[(–—-](?:(?<=\()|(?=\s))")
"""An agency's bracket or the bare dash: every inline dateline has one of them."""
_ENDS_ALONE = re.compile(rf"[)\d](?:(?i:st|nd|rd|th)|(?i:er|\.)?\s(?i:(?:de\s)?{_MONTH}))?\s?[-–—=:]{{0,2}}\s*$")
"""As a dateline on a line of its own ends, with its agency or its date: a cheap look before `_ALONE`, which is none."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NAME = r"[A-ZÀ-Þ][\w.'’-]*"
_PARTICLE = r"(?:de|da|di|du|dos|del|van|von|der|den|la|le|el|al|bin|ibn|and|und|et|y|e|och|og|en|&)"
_BYLINE = re.compile(
    rf"\s*(?:by|By|BY|Von|von|VON|Par|par|PAR|Por|por|POR|Di|Door|Av|Af):?\s+(?P<names>{_NAME}(?:,?\s+(?:{_PARTICLE}\s+)*{_NAME}){{0,8}})"
    r"(?:\s*[,|-]\s*(?:[A-ZÀ-Þ][^.,|]{1,50}|(?:dpa|afp|ap|ansa|tt|efe|reuters)(?:\s\w+)?|in\s[A-ZÀ-Þ][^.,|]{1,40}|\S+@\S+)){0,3}\s*\.?\s*"
)
_NOT_NAMES = _words(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december christmas easter midnight noon the this that then now a an"
)
_PLACE_PARTICLES = _words("de del la las los le les of the am an der und and y et du do da dos im upon sur en al el -")
_LABELS = frozenset(
    ("UPDATE", "URGENT", "FLASH", "BREAKING", "EXCLUSIVE", "ANALYSIS", "CORRECTED", "WORLDWIDE", "AP", "AFP", "UPI")
)
_LONGEST = 110
_NOT_PLACES = _words("the a an i it he she we they in on at but and for with from this that")
_MARKS = _words("correction corrected corrects clarification update refile repeat kill")
"""Wire markers that stand where a dateline does (`CORRECTION - In the story …`)."""


@dataclass(frozen=True, slots=True)
class Dateline:
    """A dateline as printed, with its parts; `end` is where the text after it begins."""

    printed: str
    place: str
    date: str
    end: int


def find_inline(paragraph: str) -> Dateline | None:
    """The dateline that a paragraph opens with, or None. It is read, and left in the text."""
    head = paragraph[:_LONGEST]
    if not _ENDS_INLINE.search(head):
        return None
    match = _INLINE.match(head)
    if match is None:
        return None
    place = match["place"].strip(" ,")
    # without agency or date, only a place in capitals makes a dateline: `PARIS - `, but not `Rain - and more of it - `
    if not match["agency"] and not match["date"] and not (_capitals(place) and place not in _LABELS):
        return None
    if not _is_place(place) or (match["agency"] and not _is_agency(match["agency"])):
        return None
    printed = match["all"].rstrip(" -–—_:=")
    return Dateline(printed, place, match["date"] or "", match.end())


def find_alone(paragraph: str) -> Dateline | None:
    """A paragraph that is a dateline and nothing else: a place with date or agency, or a place in capitals."""
    if len(paragraph) > _LONGEST or not _ENDS_ALONE.search(paragraph):
        return None
    match = _ALONE.fullmatch(paragraph)
    if match is None or not (match["date"] or match["agency"]):
        return None
    place = match["place"].strip(" ,")
    if not _is_place(place) or not (_capitals(place.split(",")[0]) or (match["date"] and match["agency"])):
        return None
    return Dateline(match["all"].rstrip(" -–—_:="), place, match["date"] or "", match.end())


def is_byline(paragraph: str) -> bool:
    """A line such as `By Jane Doe` or `Von Hans Meier, dpa`, and nothing else."""
    if len(paragraph) > _LONGEST or not (match := _BYLINE.fullmatch(paragraph)):
        return False
    return match["names"].split()[0].strip(",").lower() not in _NOT_NAMES


def _is_place(place: str) -> bool:
    """A place begins each word with a capital, particles apart, and has few of them."""
    words = place.replace("/", " ").replace(",", " ").split()
    if (
        not words
        or len(words) > 8
        or (words[0].lower() in _NOT_PLACES and not words[0].isupper())
        or words[0] in ("I", "A")
        or words[0].lower() in _MARKS
    ):
        return False
    return all(word[0].isupper() or word in _PLACE_PARTICLES for word in words)


def _is_agency(name: str) -> bool:
    return name[0].isupper() or name.split()[0] in (
        "dpa",
        "dpa-AFX",
        "ots",
        "epd",
        "kna",
        "sid",
        "ddp",
        "apa",
        "belga",
        "efe",
        "afp",
    )


def _capitals(place: str) -> bool:
    letters = [ch for ch in place if ch.isalpha()]
    return len(letters) > 1 and all(ch.isupper() for ch in letters)
