"""Names in stories that are not in English: places by their names in that language, and what needs no grammar.

Places come from the lists of CLDR and GeoNames: longest match, with the endings of inflected languages and the
prefixes of Arabic and Hebrew taken off where a name is not found as it stands. In Latin script, a listed given name
before another capitalised word is a person, and listed organisations are found as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon, shipped

UNSPACED = frozenset(("zh", "ja", "th", "lo", "km", "my", "yue"))
INFLECTED = frozenset(
    ("ru", "uk", "be", "bg", "sr", "mk", "hr", "bs", "sl", "cs", "sk", "pl", "lt", "lv", "et", "fi", "hu", "tr", "az",
     "kk", "uz", "ky", "ka", "hy", "el", "ro", "sq", "eu", "la", "ta", "te", "ml", "kn", "ko", "mn", "is", "bn", "mr",
     "gu", "pa", "ne", "si", "as", "or")
)  # fmt: skip
PREFIXES = {
    "ar": ("وال", "بال", "لل", "كال", "و", "ب", "ل", "ف", "ك"),
    "am": ("በ", "ከ", "የ", "ለ", "ወደ", "እና"),
    "ti": ("ብ", "ካብ", "ናይ", "ን"),
    "he": ("וב", "ומ", "וה", "ו", "ב", "ל", "מ", "ה", "ש", "כ"),
}
LONGEST_ENDING = 3
JOINING = frozenset(("ta", "te", "ml", "kn"))
"""Languages that put a joining sound before the ending: one character more."""
ENDINGS = ("а", "я", "ь", "й", "о", "ия", "a", "e", "o", "y", "ja", "ia", "ς", "ος", "α", "ი")
"""What a name may end in where its case ending is off."""
LARGE = 300_000
"""Inhabitants from which a city is looked for under its international name in every language of Latin script."""
_SIGNS = r"\u0300-\u036f\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
"""Vowel signs and other marks that may end a word and count for no letter."""
_WORD = re.compile(rf"[^\W_](?:[^\s()\[\]{{}}\"“”„«»,;:!?…،؛。、，·।]*[^\W_])?[{_SIGNS}]*\.?", re.UNICODE)
_SUFFIX = re.compile(r"['’].*")
_SCRIPTS = {
    "CYRILLIC": "cyrillic", "ARABIC": "arabic", "HEBREW": "hebrew", "GREEK": "greek", "CJK": "han", "HANGUL": "hangul",
    "KATAKANA": "kana", "HIRAGANA": "kana", "DEVANAGARI": "devanagari", "BENGALI": "bengali", "THAI": "thai",
    "GEORGIAN": "georgian", "ARMENIAN": "armenian", "TAMIL": "tamil", "TELUGU": "telugu", "ETHIOPIC": "ethiopic",
    "GURMUKHI": "gurmukhi", "GUJARATI": "gujarati", "KANNADA": "kannada", "MALAYALAM": "malayalam", "SINHALA":
    "sinhala", "KHMER": "khmer", "LAO": "lao", "MYANMAR": "myanmar",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spotted:
    """A name in a text: kind as the name model says it, the words that the lists know it by, and where it stands."""

    kind: str
    known_as: str
    start: int
    end: int


@cache
def script_of(word: str) -> str:
    """The script of a word's first letter; empty for Latin and for what is no letter."""
    for c in word:
        if c.isalpha():
            return _SCRIPTS.get(unicodedata.name(c, "").split(" ")[0], "")
    return ""


class Foreign:
    """Finds names by list, language by language; lists are unpacked when a language first comes up."""

    def __init__(self, lexicon: Lexicon, gazetteer: Gazetteer) -> None:
        self._lexicon = lexicon
        self._gazetteer = gazetteer
        self._all: dict[str, dict[str, str]] | None = None
        self._names: dict[tuple[str, str], dict[str, str]] = {}
        self._latin: dict[str, str] = {}

    def find(self, text: str, language: str) -> list[Spotted]:
        """The names in a text, in order, none overlapping."""
        language = language.split("-")[0].lower()
        script = script_of(text[:400].lstrip("\"'«„“¿¡(0123456789 .,-–"))
        names = self._of(language, script)
        if language in UNSPACED or script in ("han", "kana", "thai"):
            return list(_unspaced(text, names))
        return list(self._spaced(text, language, script, names))

    def _of(self, language: str, script: str) -> dict[str, str]:
        key = (language, script)
        if key not in self._names:
            if self._all is None:
                self._all = shipped("foreign.json.zst")
            names = dict(self._all.get(f"script:{script}", {}))
            if script in ("han", "kana"):
                names |= self._all.get("script:han", {}) | self._all.get("script:kana", {})
            if not script:
                names |= self._international()
            self._names[key] = names | self._all.get(language, {})
        return self._names[key]

    def _international(self) -> dict[str, str]:
        if not self._latin:
            for name in self._gazetteer.names():
                place = self._gazetteer.first(name)
                if (
                    place
                    and place.kind == "city"
                    and place.weight >= LARGE
                    and name.lower() not in self._lexicon.common
                ):
                    self._latin[name] = name
        return self._latin

    def _spaced(self, text: str, language: str, script: str, names: dict[str, str]) -> Iterator[Spotted]:
        words = [(_SUFFIX.sub("", m[0]) if language == "tr" else m[0], m.start()) for m in _WORD.finditer(text)]
        cased = script in ("", "cyrillic", "greek", "armenian")
        i = 0
        while i < len(words):
            word = words[i][0]
            if cased and not word[0].isupper():
                i += 1
                continue
            found = self._place(text, words, i, language, names) or (None if script else self._name(text, words, i))
            if found:
                yield found[0]
                i += found[1]
            else:
                i += 1

    def _place(
        self, text: str, words: list[tuple[str, int]], i: int, language: str, names: dict[str, str]
    ) -> tuple[Spotted, int] | None:
        start = words[i][1]
        for n in range(min(4, len(words) - i), 0, -1):
            last, at = words[i + n - 1]
            phrase = text[start : at + len(last)]
            for form, lead in _forms(phrase, language):
                known = names.get(form)
                if known is not None:
                    end = at + len(last) - (1 if phrase.endswith(".") and not form.endswith(".") else 0)
                    return Spotted("LOC", known, start + lead, end), n
        return None

    def _name(self, text: str, words: list[tuple[str, int]], i: int) -> tuple[Spotted, int] | None:
        word, start = words[i]
        lexicon = self._lexicon
        bare = word.rstrip(".")
        if bare in lexicon.organisations and len(bare) > 2 and bare.lower() not in lexicon.common:
            return Spotted("ORG", bare, start, start + len(bare)), 1
        if word not in lexicon.given or i + 1 == len(words):
            return None
        n = 1
        while n < 4 and i + n < len(words):
            following, at = words[i + n]
            before, before_at = words[i + n - 1]
            if text[before_at + len(before) : at] != " " or before.endswith("."):
                break
            if following in self._international():
                break
            if not following[0].isupper() and following not in (
                "de",
                "von",
                "van",
                "der",
                "di",
                "da",
                "del",
                "bin",
                "al",
            ):
                break
            n += 1
        while n > 1 and not words[i + n - 1][0][0].isupper():
            n -= 1
        listed = bare in lexicon.family or words[i + n - 1][0].rstrip(".") in lexicon.family
        if n < 2 or (n == 2 and not listed):
            return None
        last, at = words[i + n - 1]
        end = at + len(last.rstrip("."))
        return Spotted("PER", text[start:end], start, end), n


def _forms(phrase: str, language: str) -> Iterator[tuple[str, int]]:
    """Forms under which a phrase may be listed, with the characters dropped in front."""
    yield phrase, 0
    bare = phrase.rstrip(".")
    if bare != phrase:
        yield bare, 0
    if language in INFLECTED:
        shortest = 2 if script_of(bare) == "hangul" else 4
        shortest += bare.rfind(" ") + 1
        for n in range(1, LONGEST_ENDING + (language in JOINING) + 1):
            stem = bare[:-n]
            if len(stem) < shortest:
                break
            yield stem, 0
            for ending in ENDINGS:
                yield stem + ending, 0
    for prefix in PREFIXES.get(language, ()):
        if bare.startswith(prefix) and len(bare) - len(prefix) > 2:
            yield bare[len(prefix) :], len(prefix)
            if prefix == "لل":
                yield "ال" + bare[2:], 0


def _unspaced(text: str, names: dict[str, str]) -> Iterator[Spotted]:
    """Longest listed names in text without blanks between words."""
    longest: dict[str, int] = {}
    for name in names:
        longest[name[:2]] = max(longest.get(name[:2], 0), len(name))
    i = 0
    while i < len(text) - 1:
        most = longest.get(text[i : i + 2])
        if most:
            for n in range(most, 1, -1):
                known = names.get(text[i : i + n])
                if known is not None and len(text[i : i + n]) == n:
                    yield Spotted("LOC", known, i, i + n)
                    i += n - 1
                    break
        i += 1
