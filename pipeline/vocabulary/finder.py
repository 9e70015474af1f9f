"""Find a vocabulary's terms and patterns in text: each with where it stands.

Terms cost next to nothing where they do not stand: each waits under its longest word, and only if that is among a
text's words is the text searched for the whole term. Patterns are RE2's, whose time grows with the length of the text
and never with its powers, so that no pattern of a desk can stop the wire.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import re2

from pipeline.vocabulary.entries import Needle

MOST_FOUND = 200
"""Of one needle in one field; more tell nothing new."""
PATTERN_CHARACTERS = 500
PATTERN_BYTES = 1 << 20
"""What a compiled pattern may take: `x{1000}` nested in another is refused."""

_WORD = re.compile(r"\w+")
# Scripts that write no blanks between words, and Korean, whose particles follow without one: a term may stand inside.
_RUNNING = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "\u00a0": " "})


class Found(NamedTuple):
    """A needle, by its number, and where it stands."""

    needle: int
    start: int
    end: int


class BadPattern(ValueError):
    """A pattern that RE2 does not take; the message says why, for a person."""


def compiled(pattern: str, match_case: bool) -> Any:
    """The pattern, ready to search. Raises BadPattern."""
    if len(pattern) > PATTERN_CHARACTERS:
        raise BadPattern(f"it has {len(pattern)} characters, at most {PATTERN_CHARACTERS} are taken")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_BYTES
    options.case_sensitive = match_case
    try:
        ready = re2.compile(pattern, options)
    except re2.error as e:
        why = e.args[0].decode("utf-8", "replace") if e.args and isinstance(e.args[0], bytes) else str(e)
        hint = " (RE2 has no look-around and no back-references)" if re.search(r"\(\?[<=!]|\\\d", pattern) else ""
        raise BadPattern(why + hint) from e
    if ready.search("") is not None:
        raise BadPattern("it fits everywhere, for it fits the empty text")
    return ready


def folded(text: str) -> str:
    """Lower case with every character in its place, and straight quotes."""
    low = text.lower()
    if len(low) != len(text):  # a capital that has no single small letter stays
        low = "".join(small if len(small := c.lower()) == 1 else c for c in text)
    return low if low.isascii() else low.translate(_QUOTES)


class Finder:
    """Looks for all needles of a vocabulary at once."""

    def __init__(self, needles: Sequence[Needle]) -> None:
        """Raises BadPattern."""
        self._needles = needles
        self._under: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        self._patterns: list[tuple[int, Any]] = []
        self._folded = [folded(needle.words) for needle in needles]
        for number, needle in enumerate(needles):
            if needle.kind == "pattern":
                self._patterns.append((number, compiled(needle.words, needle.match_case)))
                continue
            words = _WORD.findall(self._folded[number])
            if not words or _RUNNING.search(needle.words):
                self._anywhere.append(number)
            elif needle.kind == "stem" and len(words) == 1:
                self._stems.setdefault(words[0], []).append(number)
            else:
                whole = words[:-1] if needle.kind == "stem" else words
                self._under.setdefault(max(whole, key=len), []).append(number)
        self._stem_lengths = sorted({len(stem) for stem in self._stems})

    def find(self, text: str) -> list[Found]:
        """Every needle wherever it stands in the text, in the order of the needles."""
        found: list[Found] = []
        low = folded(text)
        for number in self._candidates(low):
            found += self._places(number, text, low)
        for number, pattern in self._patterns:
            for count, match in enumerate(pattern.finditer(text)):
                if count == MOST_FOUND:
                    break
                if match.end() > match.start():
                    found.append(Found(number, match.start(), match.end()))
        found.sort()
        return found

    def _candidates(self, low: str) -> Iterator[int]:
        """The terms that may stand in the text."""
        words = set(_WORD.findall(low)) if self._under or self._stems else set()
        for word in self._under.keys() & words:
            yield from self._under[word]
        if self._stems:
            for stem in {word[:n] for word in words for n in self._stem_lengths} & self._stems.keys():
                yield from self._stems[stem]
        yield from self._anywhere

    def _places(self, number: int, text: str, low: str) -> Iterator[Found]:
        needle = self._needles[number]
        exact, stem = needle.match_case, needle.kind == "stem"
        words, hay = (needle.words, text) if exact else (self._folded[number], low)
        inside = bool(_RUNNING.search(words))
        at, count = hay.find(words), 0
        while at >= 0 and count < MOST_FOUND:
            end = at + len(words)
            if stem:
                end = _word_end(hay, end)
            if inside or (_begins(hay, at) and _ends(hay, end)):
                count += 1
                yield Found(number, at, end)
                at = hay.find(words, end)
            else:
                at = hay.find(words, at + 1)


def _begins(text: str, at: int) -> bool:
    """Whether a word may begin here."""
    return at == 0 or not (_in_word(text[at]) and _in_word(text[at - 1]))


def _ends(text: str, end: int) -> bool:
    return end >= len(text) or not (_in_word(text[end - 1]) and _in_word(text[end]))


def _word_end(text: str, at: int) -> int:
    while at < len(text) and _in_word(text[at]):
        at += 1
    return at


def _in_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"
