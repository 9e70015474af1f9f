"""From the likeness of two stories to what the later one is: the rules, in order, each with a name that a person reads.

The thresholds leave margins on both sides of what the labelled pairs show; docs/dedup.md says how they were found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.dedup.fingerprint import Fingerprint
from pipeline.dedup.likeness import Likeness

Kind = Literal["duplicate", "update", "series", "none"]

CONTAINED = 0.85
MOVED_ON = 0.55
FORM = 0.35
"""Below this containment two texts share no more than phrases."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What the later story is to the earlier one, by which rule, and how sure (to choose among several)."""

    kind: Kind
    rule: str
    strength: float


NONE = Relation("none", "unlike", 0.0)


def relate(a: Fingerprint, b: Fingerprint, like: Likeness, hours: float, signal: str = "") -> Relation:
    """What `b`, which came later, is to `a`; `hours` lie between them, `signal` is the wire instruction `b` carries."""
    if a.title_only and b.title_only:
        return _titles(a, b, like)
    if a.title_only or b.title_only:
        same = (
            a.headline_hash == b.headline_hash and a.headline_hash != 0 and min(a.headline.size, b.headline.size) >= 4
        )
        if not same:
            return NONE
        return Relation("update", "flash-filled", 0.9) if a.title_only else Relation("duplicate", "headline", 0.9)
    if like.exact:
        if min(a.words, b.words) < 8 and like.headline.jaccard < 0.5:
            return NONE
        return Relation("duplicate", "exact", 1.0)
    c, j = like.containment, like.resemblance
    strength = max(j, 0.9 * c)
    if c < FORM or like.sampled < 3:
        return NONE
    numbers, names = like.numbers, like.names
    headline = like.headline.jaccard if like.headline.a and like.headline.b else 0.7
    if c >= CONTAINED:
        linked = not (numbers.share < 0.6 and min(numbers.a, numbers.b) >= 2) and names.share >= 0.5
        rule = "contained" if j < 0.7 else "near"
    elif c >= 0.8:
        linked = numbers.share >= 0.6 and names.share >= 0.7
        rule = "reworked"
    elif c >= MOVED_ON:
        linked = numbers.share >= 0.85 and names.share >= 0.7 and headline >= 0.6 and numbers.both + names.both >= 5
        rule = "reworked"
    else:
        linked = numbers.share >= 0.95 and numbers.both >= 4 and headline >= 0.8
        rule = "same-figures"
    if not linked:
        return Relation("series", "look-alike", strength) if c >= MOVED_ON else NONE
    grown = b.shingles > 1.1 * a.shingles
    if j >= 0.9 and not numbers.odd:
        return Relation("duplicate", "near", strength)
    if c >= CONTAINED and not grown and not (signal and numbers.odd):
        return Relation("duplicate", rule, strength)
    return Relation("update", rule if rule != "contained" else "expanded", strength)


def _titles(a: Fingerprint, b: Fingerprint, like: Likeness) -> Relation:
    """Two headlines without bodies: the same words, or all but one of many, and no number that differs."""
    if like.exact:
        return Relation("duplicate", "exact", 1.0)
    words = like.headline
    if min(words.a, words.b) >= 5 and words.jaccard >= 0.8 and not numbers_differ(like):
        return Relation("duplicate", "near", words.jaccard)
    return NONE


def numbers_differ(like: Likeness) -> bool:
    return like.numbers.a != like.numbers.b or like.numbers.both != like.numbers.a
