"""Which version of a story the wire says that this is: `UPDATE 2-`, `3RD LEAD`, `WRAPUP 4`."""

from __future__ import annotations

import re

from pipeline.model import Card
from pipeline.text import signals

_PARTS = re.compile(r"\d+|[^\W\d_]+")
_ORDINALS = {"st", "nd", "rd", "th"}


def marker(card: Card) -> str:
    """Kind and number, such as `update 2`, of a story that its wire marks as an update; else nothing. Without a number
    it is the first of its kind."""
    if card.signal != "update":
        return ""
    parts = _PARTS.findall(signals.find(card.headline, card.slugline)[1].casefold())
    words = [part for part in parts if not part.isdigit() and part not in _ORDINALS]
    numbers = [part for part in parts if part.isdigit()]
    return f"{' '.join(words)} {int(numbers[-1]) if numbers else 1}" if words else ""


def apart(marker: str, other: str) -> int:
    """By how many versions the first is later; 0 where they are of different kinds and cannot be compared."""
    kind, _, number = marker.rpartition(" ")
    kind_of_other, _, number_of_other = other.rpartition(" ")
    return int(number) - int(number_of_other) if kind and kind == kind_of_other else 0
