"""The stories that wait on `wire.held`, and letting one of them go by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.broker.clients import producer
from pipeline.broker.reading import read
from pipeline.life.book import until_of
from pipeline.life.embargo import NEVER
from pipeline.packet import BadFrame, Packet, decode_batch, encode_batch
from pipeline.settings import Settings
from pipeline.stages.deliver import BY_HAND
from pipeline.topics import HELD, ORDERS


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held story."""

    packet: Packet
    partition: int
    """Of `wire.held`; deliver has the same one of `wire.orders`."""
    since: float
    """When it was held, epoch seconds."""

    @property
    def until(self) -> float:
        """Epoch seconds; `NEVER` where nobody can tell."""
        return until_of(self.packet)

    @property
    def why(self) -> str:
        """What the feed said, as far as it holds the story."""
        card = self.packet.card
        if card.embargo:
            return card.embargo if self.until == NEVER else f"embargo {card.embargo}"
        return f"pubstatus {card.pubstatus}"


def waiting(settings: Settings) -> list[Waiting]:
    """What is held now: those with a time first, by time; then those without end, by when they came. Raises
    Unavailable."""
    found: dict[tuple[int, bytes], Waiting] = {}
    for record in read(settings, settings.topic(HELD)):
        place = (record.partition, record.key or b"")
        found.pop(place, None)
        for packet in _packets(record.value):
            found[place] = Waiting(packet, record.partition, record.timestamp / 1000)
    return sorted(found.values(), key=lambda one: (one.until, one.since))


def release(settings: Settings, one: Waiting, now: float) -> None:
    """Tell deliver to let a held story go, embargo or not. Returns when the broker has it. Raises Unavailable."""
    order = one.packet
    order.verdict = replace(order.verdict, evidence={**order.verdict.evidence, BY_HAND: now})
    with producer(settings) as client:
        client.send(settings.topic(ORDERS), value=encode_batch([order]), partition=one.partition).get(timeout=30)


def _packets(value: bytes | None) -> Iterator[Packet]:
    """None where the story is held no longer, or the record is not ours."""
    if value is not None:
        try:
            yield from decode_batch(value)
        except BadFrame:
            return
