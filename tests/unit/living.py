"""Helpers for tests of a story's life: feed JSON lines in at a time, see what deliver makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from pipeline.life.book import Book
from pipeline.life.texts import Texts
from pipeline.model import MediaTopic, RawStory, RecordId, Story, Tag, Verdict
from pipeline.packet import Packet, decode_batch, encode_batch
from pipeline.product import flat
from pipeline.stages.dedup import Dedup
from pipeline.stages.deliver import Deliver, Delivery
from pipeline.stages.parse import Parse

NOW = 1_773_910_800.0
"""2026-03-19T09:00:00Z."""

DAM = [
    "SOFIA, March 19 (Meridian) - A dam above the town of Brezovo began to leak on Thursday and 340 people were told "
    "to leave their homes, the regional governor said.",
    "Engineers lowered the water by two metres in the morning. The governor, Ivana Petkova, said that the wall was not "
    "expected to give way but that nobody should sleep below it tonight.",
    "Schools in the valley were closed, and buses took families to a sports hall in the next town.",
]


@dataclass
class Living:
    """Dedup and deliver with a clock that stands still until it is moved."""

    now: float = NOW
    desks: Callable[[], Any] = lambda: None
    book: Book = field(default_factory=Book)
    texts: Texts = field(default_factory=Texts)
    outputs: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """Output, key, latest document: what a compacted topic holds in the end."""

    def __post_init__(self) -> None:
        self._dedup = Dedup(72 * 3600)
        self._deliver = Deliver(lambda: self.now, lambda: self.desks())
        self._count = 0
        self.packets: list[Packet] = []
        self.history: list[Delivery] = []

    def feed(self, **fields: Any) -> Delivery:
        """One story as a JSON line; `text` may be a list of paragraphs."""
        if isinstance(fields.get("text"), list):
            fields["text"] = "\n\n".join(fields["text"])
        raw = RawStory(
            orjson.dumps(fields), RecordId(0, self._count), self.now, source=fields.get("source", "meridian")
        )
        self._count += 1
        (packet,) = Parse(1_000_000).run([raw])[0]
        assert isinstance(packet, Packet)
        self._dedup.run([packet])
        return self.deliver(packet)

    def deliver(self, packet: Packet) -> Delivery:
        """What deliver makes of a packet, which is sent through bytes as between stages; its writes are kept."""
        self.packets.append(packet)
        (packet,) = decode_batch(encode_batch([packet]))
        found = self._deliver.run(packet, self.book, self.texts.get(self._deliver.wanted(packet, self.book)))
        self.texts.put(packet.card.record, packet.story_json)
        self.history.append(found)
        for write in found.writes:
            self.outputs.setdefault(write.output, {})[write.key] = flat(orjson.loads(write.value))
        return found

    def tick(self, seconds: float) -> list[Delivery]:
        """Move the clock on and release what is due."""
        self.now += seconds
        return [self.deliver(packet) for packet in list(self.book.due(self.now))]

    @property
    def last(self) -> Packet:
        return self.packets[-1]


class ByUrgency:
    """A router for tests: desk `a` takes everything, desk `b` what is urgent."""

    def route(self, story: Story, verdict: Verdict, tags: list[Tag], topics: list[MediaTopic]) -> list[str]:
        return ["a", "b"] if story.urgency == 1 else ["a"]
