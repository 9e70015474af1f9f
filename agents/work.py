"""What came of a batch in one stage: what is to be written and in which order, what goes on to the next stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from agents.sender import Outgoing
from pipeline.packet import Packet
from pipeline.topics import TopicSpec

Mark = tuple[int, int, int, int, dict[str, int]]
Place = tuple[int, Packet]
"""A story, and the partition of the topic that it goes to or came from."""


@dataclass(slots=True)
class Work:
    """What came of a batch."""

    first: list[Outgoing] = field(default_factory=list)
    """Written and confirmed before anything else: dedup's memory, so that a verdict is durable before it is seen."""
    then: list[Outgoing] = field(default_factory=list)
    onward: list[tuple[TopicSpec, list[Place]]] = field(default_factory=list)
    """Stories for the stages that read those topics. Written there together with `then`, or handed on directly."""
    last: list[Outgoing] = field(default_factory=list)
    """Written once all else is confirmed: what says that it was (a kill's receipt)."""
    outcomes: Counter[str] = field(default_factory=Counter)
    delivered: list[tuple[str, float]] = field(default_factory=list)
    """Stories that have reached an output topic: the outcome, and when they were received (epoch seconds)."""

    def go_on(self, to: TopicSpec, packets: Iterable[Place]) -> None:
        """The stage that reads `to` is next for these, in this order."""
        if found := list(packets):
            self.onward.append((to, found))

    def mark(self) -> Mark:
        """Where all that deliver adds to stands, for `back_to`."""
        return len(self.first), len(self.then), len(self.last), len(self.delivered), dict(self.outcomes)

    def back_to(self, mark: Mark) -> None:
        """Write and count nothing of what was added since `mark`: the story that it came of failed."""
        first, then, last, delivered, outcomes = mark
        del self.first[first:], self.then[then:], self.last[last:], self.delivered[delivered:]
        self.outcomes = Counter(outcomes)

    def add(self, other: Work) -> None:
        """Take over what came of another part of the batch."""
        self.first += other.first
        self.then += other.then
        self.onward += other.onward
        self.last += other.last
        self.outcomes.update(other.outcomes)
        self.delivered += other.delivered
