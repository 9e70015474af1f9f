"""What stands on the right of a condition's `=`, checked and made ready; one function for each kind of condition."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

import re2

from pipeline.desks.conditions import Condition, Language, Named, Pattern, Place, Status, Topic, Urgency, Words
from pipeline.mediatopics.vocabulary import PREFIX, in_force, topics
from pipeline.model import Status as AnyStatus
from pipeline.tags.gazetteer import Gazetteer

ROUTED = ("new", "update", "correction")
"""What goes to desks by rule. Kills go wherever the story went."""

MAX_PATTERN = 1000
_PATTERN_MEMORY = 8 << 20

_QCODE = re.compile(r"(?:medtop:)?(\d{8})")
_OWN_CODE = re.compile(r"(?!medtop:)[A-Za-z][\w-]*:\S+")
"""A topic of a desk's own vocabulary."""
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_RANGE = re.compile(r"([1-9])\s*(?:-|–|to)\s*([1-9])")


@dataclass(frozen=True, slots=True)
class BadItem:
    """What is wrong with a value, and with which of its items."""

    message: str
    item: int | None = None


class BadValue(ValueError):
    """A condition whose value cannot be used."""

    def __init__(self, *flaws: BadItem) -> None:
        super().__init__(flaws)
        self.flaws = flaws


def closest(given: str, known: Iterable[str]) -> str:
    """A question that helps: ` (did you mean 'sport'?)`, or nothing."""
    near = difflib.get_close_matches(given.casefold(), list(known), n=1, cutoff=0.7)
    return f" (did you mean '{near[0]}'?)" if near else ""


def _strings(key: str, value: Any) -> list[str]:
    """A string, or a list of them, none empty."""
    values = value if isinstance(value, list) else [value]
    if not values:
        raise BadValue(BadItem(f"{key} has an empty list, which no story fits."))
    flaws = [
        BadItem(f"{key} takes strings; this is {one!r}.", n if isinstance(value, list) else None)
        for n, one in enumerate(values)
        if not isinstance(one, str) or not one.strip()
    ]
    if flaws:
        raise BadValue(*flaws)
    return [one.strip() for one in values]


def _each(key: str, value: Any, read: Callable[[str], None]) -> None:
    """Read every item and raise for all that are wrong together. `read` raises ValueError with a sentence."""
    flaws = []
    for n, one in enumerate(_strings(key, value)):
        try:
            read(one)
        except ValueError as e:
            flaws.append(BadItem(str(e), n if isinstance(value, list) else None))
    if flaws:
        raise BadValue(*flaws)


@cache
def _topic_names() -> dict[str, str]:
    """The names of the topics in force, case-folded, to their qcodes."""
    return {topic.name.casefold(): topic.qcode for topic in topics().values() if not topic.retired}


def _topic(key: str, value: Any, confidence: float) -> Condition:
    wanted: dict[str, str] = {}

    def one(text: str) -> None:
        if code := _QCODE.fullmatch(text):
            qcode = PREFIX + code[1]
            if qcode not in topics():
                raise ValueError(f"There is no Media Topic {qcode}.")
            if topics()[qcode].retired:
                now = in_force(qcode)
                raise ValueError(
                    f"{qcode} ({topics()[qcode].name}) was retired on {topics()[qcode].retired}"
                    + (f"; use {now} ({topics()[now].name})." if now else ".")
                )
        elif _OWN_CODE.fullmatch(text):
            wanted[text] = text
            return
        else:
            qcode = _topic_names().get(text.casefold(), "")
            if not qcode:
                raise ValueError(f"There is no Media Topic '{text}'{closest(text, _topic_names())}.")
        wanted[qcode] = topics()[qcode].name

    _each(key, value, one)
    return Topic(wanted, confidence)


def _named(key: str, value: Any, confidence: float) -> Condition:
    return Named(key, {one.casefold(): one for one in _strings(key, value)})


def _place(key: str, value: Any, confidence: float) -> Condition:
    """Two capitals are a country; the name of a country counts as its code, any other as the gazetteer has it."""
    names: dict[str, str] = {}
    countries: set[str] = set()
    given = _strings(key, value)
    gazetteer = Gazetteer.load() if any(not _COUNTRY.fullmatch(one) for one in given) else None
    for one in given:
        if gazetteer is None or _COUNTRY.fullmatch(one):
            countries.add(one)
            continue
        place = gazetteer.first(one)
        if place is not None and place.kind == "country" and place.country:
            countries.add(place.country)
        else:
            names[one.casefold()] = one
            if place is not None:
                names[place.name.casefold()] = one
    return Place(names, frozenset(countries))


def _language(key: str, value: Any, confidence: float) -> Condition:
    wanted: list[str] = []

    def one(text: str) -> None:
        if not _LANGUAGE.fullmatch(text.lower()):
            raise ValueError(f"'{text}' is no language tag; write en, de, pt-BR.")
        wanted.append(text.lower())

    _each(key, value, one)
    return Language(tuple(wanted))


def _status(key: str, value: Any, confidence: float) -> Condition:
    wanted: set[str] = set()

    def one(text: str) -> None:
        if text not in ROUTED:
            known = ", ".join(ROUTED)
            why = "does not go to desks by rule" if text in get_args(AnyStatus) else "is no status"
            raise ValueError(f"'{text}' {why}; there are {known} (a kill goes wherever its story went).")
        wanted.add(text)

    _each(key, value, one)
    return Status(frozenset(wanted))


def _urgency(key: str, value: Any, confidence: float) -> Condition:
    """A number, a range in words (`1-3`), or a list of these."""
    wanted: set[int] = set()
    flaws = []
    for n, one in enumerate(value if isinstance(value, list) else [value]):
        match = _RANGE.fullmatch(one.strip()) if isinstance(one, str) else None
        if isinstance(one, int) and not isinstance(one, bool) and 1 <= one <= 9:
            wanted.add(one)
        elif match and match[1] <= match[2]:
            wanted.update(range(int(match[1]), int(match[2]) + 1))
        else:
            flaw = f'urgency is a number from 1 to 9, or a range such as "1-3"; this is {one!r}.'
            flaws.append(BadItem(flaw, n if isinstance(value, list) else None))
    if flaws or not wanted:
        raise BadValue(*(flaws or [BadItem("urgency has an empty list, which no story fits.")]))
    return Urgency(frozenset(wanted))


def _words(key: str, value: Any, confidence: float) -> Condition:
    wanted: list[tuple[str, bool]] = []

    def one(text: str) -> None:
        words = text.casefold().removesuffix("*")
        if not words or "*" in words:
            raise ValueError(f"'{text}': a star stands at the end of a word only, for what begins so.")
        wanted.append((words, text.endswith("*")))

    _each(key, value, one)
    return Words(key, tuple(wanted))


def _pattern(key: str, value: Any, confidence: float) -> Condition:
    if not isinstance(value, str) or not value or len(value) > MAX_PATTERN:
        raise BadValue(BadItem(f"pattern is a regular expression, a string of at most {MAX_PATTERN} characters."))
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        compiled = re2.compile(value, options=options)
    except re2.error as e:
        said = e.args[0] if e.args else e
        detail = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise BadValue(
            BadItem(
                f"The pattern is no regular expression of RE2 ({detail}); it has no look-around or back-references."
            )
        ) from e
    if compiled.search(b"") is not None:
        raise BadValue(BadItem("The pattern fits the empty text, so it fits every story."))
    return Pattern(value, compiled)


Maker = Callable[[str, Any, float], Condition]
"""Key, value, and the least confidence of topics; raises BadValue."""

KEYS: dict[str, Maker] = {
    "topic": _topic,
    "place": _place,
    "person": _named,
    "organisation": _named,
    "entity": _named,
    "keyword": _named,
    "source": _named,
    "provider": _named,
    "genre": _named,
    "language": _language,
    "urgency": _urgency,
    "status": _status,
    "text": _words,
    "headline": _words,
    "slugline": _words,
    "pattern": _pattern,
}
