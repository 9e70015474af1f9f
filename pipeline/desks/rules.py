"""The desks with their rules: a story in, the names of its desks out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.desks.conditions import Condition
from pipeline.desks.facts import Facts
from pipeline.model import MediaTopic, Story, Tag, Verdict


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk: its name, as its topic has it (`wire.desk.<name>`), and what it takes."""

    name: str
    takes: Condition
    title: str = ""
    line: int = 0


class Desks:
    """All desks of a file, in its order. Never changes: a changed file makes a new one."""

    def __init__(self, desks: Sequence[Desk]) -> None:
        self.desks = tuple(desks)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(desk.name for desk in self.desks)

    def route(self, story: Story, verdict: Verdict, tags: Sequence[Tag], topics: Sequence[MediaTopic]) -> list[str]:
        """The desks that take the story, in the file's order."""
        facts = Facts(story, verdict, tags, topics)
        return [desk.name for desk in self.desks if desk.takes.find(facts)]

    def explain(
        self, story: Story, verdict: Verdict, tags: Sequence[Tag], topics: Sequence[MediaTopic]
    ) -> dict[str, str]:
        """The same, each with what made it so."""
        facts = Facts(story, verdict, tags, topics)
        return {desk.name: found for desk in self.desks if (found := desk.takes.find(facts))}
