"""The IPTC Media Topics: codes, names, and which topic stands under which.

Source: IPTC NewsCodes, `http://cv.iptc.org/newscodes/mediatopic/`, CC BY 4.0. `vocabulary.json` says which version.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson

PREFIX = "medtop:"

TOP: tuple[str, ...] = tuple(f"{PREFIX}{number:02d}000000" for number in range(1, 18))
"""The 17 top-level topics as qcodes, in code order."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One Media Topic. `broader` is the qcode of its parent, empty at the top; `retired` a date or empty."""

    qcode: str
    name: str
    broader: str
    retired: str
    definition: str


@cache
def topics() -> dict[str, Topic]:
    """Every topic by qcode, retired ones included."""
    given = orjson.loads(Path(__file__).with_name("vocabulary.json").read_bytes())["topics"]
    return {
        PREFIX + code: Topic(PREFIX + code, name, PREFIX + broader if broader else "", retired, definition)
        for code, name, broader, retired, definition in given
    }


def top_level() -> list[tuple[str, str]]:
    """Qcode and name of the topics that have none above them, without retired ones."""
    return [(t.qcode, t.name) for t in topics().values() if not t.broader and not t.retired]


def broader(qcode: str) -> list[str]:
    """The qcodes of its parents, nearest first, the top level last. Raises KeyError for an unknown qcode."""
    known = topics()
    chain = []
    parent = known[qcode].broader
    while parent:
        chain.append(parent)
        parent = known[parent].broader
    return chain


def in_force(qcode: str) -> str:
    """The qcode itself, or for a retired topic its nearest parent that is still in use; empty for an unknown one."""
    known = topics()
    topic = known.get(qcode)
    while topic is not None and topic.retired:
        topic = known.get(topic.broader)
    return topic.qcode if topic is not None else ""
