"""What routing rules look at in a story, each worked out at most once and only when a rule asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from pipeline.model import MediaTopic, Story, Subject, Tag, Verdict

Names = dict[str, str]
"""Case-folded to as shown."""


class Facts:
    """One story with its verdict, tags and topics."""

    def __init__(self, story: Story, verdict: Verdict, tags: Sequence[Tag], topics: Sequence[MediaTopic]) -> None:
        self.story = story
        self.status = verdict.status
        self._tags = tags
        self._topics = topics

    @cached_property
    def topics(self) -> dict[str, float]:
        """Qcode to confidence, narrower topics counting for the broader ones too."""
        found: dict[str, float] = {}
        for topic in self._topics:
            sure = topic["confidence"]
            for qcode in (topic["qcode"], *topic.get("broader", ())):
                if sure > found.get(qcode, 0.0):
                    found[qcode] = sure
        return found

    @cached_property
    def person(self) -> Names:
        return self._named("person", self.story.people)

    @cached_property
    def organisation(self) -> Names:
        return self._named("organisation", self.story.organisations)

    @cached_property
    def entity(self) -> Names:
        return self.person | self.organisation

    @cached_property
    def place(self) -> Names:
        """Names of places, and of the regions they lie in."""
        found = self._named("place", self.story.places)
        for tag in self._tags:
            if tag["type"] == "place" and (region := tag.get("region")):
                found.setdefault(region.casefold(), region)
        return found

    @cached_property
    def country(self) -> dict[str, str]:
        """ISO code to a place that lies there."""
        return {tag["country"]: tag["name"] for tag in reversed(self._tags) if tag.get("country")}

    @cached_property
    def keyword(self) -> Names:
        return _folded(self.story.keywords)

    @cached_property
    def source(self) -> Names:
        return _folded([self.story.source])

    @cached_property
    def provider(self) -> Names:
        return _folded([self.story.provider])

    @cached_property
    def genre(self) -> Names:
        return _folded([self.story.genre])

    @cached_property
    def headline(self) -> str:
        return self.story.headline.casefold()

    @cached_property
    def slugline(self) -> str:
        return self.story.slugline.casefold()

    @cached_property
    def text(self) -> str:
        """Headline and text."""
        return f"{self.headline}\n{self.story.text.casefold()}"

    @cached_property
    def printed(self) -> bytes:
        """The same as printed, in UTF-8: what regular expressions read."""
        return f"{self.story.headline}\n{self.story.text}".encode("utf-8", "replace")

    def _named(self, kind: str, given: Iterable[Subject]) -> Names:
        found = {tag["name"].casefold(): tag["name"] for tag in self._tags if tag["type"] == kind}
        return found | _folded(subject.get("name", "") for subject in given)


def _folded(values: Iterable[str]) -> Names:
    return {value.casefold(): value for value in values if value}
