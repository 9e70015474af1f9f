"""Tag: people, organisations and places, each where it stands in headline or text."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.packet import Packet
from pipeline.tags.tagger import Tagger


class Tagging:
    """The tag stage."""

    name = "tag"

    def __init__(self) -> None:
        self._tagger = Tagger()
        self.model = self._tagger.version

    def run(self, batch: Sequence[Packet]) -> None:
        """Set each packet's tags."""
        for packet, tags in zip(batch, self._tagger.tags([packet.story for packet in batch]), strict=True):
            packet.tags = tags
