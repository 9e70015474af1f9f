"""What the model sees of a token: facts about the token alone, so that they are worked out once per distinct token.

Training and tagging both read this page. A feature of the token before is the same fact under another name (`-1:`).
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.tokens import NONE

CLASSES = (
    "pad", "stop", "comma", "open", "close", "quote", "dash", "mark",
    "word", "title", "saying", "inside", "the", "prep", "and", "number", "score", "calendar",
    "given", "family", "bothnames", "country", "city", "town", "demonym", "org", "orgend", "placeend", "captitle",
    "initial", "acronym", "caps", "mixed", "cap", "capword",
)  # fmt: skip
"""What a token is at a glance. Pairs and triples of neighbours are features too, so there are few."""
CLASS = {name: i for i, name in enumerate(CLASSES)}
UNHEARD = 6.5
"""The rarity of a word that the training texts do not hold."""
COMMONEST = 2.0
"""The rarity from which a word can be a keyword: in less than one text in seven."""
MARKS = {
    "stop": ".!?", "comma": ",;:", "open": "([{", "close": ")]}", "quote": "\"“”‘'’`«»", "dash": "-–—",
}  # fmt: skip
PREPOSITIONS = frozenset(
    ("in", "at", "from", "near", "to", "into", "across", "around", "outside", "inside", "toward", "towards", "via")
)


class Facts:
    """The facts about tokens that the word lists and the gazetteer give."""

    def __init__(self, lexicon: Lexicon, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._common = lexicon.common
        self._stop = lexicon.stop
        self._calendar = lexicon.calendar
        self._small: tuple[tuple[str, Container[str]], ...] = (
            ("title", lexicon.titles), ("saying", lexicon.saying), ("oend", lexicon.org_ends),
            ("ostart", lexicon.org_starts), ("pend", lexicon.place_ends), ("pstart", lexicon.place_starts),
            ("inside", lexicon.inside), ("cal", lexicon.calendar), ("common", lexicon.common),
        )  # fmt: skip
        self._large: tuple[tuple[str, Container[str]], ...] = (
            ("given", lexicon.given), ("family", lexicon.family), ("org", lexicon.organisations),
            ("demonym", gazetteer.demonyms),
        )  # fmt: skip
        self.inside = lexicon.inside
        """Small words that stand within names."""

    def keyword(self, core: str) -> tuple[str, float]:
        """The word as a keyword, and its rarity; 0 for what can be none (small and common words, numbers, names)."""
        low = core.lower()
        if low in self._stop:
            return low, 0.0
        rarity = self._common.get(low)
        if rarity is None:
            return core, UNHEARD if core == low and core.isalpha() and len(core) > 3 else 0.0
        return low, rarity if rarity >= COMMONEST and len(low) > 2 else 0.0

    def ordinary(self, core: str) -> bool:
        """Whether the word is a common one, or a day or month, whatever its capital."""
        low = core.lower()
        return low in self._common or low in self._calendar

    def lists(self, core: str) -> list[str]:
        """The lists that the word stands in."""
        low = core.lower()
        found = [name for name, words in self._small if low in words]
        if core[0].isupper():
            proper = core.title() if len(core) > 3 and core.isupper() else core
            found += [name for name, words in self._large if proper in words]
            place = self._gazetteer.first(core) or self._gazetteer.first(proper)
            if place:
                found.append(f"place={place.kind if place.kind != 'city' else _size(place.weight)}")
        return found

    def klass(self, core: str, lists: list[str]) -> int:
        """The class of a word, an index into CLASSES."""
        return CLASS[self._class_name(core, lists)]

    def _class_name(self, core: str, lists: list[str]) -> str:
        low = core.lower()
        if core[0].isdigit():
            return "score" if "-" in core or "/" in core else "number"
        if "cal" in lists:
            return "calendar"
        if core == low:
            for name in ("title", "saying"):
                if name in lists:
                    return name
            if low in ("the", "and"):
                return low
            return "prep" if low in PREPOSITIONS else "inside" if "inside" in lists else "word"
        if len(core) == 2 and core[1] == ".":
            return "initial"
        place = next((x for x in lists if x.startswith("place=")), "")
        if place and place not in ("place=town", "place=village"):
            return "city" if place in ("place=city", "place=big") else "country"
        for name, klass in (
            ("demonym", "demonym"), ("org", "org"), ("given", "given"), ("oend", "orgend"), ("pend", "placeend"),
            ("title", "captitle"), ("family", "family"),
        ):  # fmt: skip
            if name in lists:
                return "bothnames" if klass == "given" and "family" in lists else klass
        if core.isupper():
            return "acronym" if len(core) <= 5 else "caps"
        if place:
            return "town"
        if "common" in lists:
            return "capword"
        return "cap" if core[0].isupper() and core[1:].islower() else "mixed"

    def word(self, core: str) -> Features:
        """The features of a word."""
        lists = self.lists(core)
        klass = self.klass(core, lists)
        low = core.lower()
        form = shape(core)
        common = [f"c={CLASSES[klass]}", f"s={form}", *(f"l={name}" for name in lists)]
        if core[0].isdigit():
            return Features(common, common, common, klass)
        far = [f"w={low}", *common]
        near = [*far, f"z={low[-3:]}"]
        word = low.rstrip(".")
        own = [*far, f"z1={word[-1:]}", f"n={min(len(word), 9)}"]
        if core != low:
            own.append(f"x={core}")
        for n in (2, 3, 4):
            if len(word) > n:
                own += (f"f{n}={word[:n]}", f"z{n}={word[-n:]}")
        if "-" in core:
            last = core.rsplit("-", 1)[1]
            own += (f"h={last.lower()[:6]}", f"g={shape(last)}")
        return Features(own, near, far, klass)


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a token for itself, for its neighbours, for their neighbours; and its class."""

    own: list[str]
    near: list[str]
    far: list[str]
    klass: int


def mark(raw: str) -> Features:
    """The features of a token that is punctuation only."""
    first = raw.strip()[:1]
    name = next((name for name, marks in MARKS.items() if first in marks), "mark")
    both = [f"c={name}", f"p={raw.strip()[:2]}"]
    return Features(both, both, both, CLASS[name])


def edges(before: int, after: int) -> list[str]:
    """The features of what is attached to a word."""
    return [f"b{before}"] * (before != NONE) + [f"a{after}"] * (after != NONE)


def context(klasses: Sequence[int], afters: Sequence[int], opens: bool, mode: str) -> list[str]:
    """Features of a token's place: the classes of the five tokens around it (0 where there is none), what ends the
    token before and itself, and how capitals are used around here."""
    k2, k1, k, n1, n2 = klasses
    return [
        f"k-={k1}.{afters[0]}|{k}", f"k+={k}.{afters[1]}|{n1}", f"k-+={k1}|{k}|{n1}", f"k--={k2}|{k1}|{k}",
        f"k++={k}|{n1}|{n2}", f"m={mode}{k}", f"i={int(opens)}{k}",
    ]  # fmt: skip


def shape(core: str) -> str:
    """The word's form in letters: X capital, x small, 9 digit; runs shortened."""
    out = ""
    for c in core[:12]:
        s = "X" if c.isupper() else "x" if c.isalpha() else "9" if c.isdigit() else c
        if len(out) < 2 or out[-1] != s or out[-2] != s:
            out += s
    return out


def _size(weight: int) -> str:
    return "big" if weight >= 1_000_000 else "city" if weight >= 200_000 else "town" if weight >= 60_000 else "village"
