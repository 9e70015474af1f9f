"""What deliver remembers of one partition: the chains of its stories, and the stories it holds.

Both are written to compacted topics before anything goes out (`wire.chains`, `wire.held`), so whoever takes the
partition over reads them and goes on. Chains are kept as the bytes that were written: some 500 a story.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterator

import orjson

from pipeline.life.chain import Chain
from pipeline.life.embargo import NEVER, held_until
from pipeline.packet import Packet, decode_batch

REMEMBERED_SECONDS = 8 * 86_400.0
"""How long a chain that does not move is remembered, and so how long after a story a kill still finds its outputs.
Past it the kill goes out under the story's id on `wire.stories` all the same. `wire.chains` keeps as long."""


class Book:
    """Chains and held stories of one partition. Feed it what the topics hold, in order, or what is decided."""

    def __init__(self) -> None:
        self._chains: OrderedDict[str, bytes] = OrderedDict()
        self._held: dict[str, tuple[float, Packet]] = {}
        self._due: list[tuple[float, str]] = []

    # -- chains

    def chain(self, cluster: str) -> Chain:
        """A chain to look at and change; `keep` it to make the change last."""
        data = self._chains.get(cluster)
        return Chain(cluster) if data is None else Chain.from_json(data)

    def keep(self, cluster: str, data: bytes) -> None:
        self._chains[cluster] = bytes(memoryview(data))  # a copy: what orjson returns holds on to kilobytes
        self._chains.move_to_end(cluster)

    def forget(self, before: float, most: int = 1000) -> int:
        """Drop chains that were last touched before (epoch seconds), at most so many. Returns how many."""
        gone = 0
        while self._chains and gone < most:
            cluster, data = next(iter(self._chains.items()))
            if float(orjson.loads(data)["touched"]) >= before or self._holds_one_of(data):
                break
            del self._chains[cluster]
            gone += 1
        return gone

    def _holds_one_of(self, data: bytes) -> bool:
        return any(version.record in self._held for version in Chain.from_json(data).versions)

    # -- held stories

    def hold(self, packet: Packet) -> None:
        """Keep a story until its embargo ends (or without end)."""
        record, until = packet.card.record, until_of(packet)
        self._held[record] = (until, packet)
        if until != NEVER:
            heapq.heappush(self._due, (until, record))

    def hold_again(self, record: str, value: bytes | None) -> None:
        """One record of `wire.held`: its key and value; None where the story is no longer held. Raises BadFrame."""
        if value is None:
            self.let_go(record)
        else:
            self.hold(decode_batch(value)[0])

    def held(self, record: str) -> Packet | None:
        known = self._held.get(record)
        return None if known is None else known[1]

    def let_go(self, record: str) -> None:
        self._held.pop(record, None)

    def due(self, now: float) -> Iterator[Packet]:
        """The held stories whose embargo has ended by `now` (epoch seconds), earliest first. They stay held."""
        while self._due and self._due[0][0] <= now:
            until, record = heapq.heappop(self._due)
            known = self._held.get(record)
            if known is not None and known[0] == until:
                yield known[1]

    @property
    def waiting(self) -> tuple[int, int]:
        """How many stories are held until a time, and how many without end."""
        endless = sum(1 for until, _ in self._held.values() if until == NEVER)
        return len(self._held) - endless, endless

    def __len__(self) -> int:
        return len(self._chains)


def until_of(packet: Packet) -> float:
    """Epoch seconds until which the story must not go out: 0.0, a time, or `NEVER`.

    IPTC's `withheld` asks to hold the item until further notice; a time beside it is that notice.
    """
    card = packet.card
    until = held_until(card.embargo)
    return NEVER if card.pubstatus == "withheld" and not until else until
