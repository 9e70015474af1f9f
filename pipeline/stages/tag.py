"""Tag: people, organisations and places, each where it stands in headline or text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from pipeline.model import Tag
from pipeline.packet import Packet
from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.resolve import resolve
from pipeline.tags.rules import Rules


class Tagging:
    """The tag stage. Loads its word lists when the first batch comes."""

    name = "tag"
    model = "tags-rules-1"

    @cached_property
    def _lexicon(self) -> Lexicon:
        return Lexicon.load()

    @cached_property
    def _gazetteer(self) -> Gazetteer:
        return Gazetteer.load()

    @cached_property
    def _rules(self) -> Rules:
        return Rules(self._lexicon, self._gazetteer)

    def run(self, batch: Sequence[Packet]) -> None:
        """Set each packet's tags."""
        for packet in batch:
            packet.tags = self.tags(packet.story.headline, packet.story.text)

    def tags(self, headline: str, text: str) -> list[Tag]:
        """The tags of one story's headline and text."""
        find = self._rules.find
        mentions = [("headline", m) for m in find(headline)] + [("text", m) for m in find(text)]
        return resolve(mentions, self._lexicon, self._gazetteer, len(text))  # type: ignore[arg-type]
