"""What a desk's vocabulary is made of: its own tags, its own topics, and what it changes about Media Topics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Where = Literal["headline", "text"]
WHERE: tuple[Where, ...] = ("headline", "text")


@dataclass(frozen=True, slots=True)
class Needle:
    """One thing to look for."""

    words: str
    """A term as written in the file, without the final `*` of a stem; or a pattern."""
    kind: Literal["term", "stem", "pattern"]
    weight: float = 1.0
    """Below zero it speaks against its entry."""
    match_case: bool = False

    @property
    def shown(self) -> str:
        return {"term": self.words, "stem": f"{self.words}*", "pattern": f"/{self.words}/"}[self.kind]


@dataclass(frozen=True, slots=True)
class Entry:
    """What all entries have. The weights of the needles found are added up; at `needs` the entry holds."""

    name: str
    code: str
    """A tag's id (may be empty), a topic's qcode."""
    needles: tuple[Needle, ...]
    needs: float = 1.0
    languages: frozenset[str] = frozenset()
    """Primary language tags; empty for all, stories of unknown language included."""
    where: tuple[Where, ...] = WHERE
    line: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by from one version of a vocabulary to the next."""
        return type(self).__name__, self.code or self.name


@dataclass(frozen=True, slots=True)
class OwnTag(Entry):
    """A `[[tag]]`."""


@dataclass(frozen=True, slots=True)
class OwnTopic(Entry):
    """A `[[topic]]`: a desk's own, or a Media Topic given by rule."""

    broader: tuple[str, ...] = ()
    """qcodes, nearest first."""


@dataclass(frozen=True, slots=True)
class Adjustment(Entry):
    """A `[[media_topic]]`: makes one likelier or less likely, or forbids it. Without needles it always holds."""

    boost: float = 0.0
    """Added to the log odds of the topic's confidence: 2.2 makes nine to one of one to one."""
    forbid: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One sound file."""

    version: str = ""
    """Stamped on every story that it decided on: `vocabulary-` and a digest of the file."""
    tags: tuple[OwnTag, ...] = ()
    topics: tuple[OwnTopic, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        return (*self.tags, *self.topics, *self.adjustments)


@dataclass(slots=True)
class Nudge:
    """What a desk's rules change about one story's Media Topics."""

    add: dict[str, float] = field(default_factory=dict)
    """By qcode: what is added to the log odds of its confidence."""
    forbid: set[str] = field(default_factory=set)
    """qcodes; what stands under them is forbidden with them."""
    why: dict[str, list[str]] = field(default_factory=dict)
    """By qcode: the words that gave the boost."""
