"""Tag: people, organisations and places, each where it stands in headline or text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.packet import Packet
from pipeline.tags.tagger import Tagger
from pipeline.vocabulary.rules import RulesFile, stamped


class Tagging:
    """The tag stage."""

    name = "tag"

    def __init__(self, vocabulary_file: Path | None = None, tagger: Tagger | None = None) -> None:
        """Raises Usage or Unavailable where the desk's vocabulary cannot be taken up."""
        self.rules = RulesFile(vocabulary_file)
        self._tagger = tagger or Tagger()
        self._rules = self.rules.current()

    @property
    def model(self) -> str:
        """The version of the name model, and of the vocabulary that the last batch was tagged by."""
        return stamped(self._tagger.version, self._rules)

    def run(self, batch: Sequence[Packet]) -> None:
        """Set each packet's tags."""
        self._rules = self.rules.current()
        found = self._tagger.tags([packet.story for packet in batch], self._rules)
        for packet, tags in zip(batch, found, strict=True):
            packet.tags = tags
