"""The conditions that rules are made of. Each says what it found, in a few words; nothing where it does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.desks.facts import Facts

SPACELESS = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
)
"""Scripts that put no spaces between words: there a word may begin and end anywhere."""


class Condition(Protocol):
    """Something that holds of a story or not."""

    @property
    def cost(self) -> int:
        """0 for a look-up, 1 for a search in the text, 2 for a regular expression: dear ones are asked last."""
        ...

    def find(self, facts: Facts) -> str:
        """What makes it hold; empty where it does not."""
        ...


@dataclass(frozen=True, slots=True)
class Named:
    """One of several names, case aside: of a person, a keyword, the source."""

    key: str
    """The property of `Facts`."""
    wanted: dict[str, str]
    """Case-folded to as the rule has it."""
    cost: int = 0

    def find(self, facts: Facts) -> str:
        have = getattr(facts, self.key)
        if have:
            for name in self.wanted:
                if name in have:
                    return f"{self.key} {have[name]}"
        return ""


@dataclass(frozen=True, slots=True)
class Topic:
    """One of several Media Topics or a narrower one, with at least this confidence."""

    wanted: dict[str, str]
    """Qcode to name."""
    least: float
    cost: int = 0

    def find(self, facts: Facts) -> str:
        have = facts.topics
        for qcode, name in self.wanted.items():
            sure = have.get(qcode)
            if sure is not None and sure >= self.least:
                return f"topic {name} ({sure:.2f})"
        return ""


@dataclass(frozen=True, slots=True)
class Place:
    """One of several places by name, or any place in one of several countries."""

    names: dict[str, str]
    countries: frozenset[str]
    cost: int = 0

    def find(self, facts: Facts) -> str:
        for code in self.countries:
            if code in facts.country:
                return f"place {facts.country[code]} ({code})"
        for name in self.names:
            if name in facts.place:
                return f"place {facts.place[name]}"
        return ""


@dataclass(frozen=True, slots=True)
class Language:
    """One of several languages; `en` takes `en-GB` too."""

    wanted: tuple[str, ...]
    cost: int = 0

    def find(self, facts: Facts) -> str:
        language = facts.story.language.lower()
        for tag in self.wanted:
            if language == tag or language.startswith(f"{tag}-"):
                return f"language {language}"
        return ""


@dataclass(frozen=True, slots=True)
class Urgency:
    """One of the IPTC urgencies 1 to 9. A story without one has none of them."""

    wanted: frozenset[int]
    cost: int = 0

    def find(self, facts: Facts) -> str:
        return f"urgency {facts.story.urgency}" if facts.story.urgency in self.wanted else ""


@dataclass(frozen=True, slots=True)
class Status:
    """New, update or correction."""

    wanted: frozenset[str]
    cost: int = 0

    def find(self, facts: Facts) -> str:
        return f"status {facts.status}" if facts.status in self.wanted else ""


@dataclass(frozen=True, slots=True)
class Words:
    """One of several words or phrases, whole words, case aside; `strike*` also takes what begins so."""

    key: str
    """`text`, `headline` or `slugline`."""
    wanted: tuple[tuple[str, bool], ...]
    """Case-folded, and whether the end is open."""
    cost: int = 1

    def find(self, facts: Facts) -> str:
        text: str = getattr(facts, self.key)
        for words, open_end in self.wanted:
            if words in text and _stands(text, words, open_end):
                return f"{self.key} “{words}{'*' * open_end}”"
        return ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression of RE2, which takes time in proportion to the text, whatever the expression."""

    expression: str
    compiled: Any
    cost: int = 2

    def find(self, facts: Facts) -> str:
        found = self.compiled.search(facts.printed)
        return f"pattern “{found[0].decode('utf-8', 'replace')[:60]}”" if found else ""


@dataclass(frozen=True, slots=True)
class Every:
    """Holds of every story."""

    cost: int = 0

    def find(self, facts: Facts) -> str:
        return "every story"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Each of its parts holds."""

    parts: tuple[Condition, ...]
    cost: int

    def find(self, facts: Facts) -> str:
        found = []
        for part in self.parts:
            reason = part.find(facts)
            if not reason:
                return ""
            found.append(reason)
        return "; ".join(found)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of its parts holds."""

    parts: tuple[Condition, ...]
    cost: int

    def find(self, facts: Facts) -> str:
        for part in self.parts:
            if reason := part.find(facts):
                return reason
        return ""


@dataclass(frozen=True, slots=True)
class NoneOf:
    """None of its parts holds."""

    parts: tuple[Condition, ...]
    said: str
    cost: int

    def find(self, facts: Facts) -> str:
        for part in self.parts:
            if part.find(facts):
                return ""
        return self.said


def ordered(parts: list[Condition]) -> tuple[Condition, ...]:
    """The cheap ones first, and what must not hold last: it is the lesser reason."""
    return tuple(sorted(parts, key=lambda part: (isinstance(part, NoneOf), part.cost)))


def _stands(text: str, words: str, open_end: bool) -> bool:
    """Whether the words stand in the text, not within longer ones."""
    before, after = not _spaceless(words[0]), not (open_end or _spaceless(words[-1]))
    at = text.find(words)
    while at >= 0:
        end = at + len(words)
        cut = before and at > 0 and text[at - 1].isalnum()
        if not cut and not (after and end < len(text) and text[end].isalnum()):
            return True
        at = text.find(words, at + 1)
    return False


def _spaceless(character: str) -> bool:
    return any(first <= character <= last for first, last in SPACELESS)
