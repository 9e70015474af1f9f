"""What dedup remembers of each story it decided: its fingerprint, its verdict, and the keys it is found by."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.dedup.fingerprint import Fingerprint
from pipeline.model import Verdict


@dataclass(slots=True)
class Entry:
    number: int
    """Order of decision, from 0."""
    record: str
    event_time: float
    received: float
    version: str
    print: Fingerprint
    verdict: Verdict
    keys: tuple[tuple[str, str], ...] = ()
    """(source or provider, id or uri): what it may be called by."""
    killed: bool = False
