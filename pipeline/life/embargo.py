"""Until when a story is held: a time, no time, or for as long as nobody can tell."""

from __future__ import annotations

import math

from pipeline.text.times import epoch

NEVER = math.inf
"""The embargo cannot be read: held until a person or the feed says otherwise, never guessed."""


def held_until(embargo: str) -> float:
    """Epoch seconds before which a story with this `Story.embargo` must not go out: 0.0 without an embargo, else a
    time, or `NEVER` where it cannot be read."""
    if not embargo:
        return 0.0
    until = epoch(embargo)
    return NEVER if until is None else until
