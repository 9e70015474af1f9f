"""One line of the doctor's findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "hint", "fault", "skipped"]
"""`hint`: it works, but look at it. `skipped`: could not be looked at because of another fault."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at and found."""

    name: str
    state: State
    found: str
    """What there is, as a person says it."""
    remedy: str = ""
    """What to do, for hints and faults."""


def ok(name: str, found: str) -> Check:
    return Check(name, "ok", found)


def hint(name: str, found: str, remedy: str) -> Check:
    return Check(name, "hint", found, remedy)


def fault(name: str, found: str, remedy: str) -> Check:
    return Check(name, "fault", found, remedy)


def skipped(name: str, found: str) -> Check:
    return Check(name, "skipped", found)
