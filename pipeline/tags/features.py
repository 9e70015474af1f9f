"""What the model sees of a token: facts about the token alone, so that they are worked out once per distinct token.

Training and tagging both read this page. A feature of the token before is the same fact under another name (`-1:`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

Manner = tuple[int, int, str, str, int]


class Facts:
    """The facts about tokens that the word lists and the gazetteer give."""

    def __init__(self, lexicon: Lexicon, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._rarity = lexicon.common
        self._small = Listed(
            ("title", lexicon.titles), ("saying", lexicon.saying), ("oend", lexicon.org_ends),
            ("ostart", lexicon.org_starts), ("pend", lexicon.place_ends), ("pstart", lexicon.place_starts),
            ("inside", lexicon.inside), ("cal", lexicon.calendar), ("common", lexicon.common),
            ("", ("the",)), ("", ("and",)), ("", PREPOSITIONS), ("", lexicon.stop),
        )  # fmt: skip
        self._calendar, self._common, self._stop = 1 << 7, 1 << 8, 1 << 12
        self._large = Listed(
            ("given", lexicon.given), ("family", lexicon.family), ("org", lexicon.organisations),
            ("demonym", gazetteer.demonyms),
        )  # fmt: skip
        self.inside = lexicon.inside
        """Small words that stand within names."""

    def small(self, low: str) -> int:
        """The lists of words in small letters that a word stands in, as bits."""
        return self._small.of(low)

    def keyword(self, core: str, low: str, bits: int) -> tuple[str, float]:
        """The word as a keyword, and its rarity; 0 for what can be none (small and common words, numbers, names)."""
        if bits & self._stop:
            return low, 0.0
        if not bits & self._common:
            return core, UNHEARD if core == low and core.isalpha() and len(core) > 3 else 0.0
        rarity = self._rarity[low]
        return low, rarity if rarity >= COMMONEST and len(low) > 2 else 0.0

    def ordinary(self, bits: int) -> bool:
        """Whether a word of these lists (see `small`) is a common one, or a day or month."""
        return bool(bits & (self._common | self._calendar))

    def lists(self, core: str) -> list[str]:
        """The lists that the word stands in."""
        small, large, place = self._listed(core, core.lower())
        found = [*self._small.names(small), *self._large.names(large)]
        return [*found, place] if place else found

    def _listed(self, core: str, low: str) -> tuple[int, int, str]:
        small = self._small.of(low)
        if not core[0].isupper():
            return small, 0, ""
        proper = core.title() if len(core) > 3 and core.isupper() else core
        place = self._gazetteer.first(core) or self._gazetteer.first(proper)
        kind = f"place={place.kind if place.kind != 'city' else _size(place.weight)}" if place else ""
        return small, self._large.of(proper), kind

    def manner(self, core: str, low: str) -> Manner:
        """All that a word's class and its `shared` features come from. Many words are of one manner."""
        if core == low and core.isalpha() and core.isascii():
            return self._small.of(low), 0, "", "", len(core) > 1
        form = (core == low) | core.isupper() << 1 | (len(core) <= 5) << 2 | core[1:].islower() << 3
        if core[0].isdigit():
            form |= ("-" in core or "/" in core) << 4
        return (*self._listed(core, low), shape(core), form)

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

    def shared(self, core: str) -> tuple[list[str], int]:
        """The features of a word that all words of its manner have, for itself and its neighbours; and its class."""
        lists = self.lists(core)
        klass = self.klass(core, lists)
        return [f"c={CLASSES[klass]}", f"s={shape(core)}", *(f"l={name}" for name in lists)], klass

    def word(self, core: str) -> Features:
        """The features of a word."""
        common, klass = self.shared(core)
        if core[0].isdigit():
            return Features(common, common, common, klass)
        low = core.lower()
        word, last, *more = spelling(core, low)
        far = [word, *common]
        return Features([*far, last, length(low), *more], [*far, ending(low)], far, klass)


class Listed:
    """Which of several lists a word stands in, as bits; the lists by name, without the nameless."""

    def __init__(self, *lists: tuple[str, Iterable[str]]) -> None:
        self._names = [name for name, _ in lists]
        self._bits: dict[str, int] = {}
        for at, (_, words) in enumerate(lists):
            for word in words:
                self._bits[word] = self._bits.get(word, 0) | 1 << at

    def of(self, word: str) -> int:
        """Bit i for list i."""
        return self._bits.get(word, 0)

    def names(self, bits: int) -> list[str]:
        """The names of the lists."""
        return [name for at, name in enumerate(self._names) if bits >> at & 1 and name]


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a token for itself, for its neighbours, for their neighbours; and its class."""

    own: list[str]
    near: list[str]
    far: list[str]
    klass: int


def spelling(core: str, low: str) -> list[str]:
    """The features of how a word is spelt, for itself: the word first, its last letter second."""
    word = low.rstrip(".")
    own = [f"w={low}", f"z1={word[-1:]}"]
    if core != low:
        own.append(f"x={core}")
    size = len(word)
    if size > 2:
        own += (f"f2={word[:2]}", f"z2={word[-2:]}")
    if size > 3:
        own += (f"f3={word[:3]}", f"z3={word[-3:]}")
    if size > 4:
        own += (f"f4={word[:4]}", f"z4={word[-4:]}")
    if "-" in core:
        last = core.rsplit("-", 1)[1]
        own += (f"h={last.lower()[:6]}", f"g={shape(last)}")
    return own


def ending(low: str) -> str:
    """The feature of a word's end, for its neighbours."""
    return f"z={low[-3:]}"


def length(low: str) -> str:
    """The feature of a word's length, for itself."""
    return f"n={min(len(low.rstrip('.')), 9)}"


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
    if core.isalpha():  # most words, told without a look at each letter
        if core.islower():
            return "xx" if len(core) > 1 else "x"
        if core[1:].islower() and core[0].isupper():
            return "Xxx" if len(core) > 2 else "Xx"
    out = ""
    for c in core[:12]:
        s = "X" if c.isupper() else "x" if c.isalpha() else "9" if c.isdigit() else c
        if len(out) < 2 or out[-1] != s or out[-2] != s:
            out += s
    return out


def _size(weight: int) -> str:
    return "big" if weight >= 1_000_000 else "city" if weight >= 200_000 else "town" if weight >= 60_000 else "village"
