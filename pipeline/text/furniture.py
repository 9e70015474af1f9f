"""Page furniture: lines that a website, a mail system or a printer sets around a story, and that are no part of it.

Recognised by class (the patterns stand in `furniture.toml`), and only where a whole line is nothing but furniture: the
line must match from its first word to its last. A sentence that merely contains such words stays.

The line is reduced to its words first (small letters, numbers to `0`, punctuation to single spaces), and only the
patterns that begin with its first word are tried, so an ordinary paragraph costs one look into a table.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path

_DATA = Path(__file__).with_name("furniture.toml")

_LONGEST = 320
"""Characters of the longest furniture line (a cookie notice); longer ones are not looked at."""
_LONG = 140
"""Beyond this only notices (patterns with `**`) are tried."""
_LONGEST_TITLE = 160
"""Characters of another story's title behind a label such as `Read more:`."""
_TITLE_LINE = 120
"""Characters of a line that may be another story's title, below a heading such as `Related articles`."""

_WORD = re.compile(r"(?:[^\W\d_]+|['’])+|\d[\d.,:/]*|[.!?](?=\s|$)|@\w+")
_NOTICE_WORDS = (
    "ookie", "ights", "echte", "roits", "erechos", "publish", "reproduc", "copied", "distribut", "privacy",
    "permission", "protected", "opyright", "content", "©",
)  # fmt: skip
"""A long line without any of these is no notice. (Substrings are found faster than a pattern.)"""
_FIGURES = re.compile(r"\d[\d.,:/]*")
_LABEL = re.compile(r"\W*([^:–—|]{2,40}?)\s*(?::|\s[|–—-])\s+(?=\S)")
_RIGHTS_MARK = re.compile(r"[\W_]*(?:©|℗|\([cC]\)\s?(?:Copyright\b|\d{4}\b)|[cC]opyright\s*(?:©|\([cC]\)|\d{4}\b))")
_RULE = re.compile(r"[\W_]*")
_END_MARKS = re.compile(r"[-–—#*=_~•·.\s]*(?:#{1,6}|[-–—/]\s?(?:30|0|[Ee][Nn][Dd][Ss]?)\s?[-–—/])[-–—#*=_~•·.\s]*")
_COUNTER = re.compile(r"\d[\d,. ]*")
_TO_READER = re.compile(
    r"\b(?:here|us|our|you|your|click|newsletters?|website|page|below|twitter|facebook|instagram|youtube|inbox|link|ad|reserved"
    r"|sie|uns|unsere[nmrs]?|hier|ihre?|nous|vous|notre|ici|nuestr[oa]s?|aquí|te|nos|permission)\b"
)
_OPENERS, _PAUSES, _STOPS = '"“„«‘([', ",;", ",;:.!?"
"""What may stand right before or behind the first word of a line, or behind its second, and says nothing of it."""
_QUOTE = frozenset('"“”„«»‘')
_SENTENCE_END = re.compile(r"[.!?。！？।؟][\"'”’»)\]]*$")

_IN_SENTENCE = r"(?:(?![.!?])\S+ ){0,12}"
_ANYTHING = r"(?:\S+ ){0,60}"
_FEW = r"(?:(?![.!?])\S+ ){1,12}"


@dataclass(slots=True)
class Cut:
    """What `strip` left, and what it took away."""

    paragraphs: list[str]
    rights: str = ""
    """The copyright line, if one was cut."""
    notes: list[str] = field(default_factory=list)
    """Such as `furniture: recirculation 2, end mark 1`."""


def kind(text: str) -> str:
    """The class of furniture that a whole line is (`recirculation`, `rights`, …); empty for text of a story."""
    return _by_head(text, _tables()) or _anywhere(text)


def _kinds(texts: Sequence[str]) -> list[str]:
    """`kind` of each line. One look at all of them rules out the words that may stand anywhere in a line."""
    if _holds_rare_word("\n".join([one for one in texts if len(one) <= _LONG])):
        return [kind(one) for one in texts]
    tables = _tables()
    return [_by_head(one, tables) for one in texts]


def _by_head(text: str, tables: _Tables) -> str:
    """The class that a line is of by what it begins with."""
    if len(text) > _LONGEST or not text:
        return ""
    # the first two words rule nearly every paragraph out; the rest is for what begins as furniture can
    head, _, rest = text.partition(" ")
    if not head.isalpha():
        head = head.lstrip(_OPENERS).rstrip(_PAUSES)
    if head.isalpha():
        first_word = head.casefold()
        if first_word not in tables.openings:
            return ""
        seconds = tables.openings[first_word]
        if seconds is not None:
            second = rest.partition(" ")[0].rstrip(_STOPS)
            if second.isalpha() and second.isascii() and second.lower() not in seconds:
                return ""
    else:
        first = _WORD.search(text)
        if first is None or _END_MARKS.fullmatch(text) is not None:
            # rules of dashes and stars, end marks, page numbers; but a line in figures only may be a table's
            return "" if first is None and not _RULE.fullmatch(text) else "end mark"
        first_word = _normal_word(first[0])
    if _RIGHTS_MARK.match(text):
        return "rights"
    if first_word not in tables.openings:
        return ""
    table = tables.by_first if len(text) <= _LONG else tables.notices
    candidates = table.get(first_word)
    if candidates and (len(text) <= _LONG or any(word in text for word in _NOTICE_WORDS)):
        line = _reduce(text)
        for name, pattern, is_open in candidates:
            if pattern.fullmatch(line) and not (is_open and _is_report(text, line)):
                return name
    if first_word in tables.labels and (label := _LABEL.match(text)) and len(text) - label.end() <= _LONGEST_TITLE:
        name = tables.label(_reduce(label[1]))
        if name and text[label.end()] not in _QUOTE:
            return name
    return ""


def _anywhere(text: str) -> str:
    """The class that a short line is of by words that may stand anywhere in it."""
    if len(text) <= _LONG and _holds_rare_word(text):
        line = _reduce(text)
        for word, name, pattern in _tables().anywhere:
            if word in line and pattern.fullmatch(line):
                return name
    return ""


def _holds_rare_word(text: str) -> bool:
    low = text.lower()
    for word in _tables().rare_words:  # noqa: SIM110  # for every story: a generator in `any` takes longer
        if word in low:
            return True
    return False


def strip(paragraphs: Sequence[str]) -> Cut:
    """The paragraphs without furniture. Below a heading such as `You may also like` the titles up to the end go too."""
    kinds = _kinds(paragraphs)
    if not any(kinds):
        return Cut(list(paragraphs))
    last = len(paragraphs)
    # from the end: titles of other stories below a heading
    for at in range(len(paragraphs) - 1, -1, -1):
        if kinds[at] == "recirculation":
            below = range(at + 1, last)
            if all(kinds[i] or _like_a_title(paragraphs[i]) for i in below):
                for i in below:
                    kinds[i] = kinds[i] or "recirculation"
        elif not kinds[at] and not _like_a_title(paragraphs[at]):
            break
    counts = [f"{name} {kinds.count(name)}" for name in sorted(set(kinds)) if name]
    rights = paragraphs[kinds.index("rights")] if "rights" in kinds else ""
    note = f"furniture: {', '.join(counts)}"
    left = [text for text, name in zip(paragraphs, kinds, strict=True) if not name]
    return Cut(left, rights, [note])


def trailing(text: str) -> str:
    """The last paragraph without furniture that was run into it: `… the minister said. You may also like...`"""
    for end in reversed([m.end() for m in _BREAK.finditer(text, max(0, len(text) - 160))]):
        name = kind(text[end:].strip())
        if name in ("recirculation", "advertisement", "invitation", "end mark", "subscription", "sharing"):
            return text[:end].rstrip()
    return text


_BREAK = re.compile(r"[.!?][\"'”’»)\]]*\s+(?=\S)")


def _is_report(text: str, line: str) -> bool:
    """A whole sentence that does not speak to the reader or of the page: a story's, whatever it begins with."""
    return len(text) > 40 and text.endswith(".") and not text.endswith("..") and not _TO_READER.search(line)


def _like_a_title(text: str) -> bool:
    return len(text) <= _TITLE_LINE and not _SENTENCE_END.search(text)


def _normal_word(word: str) -> str:
    if word[0].isdigit():
        return "0"
    return word.casefold().replace("’", "'").strip("'")


def _reduce(text: str) -> str:
    """The words of a line, each followed by one space; a sentence end inside it stays as a word `.`."""
    words = _WORD.findall(_FIGURES.sub("0", text.casefold().replace("’", "'")))
    if "'" in text or "’" in text:
        words = [word.strip("'") for word in words]
    while words and words[-1] in (".", "!", "?", ""):
        words.pop()
    return f"{' '.join(word for word in words if word)} " if words else ""


_Pattern = tuple[str, re.Pattern[str], bool]
"""Class, pattern, and whether it has an open end."""


@dataclass(frozen=True, slots=True)
class _Tables:
    by_first: dict[str, list[_Pattern]]
    notices: dict[str, list[_Pattern]]
    labels: dict[str, list[_Pattern]]
    openings: dict[str, frozenset[str] | None]
    """Each first word of furniture with the words that may stand second, None where any may."""
    anywhere: list[tuple[str, str, re.Pattern[str]]]
    rare_words: tuple[str, ...]

    def label(self, line: str) -> str:
        first = line.partition(" ")[0]
        return next((name for name, pattern, _ in self.labels.get(first, ()) if pattern.fullmatch(line)), "")


@cache
def _tables() -> _Tables:
    with _DATA.open("rb") as file:
        data = tomllib.load(file)
    labels = data.pop("labels")
    anywhere = data.pop("anywhere")
    openings: dict[str, frozenset[str] | None] = {"copyright": None}
    by_first: dict[str, list[_Pattern]] = {}
    for name, languages in data.items():
        _index(by_first, openings, name, chain.from_iterable(languages.values()))
    labelled: dict[str, list[_Pattern]] = {}
    for name, patterns in labels.items():
        _index(labelled, openings, name, patterns)
    rare = []
    for name, entries in anywhere.items():
        for entry in entries:
            word, _, pattern = entry.partition(" => ")
            rare.append((word, name, re.compile(_regex(pattern))))
    notices = {
        word: long for word, found in by_first.items() if (long := [p for p in found if _ANYTHING in p[1].pattern])
    }
    return _Tables(by_first, notices, labelled, openings, rare, tuple(dict.fromkeys(word for word, _, _ in rare)))


def _index(
    into: dict[str, list[_Pattern]],
    openings: dict[str, frozenset[str] | None],
    name: str,
    patterns: Iterator[str] | list[str],
) -> None:
    for pattern in patterns:
        compiled = re.compile(_regex(pattern))
        seconds = _second_words(pattern)
        for word in pattern.split()[0].rstrip("?").split("|"):
            first = _normal_word(_WORD.findall(word)[0])
            into.setdefault(first, []).append((name, compiled, "*" in pattern))
            known = openings.get(first, frozenset())
            openings[first] = None if known is None or seconds is None else known | seconds


def _second_words(pattern: str) -> frozenset[str] | None:
    """The words that can stand second in a line that a pattern of furniture.toml matches; None where any can."""
    first, *others = pattern.split()
    if any(len(_WORD.findall(choice)) != 1 for choice in first.split("|")):
        return None
    second = others[0] if others else ""
    words = [_WORD.findall(choice) for choice in second.split("|") if choice]
    if second.endswith("?") or not all(words):  # it may be left out, or is no word (`*`)
        return None
    return frozenset(_normal_word(found[0]) for found in words)


def _regex(pattern: str) -> str:
    """A pattern of furniture.toml as a regular expression over `_reduce`d lines."""
    parts = []
    for token in pattern.split():
        optional = token.endswith("?")
        choices = [_choice(choice) for choice in token.rstrip("?").split("|") if choice]
        parts.append(f"(?:{'|'.join(choices)}){'?' if optional else ''}")
    return "".join(parts)


def _choice(choice: str) -> str:
    if choice == "**":
        return _ANYTHING
    if choice == "*":
        return _FEW
    return re.escape(_reduce(choice)) if _WORD.search(choice) else re.escape(choice)
