"""The walk of one story as data: its records on the topics, how it ended, and what became of its chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.life.chain import Chain
from pipeline.model import Verdict
from pipeline.topology import FLOW


@dataclass(slots=True)
class Step:
    """A record of the story on a topic."""

    topic: str
    partition: int
    offset: int
    at: float
    """Kafka's time of the record, epoch seconds."""


@dataclass(slots=True)
class Walk:
    """All that was found of one story. Times are epoch seconds."""

    record: str
    """The raw record."""
    id: str = ""
    headline: str = ""
    source: str = ""
    format: str = ""
    received: float = 0.0
    bytes: int = -1
    """Of the raw record; -1 where it is no longer kept."""
    steps: list[Step] = field(default_factory=list)
    trace: dict[str, Any] = field(default_factory=dict)
    """As the packet bears it: stage to epoch milliseconds, `<stage>.model` to what decided."""
    verdict: Verdict | None = None
    outcome: str = ""
    """How it ended; empty where it has not, `held` while it waits."""
    document: dict[str, Any] = field(default_factory=dict)
    """What it ended as: the flat fields, or of a dead letter stage, reason and detail."""
    chain: Chain | None = None
    receipt: dict[str, Any] | None = None
    others: list[str] = field(default_factory=list)
    """Raw records of other stories under the id that was asked for."""
    looked_at: int = 0
    """Records that were read to find all this."""

    @property
    def stages(self) -> list[tuple[str, float, float]]:
        """Each stage that is done: its name, when (epoch seconds), and the seconds since the one before."""
        found = []
        before = self.received
        for spec in FLOW:
            if spec.name in self.trace:
                at = self.trace[spec.name] / 1000
                found.append((spec.name, at, at - before))
                before = at
        return found
