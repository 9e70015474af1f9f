"""Deliver on Kafka: the last stage. Keeps a book for each of its partitions and writes the product.

A chain is written and confirmed (`wire.chains`, `wire.held`) before what it says has gone out, so a kill finds every
output that may carry the story, whoever has the partition by then. Kills come on `wire.orders`, past whatever waits on
`wire.classified`; both are read partition by partition by the same worker, since they have as many.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from typing import Any

from agents.desks import DesksInForce
from agents.originals import Originals
from agents.runner import Runner
from agents.sender import Outgoing
from agents.station import Foreign, PacketReader
from agents.tail import Tail
from agents.work import Work
from pipeline.clock import Clock
from pipeline.life.book import REMEMBERED_SECONDS, Book, until_of
from pipeline.life.texts import Texts
from pipeline.mediatopics.vocabulary import topics
from pipeline.model import RecordId, Story
from pipeline.packet import Packet, encode_batch
from pipeline.product import encode
from pipeline.stages.base import dead_of
from pipeline.stages.deliver import Deliver, Delivery
from pipeline.stages.parse import Parse
from pipeline.topics import CHAINS, HELD, RECEIPTS, WITHHELD

log = logging.getLogger(__name__)

TICK_SECONDS = 0.1
"""Between two looks at whose embargo has ended."""

STATS_SECONDS = 2.0


class Shelf:
    """The book of one partition, with the two topics that it is read from."""

    def __init__(self, settings: Any, partition: int) -> None:
        self.partition = partition
        self.book = Book()
        self.loaded = False
        self._reading = asyncio.Lock()
        self._chains = Tail(settings, CHAINS, partition)
        self._held = Tail(settings, HELD, partition)

    async def load(self) -> None:
        """Read what others wrote since it was last ours, unless that is done already. Raises what reading raises."""
        async with self._reading:
            if self.loaded:
                return
            async for records in self._chains.read():
                for record in records:
                    if record.value is not None:
                        self.book.keep(record.key.decode(), record.value)
            async for records in self._held.read():
                for record in records:
                    self.book.hold_again(record.key.decode(), record.value)
            self.loaded = True


class DeliverStation(PacketReader):
    """See `agents.journey.Station`."""

    def __init__(self, *args: Any, deliver: Deliver, desks: DesksInForce, clock: Clock, originals: Originals) -> None:
        super().__init__(*args)
        self._deliver = deliver
        self._desks = desks
        self._clock = clock
        self._originals = originals
        self._parse = Parse(self.settings.max_story_bytes)
        self._texts = Texts()
        self._shelves: dict[int, Shelf] = {}
        self._owned: set[int] = set()
        self._stats_due = 0.0

    # -- partitions

    def assigned(self, partitions: Iterable[int]) -> None:
        """These are ours now; `tend` reads their books, so that a held story needs no other story to be released."""
        self._owned = set(partitions)

    def revoked(self) -> None:
        """Others may decide from here on: nothing is released, and books are read again before they are used."""
        self._owned = set()
        for shelf in self._shelves.values():
            shelf.loaded = False

    async def prepare(self, items: Sequence[Any]) -> None:
        await self._desks.refresh()
        for partition in {partition for partition, _ in items}:
            await self._shelf(partition).load()

    def _shelf(self, partition: int) -> Shelf:
        shelf = self._shelves.get(partition)
        if shelf is None:
            shelf = self._shelves[partition] = Shelf(self.settings, partition)
        return shelf

    async def tend(self, runner: Runner) -> None:
        """Release what is due and take up changed rules, for as long as the worker runs."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self._desks.refresh()
            for partition in sorted(self._owned):
                shelf = self._shelf(partition)
                if not shelf.loaded:
                    await runner.beside(lambda shelf=shelf: self._load(shelf))  # type: ignore[misc]
                if due := list(shelf.book.due(self._clock())):
                    await runner.beside(lambda shelf=shelf, due=due: self._release(shelf, due))  # type: ignore[misc]
            if time.monotonic() >= self._stats_due:
                self._stats_due = time.monotonic() + STATS_SECONDS
                self._stats()

    async def _load(self, shelf: Shelf) -> Work:
        await shelf.load()
        return Work()

    async def _release(self, shelf: Shelf, due: list[Packet]) -> Work:
        work = Work()
        for packet in due:
            await self._isolated(shelf, packet, work)
            until, lateness = until_of(packet), self._clock()
            log.info("released %s %.2f s after its embargo", packet.verdict.id, lateness - until)
            self.metrics.released(lateness - until)
        return work

    def _stats(self) -> None:
        books = [self._shelves[p].book for p in self._owned if p in self._shelves]
        waiting = [book.waiting for book in books]
        self.metrics.held(sum(timed for timed, _ in waiting), sum(endless for _, endless in waiting))
        self.metrics.chains(sum(len(book) for book in books))
        for book in books:
            book.forget(self._clock() - REMEMBERED_SECONDS)

    # -- stories

    async def work(self, items: Sequence[Any]) -> Work:
        work = Work()
        for partition, item in items:
            if isinstance(item, Foreign):
                work.then.append(self.dead.of_foreign(item, self.name))
                work.outcomes["foreign"] += 1
            else:
                await self._isolated(self._shelf(partition), item, work)
        return work

    async def _isolated(self, shelf: Shelf, packet: Packet, work: Work) -> None:
        """One story; one that cannot be delivered harms no other."""
        before = work.mark()
        try:
            await self._one(shelf, packet, work)
        except Exception as e:
            work.back_to(before)
            work.then.append(await self.dead.of_packet(packet, dead_of(self.name, e), self.name))
            work.outcomes["dead"] += 1
            work.delivered.append(("dead", packet.card.received))

    async def _one(self, shelf: Shelf, packet: Packet, work: Work) -> None:
        packet.stamp(self.name, time.time(), self._deliver.model)
        previous = None
        if wanted := self._deliver.wanted(packet, shelf.book):
            previous = await self._previous(wanted)
        found = self._deliver.run(packet, shelf.book, previous)
        if found.outcome in ("delivered", "held"):
            self._texts.put(packet.card.record, packet.story_json)
        self._write(found, shelf.partition, packet, work)
        self._count(found, packet, work)

    async def _previous(self, record: str) -> Story | None:
        """The version before, from memory or read again from `wire.raw`; None where it is gone."""
        known = self._texts.get(record)
        if known is not None:
            return known
        place = RecordId.parse(record)
        raw = await self._originals.read(RecordId(place.partition, place.offset))
        if raw is None:
            return None
        outcomes = self._parse.run([raw])[0]
        outcome = outcomes[place.item] if place.item < len(outcomes) else None
        return outcome.story if isinstance(outcome, Packet) else None

    def _write(self, found: Delivery, partition: int, packet: Packet, work: Work) -> None:
        topic = self.settings.topic
        key = packet.verdict.cluster.encode()
        work.first.append(Outgoing(topic(CHAINS), found.chain.to_json(), key=key, partition=partition))
        if found.hold:
            held = encode_batch([packet])
            work.first.append(Outgoing(topic(HELD), held, key=packet.card.record.encode(), partition=partition))
        for write in found.writes:
            output = self.settings.topic_prefix + write.output
            work.then.append(Outgoing(output, write.value, key=write.key.encode()))
        for record in found.let_go:
            work.last.append(Outgoing(topic(HELD), None, key=record.encode(), partition=partition))
        if found.receipt is not None:
            receipt = encode(found.receipt)
            work.last.append(Outgoing(topic(RECEIPTS), receipt, key=packet.card.record.encode()))

    def _count(self, found: Delivery, packet: Packet, work: Work) -> None:
        card, status = packet.card, packet.verdict.status
        match found.outcome:
            case "delivered":
                work.outcomes[status] += 1
                work.delivered.append((status if not until_of(packet) else "released", card.received))
                for best in packet.topics[:1]:
                    top = [best["qcode"], *best.get("broader", [])][-1]
                    if top in topics():  # a desk's own topics are not counted: there may be any number of them
                        self.metrics.classified(top, topics()[top].name)
            case "kill":
                work.outcomes["kill"] += 1
                work.delivered.append(("kill", card.received))
            case "":
                work.outcomes["mended"] += 1
            case _:
                work.outcomes[found.outcome] += 1
                work.delivered.append((found.outcome, card.received))
        for write in found.writes:
            if write.output != WITHHELD.suffix:
                self.metrics.routed(write.output)
