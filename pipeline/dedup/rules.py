"""From the likeness of two stories to what the later one is: rules, in order, each with a name that a person reads.

The thresholds leave margins on both sides of what the labelled pairs show; docs/dedup.md says how they were found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.dedup.fingerprint import Fingerprint
from pipeline.dedup.likeness import Likeness

Kind = Literal["duplicate", "update", "series", "none"]

SHORT = 60
"""Words below which a text is likely a form filled in: there every number and name counts."""

NEAR, ALIKE = 0.85, 0.7
"""Containment, or resemblance, from which two texts are nearly the same."""
SOON_HOURS = 12
"""Within which a number that differs may be a correction; later it makes a short text the next of a series."""
MOST = 0.8
"""Of a short text's numbers, how many must agree where one differs: of a table most do, of a form with four not."""
LEAST_CONTAINED = 0.35
"""With less of the shorter text in the longer one, two stories are nothing to each other."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What the later story is to the earlier one, by which rule, and how sure (to choose among several)."""

    kind: Kind
    rule: str
    strength: float


NONE = Relation("none", "unlike", 0.0)


def relate(a: Fingerprint, b: Fingerprint, like: Likeness, hours: float, signal: str = "") -> Relation:
    """What `b`, which came later, is to `a`; `hours` lie between them, `signal` is the wire instruction `b` carries."""
    if a.title_only != b.title_only:
        return _flash(a, b, like)
    strength = max(like.resemblance, 0.9 * like.containment)
    series = Relation("series", "look-alike", strength)
    if like.exact:
        return series if _other_headline(a, b, like) else Relation("duplicate", "exact", 1.0)
    if a.title_only:
        return _titles(a, b, like)
    c, j = like.containment, like.resemblance
    if c < LEAST_CONTAINED or like.sampled < 3:
        return NONE
    rule = _same_story(a, b, like, hours) or _follow_up(a, b, like, signal)
    if not rule:
        return series if c >= 0.5 else NONE
    grown = b.shingles > 1.1 * a.shingles
    if rule == "near" and not grown and not (signal and like.numbers.odd):
        return Relation("duplicate", "near" if j >= ALIKE else "contained", strength)
    if rule == "near":
        rule = "expanded" if grown else "near"
    return Relation("update", rule, strength)


def _follow_up(a: Fingerprint, b: Fingerprint, like: Likeness, signal: str) -> str:
    """A new lede over old paragraphs: said by the wire itself, or plain where a long text keeps names and figures."""
    if like.rivals:
        return ""
    c, numbers, names = like.containment, like.numbers, like.names
    if signal == "correction" and c >= 0.6 and like.headline >= 0.75 and names.share >= 0.6:
        return "corrected"
    if signal == "update" and c >= 0.45 and names.share >= 0.65 and names.both >= 3:
        return "marked"
    long = min(a.words, b.words) >= 2.5 * SHORT
    if long and c >= 0.6 and numbers.share >= 0.8 and numbers.both >= 4 and names.share >= 0.85 and names.both >= 8:
        return "reworked"
    return ""


def _other_headline(a: Fingerprint, b: Fingerprint, like: Likeness) -> bool:
    """A short text under a headline about something else: a form in which only the headline says of whom."""
    return min(a.words, b.words) < SHORT / 2 and 0 <= like.headline < 0.45


def _same_story(a: Fingerprint, b: Fingerprint, like: Likeness, hours: float) -> str:
    """The rule by which both are versions of one story, or nothing."""
    c, j, numbers, names, headline = like.containment, like.resemblance, like.numbers, like.names, like.headline
    words = min(a.words, b.words)
    short, soon = words < SHORT, hours < SOON_HOURS
    if c >= NEAR or j >= ALIKE:
        if _other_headline(a, b, like) or (like.rivals and words < 2 * SHORT):
            return ""
        form = words < 2 * SHORT and (not soon or (short and numbers.share < MOST))
        if numbers.share < 0.6 or (numbers.odd and form):
            return ""
        if names.share < 0.6 or (short and names.share < 0.9 and headline < 0.8):
            return ""
        return "near"
    if like.rivals or names.share < 0.5:
        return ""
    titled = headline >= 0.6 if headline >= 0 else numbers.both + names.both >= 8
    figures = numbers.share >= (0.75 if soon or (headline >= 0.9 and words >= 2 * SHORT) else 0.85) or (
        numbers.both >= 10 and numbers.share > 0.7
    )
    if c >= 0.7 and words >= 2.5 * SHORT and numbers.share >= 0.75 and names.share >= 0.7:
        return "reworked"
    if not titled:
        return ""
    if c >= 0.5:
        if max(a.words, b.words) < SHORT / 2 and numbers.both + names.both < 4:
            return ""  # what two texts so short have in common is the form
        if not figures and not (c >= 0.75 and soon and numbers.share >= 0.6):
            return ""
        if short and (names.share < 0.7 or numbers.odd > 2) and headline < 0.8:
            return ""
        return "reworked" if c >= 0.6 or soon or headline >= 0.8 else ""
    if headline >= 0.75 and soon and numbers.both >= 4 and numbers.share >= 0.9 and names.share >= 0.6:
        return "same-figures"
    return ""


def _flash(a: Fingerprint, b: Fingerprint, like: Likeness) -> Relation:
    """A headline alone and a story: the same when the story bears that headline."""
    if not like.same_headline or min(a.headline.size, b.headline.size) < 3:
        return NONE
    return Relation("update", "flash-filled", 0.9) if a.title_only else Relation("duplicate", "headline", 0.9)


def _titles(a: Fingerprint, b: Fingerprint, like: Likeness) -> Relation:
    """Two headlines without bodies: nearly the same words, and no number that differs."""
    numbers = like.numbers
    if numbers.a != numbers.b or numbers.both != numbers.a:
        return NONE
    if min(a.headline.size, b.headline.size) >= 4 and like.headline >= 0.8 and like.resemblance >= 0.5:
        return Relation("duplicate", "near", like.resemblance)
    return NONE
