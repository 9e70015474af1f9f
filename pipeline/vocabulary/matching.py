"""Which entries of a vocabulary hold for a story, and the words that say so.

The weights of the needles that stand in the story are added up; an entry holds where the sum reaches what it `needs`.
For topics a needle that stands there n times counts 1 + ln n times its weight, and the headline counts twice, as for
the model's own words; for tags it counts once, however often it stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import Generic, TypeVar

from pipeline.model import Story
from pipeline.vocabulary.entries import Entry, Needle, Where
from pipeline.vocabulary.finder import Finder, Found

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Match(Generic[E]):
    """An entry that holds for a story."""

    entry: E
    score: float
    """At least the entry's `needs`."""
    places: list[tuple[Where, int, int]]
    """Where its needles of positive weight stand: field, start, end; headline first, in order, none inside another."""
    evidence: list[tuple[str, float]]
    """The needles that spoke, for and against, heaviest first, with what each added."""

    @property
    def confidence(self) -> float:
        """0.5 where the score is just what the entry needs; each further `needs` halves the doubt."""
        return 1.0 - float(2.0 ** (-self.score / self.entry.needs))


class Matcher(Generic[E]):
    """All entries of one kind, searched for together."""

    def __init__(self, entries: Sequence[E], repeats: bool) -> None:
        """`repeats`: whether a needle that stands in a story often counts for more."""
        self._entries = entries
        self._repeats = repeats
        self._needles: list[Needle] = [needle for entry in entries for needle in entry.needles]
        self._of: list[int] = [at for at, entry in enumerate(entries) for _ in entry.needles]
        self._finder = Finder(self._needles)
        self._always = [at for at, entry in enumerate(entries) if not entry.needles]

    def matches(self, story: Story, text: str) -> list[Match[E]]:
        """The entries that hold, in the order of the vocabulary. `text` is the story's, already joined."""
        if not self._entries:
            return []
        found: dict[int, list[tuple[Where, Found]]] = {}
        fields: tuple[tuple[Where, str], ...] = (("headline", story.headline), ("text", text))
        for where, words in fields:
            for one in self._finder.find(words) if words else ():
                at = self._of[one.needle]
                if where in self._entries[at].where:
                    found.setdefault(at, []).append((where, one))
        for at in self._always:
            found[at] = []
        language = story.language.partition("-")[0]
        out = []
        for at in sorted(found):
            entry = self._entries[at]
            if not entry.languages or language in entry.languages:
                match = self._match(entry, found[at])
                if match.score >= entry.needs or not entry.needles:
                    out.append(match)
        return out

    def _match(self, entry: E, found: list[tuple[Where, Found]]) -> Match[E]:
        counts: dict[int, int] = {}
        for where, one in found:
            counts[one.needle] = counts.get(one.needle, 0) + (2 if where == "headline" else 1)
        evidence = [
            (self._needles[number].shown, self._needles[number].weight * (1.0 + log(n) if self._repeats else 1.0))
            for number, n in counts.items()
        ]
        evidence.sort(key=lambda pair: -abs(pair[1]))
        spoke = [(where, one) for where, one in found if self._needles[one.needle].weight > 0]
        return Match(entry, sum(weight for _, weight in evidence), list(_apart(spoke)), evidence)


def _apart(found: list[tuple[Where, Found]]) -> Iterator[tuple[Where, int, int]]:
    """Places in order, headline first; of two that overlap the one that begins first, then the longer one."""
    last: tuple[Where, int] = ("headline", 0)
    for where, one in sorted(found, key=lambda pair: (pair[0], pair[1].start, -pair[1].end)):
        if where != last[0] or one.start >= last[1]:
            last = (where, one.end)
            yield where, one.start, one.end
