"""Yes-or-no facts about tokens, as bits of one number: a batch of tokens is asked for one of them in one operation."""

from __future__ import annotations

import re
from collections.abc import Container

from pipeline.tags.phrases import Phrases

_COUNTED = re.compile(r"\d+ers$")

CAPITAL, INSIDE, WORDED, UPPER, INITIAL, NAMELIKE, FIRST, SECOND, OPENS, CLOSES = (1 << n for n in range(10))
"""Facts about a token, as bits. Its word has a capital or counts as if it had; is a small one that stands within names;
begins with a letter; is in capitals; begins with one; does, and is no common word or day, so a name wherever the story
uses it as one; may begin a listed name of several words; may be the second word of one. The token cannot go on a name
from the one before it; cannot be gone on from."""


def flags_of(core: str, low: str, ordinary: bool, inside: Container[str], phrases: Phrases) -> int:
    """The facts about a word; `ordinary`: a common one or a day; `inside`: the small words that stand within names."""
    first = core[0]
    flags = 0
    if core != low or (first.isdigit() and _COUNTED.match(core)):
        flags = CAPITAL
    if core in inside:
        flags |= INSIDE
    if first.isalpha():
        flags |= WORDED | UPPER if len(core) > 1 and core.isupper() else WORDED
    if first.isupper():
        flags |= INITIAL if ordinary else INITIAL | NAMELIKE
    if core in phrases.longest:
        flags |= FIRST
    if core in phrases.seconds:
        flags |= SECOND
    return flags
