"""Embargoes written as words: `EMBARGOED UNTIL 0001 GMT ON THURSDAY, MARCH 19, 2026`, `Sperrfrist: …`.

The time counts only where day, year and zone are all there. Anything less is `unreadable: …`, which holds the story:
an embargo is never guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from pipeline.text.times import read_time

_MARK = re.compile(
    r"[\s*(\[#>-]*(?:(?:attention|note to|notice to)?\s*editors?\s*[:,-]\s*)?"
    r"(?:(?:strictly|under|this (?:story|report) is)\s+)*"
    r"(?:EMBARGO(?:ED)?|Embargo(?:ed)?|embargo(?:ed)?|SPERRFRIST|Sperrfrist|(?:SOUS|[Ss]ous) (?:embargo|EMBARGO)"
    r"|Embargado|EMBARGADO)(?P<rest>\b.*)",
    re.S,
)
_UNTIL = re.compile(
    r"[\s:–—,.!-]*(?:for\s+(?:release|publication)|until|till|(?:to|at)\s+\d|not\s+(?:for|to)|jusqu|bis|hasta|before|\d|$|:)",
    re.I,
)
_BRACKETED = re.compile(r"\s*[(\[]([^()\[\]]{5,160})[)\]]")
_MOST_WORDS = 20
_IN_NOTE = re.compile(r"\b(?:STRICTLY\s+)?EMBARGOED\b(?!-)|\bEMBARGO\s*:|\b[Ee]mbargoed (?:until|till|to|for)\b")
_LIFTED = re.compile(r"\b(?:lifted|no longer|aufgehoben|levé|levantado|KILL)\b|\bno embargo\b", re.I)

_MONTH_NAMES = (
    "january jan janvier januar enero ene",
    "february feb février fevrier februar febrero",
    "march mar mars märz marzo",
    "april apr avril abril abr",
    "may mai mayo",
    "june jun juin juni junio",
    "july jul juillet juli julio",
    "august aug août aout agosto ago",
    "september sept sep septembre septiembre",
    "october oct octobre oktober okt octubre",
    "november nov novembre noviembre",
    "december dec décembre decembre dezember dez diciembre dic",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_ZONES = {
    "gmt": 0, "utc": 0, "z": 0, "bst": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "eet": 120, "eest": 180,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "jst": 540,
    "ist": 330, "aest": 600, "aedt": 660,
}  # fmt: skip
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_FIRST = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?({_NAMES})\.?,?\s+(?:de\s+)?(\d{{4}})\b", re.I
)
_MONTH_FIRST = re.compile(rf"\b({_NAMES})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", re.I)
_FIGURES = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_ISO = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?\s?(?:Z|[+-]\d\d:?\d\d)")
_CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d\d)|(?P<joined>\d\d))?\s*(?P<half>a\.?m\b\.?|p\.?m\b\.?)?\s*(?:hrs|hours|h|uhr)?"
    rf"\s*\(?(?P<zone>(?:{'|'.join(_ZONES)})\b|[+-]\d\d:?\d\d)",
    re.I,
)
_NOON = re.compile(rf"\b(?:12\s?)?(?P<word>noon|midnight)\s*\(?(?P<zone>{'|'.join(_ZONES)})\b", re.I)


def of_line(line: str) -> str:
    """The embargo that a line is, as an ISO time or `unreadable: …`; empty where it is none.

    The line must begin with the words and go on as an embargo does: `Embargo on arms exports lifted` is news.
    """
    if len(line) > 240 or not (match := _MARK.fullmatch(line)):
        return ""
    rest = match["rest"]
    if _LIFTED.search(rest) or rest.startswith("-") or not _UNTIL.match(rest):
        return ""
    return read(rest) or f"unreadable: {line.strip()}"


def split(line: str) -> tuple[str, str]:
    """The embargo that a line opens with, as `of_line` gives it, and what of the line is text.

    Brackets part the two: `(EMBARGOED FOR RELEASE AT 1130 GMT) Prices rose`. Without them a short line is all embargo.
    """
    if not ("mbarg" in line or "MBARG" in line or "perrfrist" in line or "PERRFRIST" in line):
        return "", line  # as nearly every paragraph: no form of the word that `_MARK` begins with
    if bracketed := _BRACKETED.match(line):
        if held := of_line(bracketed[1]):
            return held, line[bracketed.end() :].strip(" *-–—")
        return "", line
    if len(line.split()) > _MOST_WORDS:
        return "", line
    held = of_line(line)
    return (held, "") if held else ("", line)


def of_note(note: str) -> str:
    """The embargo that a note to the desk tells of, likewise."""
    match = _IN_NOTE.search(note)
    if not match or _LIFTED.search(note):
        return ""
    return read(note[match.start() :]) or f"unreadable: {note[match.start() : match.start() + 160]}"


def read(words: str) -> str:
    """The moment that words name with day, year, time and zone, as an ISO time in UTC; empty where any is missing."""
    if match := _ISO.search(words):
        return read_time(match[0].replace(" ", "T", 1).replace(" ", ""), assume_utc=False)
    day = _day(words)
    clock = _clock(words)
    if day is None or clock is None:
        return ""
    hour, minute, offset = clock
    try:
        moment = datetime(*day, hour, minute, tzinfo=timezone(timedelta(minutes=offset)))
    except ValueError:
        return ""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _day(words: str) -> tuple[int, int, int] | None:
    if match := _DAY_FIRST.search(words):
        return int(match[3]), _MONTHS[match[2].lower()], int(match[1])
    if match := _MONTH_FIRST.search(words):
        return int(match[3]), _MONTHS[match[1].lower()], int(match[2])
    if match := _FIGURES.search(words):  # only the German order is written with points
        return int(match[3]), int(match[2]), int(match[1])
    return None


def _clock(words: str) -> tuple[int, int, int] | None:
    if match := _NOON.search(words):
        return (12 if match["word"].lower() == "noon" else 0), 0, _ZONES[match["zone"].lower()]
    if not (match := _CLOCK.search(words)):
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or match["joined"] or 0)
    half = (match["half"] or "").lower().replace(".", "")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif not (match["minute"] or match["joined"]):
        return None  # a bare `12 GMT` may be a day
    zone = match["zone"].lower()
    if zone in _ZONES:
        return hour, minute, _ZONES[zone]
    sign = -1 if zone[0] == "-" else 1
    return hour, minute, sign * (int(zone[1:3]) * 60 + int(zone[-2:]))
