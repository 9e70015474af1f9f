"""What the stations of all stages share: reading packets, and dead letters."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from agents.originals import Originals
from agents.sender import Outgoing
from agents.work import Place, Work
from pipeline.headers import DeadLetter, dead_headers
from pipeline.metrics import Metrics
from pipeline.model import Card, RawStory, RecordId
from pipeline.packet import BadFrame, Packet, decode_batch, encode_batch
from pipeline.product.reading import flat
from pipeline.settings import Settings
from pipeline.stages.base import Dead, PacketStage, SkippedItem, isolated
from pipeline.topics import DEAD, RAW, TopicSpec
from pipeline.topology import StageSpec

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Foreign:
    """A record of an internal topic that is no batch of packets: somebody else wrote there."""

    value: bytes
    where: str
    why: str
    timestamp_ms: int


class DeadLetters:
    """Writes what could not be processed, with its original bytes, and counts it."""

    def __init__(self, settings: Settings, metrics: Metrics, originals: Originals) -> None:
        self._topic = settings.topic(DEAD)
        self._metrics = metrics
        self._originals = originals

    def of_raw(self, raw: RawStory, dead: Dead, stage: str) -> Outgoing:
        self._metrics.dead(stage, dead.code)
        letter = DeadLetter(raw=raw, stage=stage, reason=dead.code, detail=dead.detail, at=time.time())
        return Outgoing(self._topic, raw.body, key=str(raw.record).encode(), headers=dead_headers(letter))

    async def of_packet(self, packet: Packet, dead: Dead, stage: str) -> Outgoing:
        """The same for a story past parse. Its original is read back; where that is gone, its parsed form stands in."""
        return await self.of_card(packet.card, packet.story_json, dead, stage)

    async def of_card(self, card: Card, parsed_form: bytes, dead: Dead, stage: str) -> Outgoing:
        """The same for a story of which only the card is at hand."""
        record = RecordId.parse(card.record)
        raw = await self._originals.read(RecordId(record.partition, record.offset))
        if raw is None:
            dead = Dead(
                dead.code, f"{dead.detail} (The original is no longer on {RAW.suffix}; this is its parsed form.)"
            )
            raw = RawStory(body=parsed_form, record=record, received=card.received, source=card.source)
        raw.record = record
        raw.feed_id = raw.feed_id or card.id
        return self.of_raw(raw, dead, stage)

    def of_foreign(self, foreign: Foreign, stage: str) -> Outgoing:
        raw = RawStory(body=foreign.value, record=RecordId(-1, -1), received=foreign.timestamp_ms / 1000)
        detail = f"A record that is no batch of ours stood at {foreign.where}: {foreign.why}."
        outgoing = self.of_raw(raw, Dead("foreign-record", detail), stage)
        outgoing.key = foreign.where.encode()
        return outgoing


class PacketReader:
    """Reads batches of packets and writes such: what every stage after parse needs."""

    def __init__(
        self,
        spec: StageSpec,
        settings: Settings,
        metrics: Metrics,
        dead: DeadLetters,
        partition_count: Callable[[TopicSpec], int],
    ) -> None:
        self.spec = spec
        self.name = spec.name
        self.settings = settings
        self.metrics = metrics
        self.dead = dead
        self.partition_count = partition_count

    async def prepare(self, items: Sequence[Any]) -> None:
        """Stateless stages need nothing."""

    async def secured(self, first: Sequence[Outgoing]) -> None:
        """Nothing to do."""

    def decode(self, record: Any) -> list[Any]:
        data = record.value or b""
        try:
            return [(record.partition, packet) for packet in decode_batch(data)]
        except BadFrame as e:
            where = f"{record.topic} {record.partition}-{record.offset}"
            return [(record.partition, Foreign(record.value or b"", where, str(e), record.timestamp))]

    async def refused(self, record: Outgoing) -> list[Outgoing]:
        return await refused_batch(record, self)


class PacketStation(PacketReader):
    """Runs a packet stage story by story in isolation, and routes what comes of it.

    Stages that only add to a packet (tag, classify) need nothing more; dedup overrides `results`.
    """

    def __init__(self, stage: PacketStage, *args: Any) -> None:
        super().__init__(*args)
        self.stage = stage

    async def work(self, items: Sequence[Any]) -> Work:
        work = Work()
        packets: list[Place] = []
        for partition, item in items:
            if isinstance(item, Foreign):
                work.then.append(self.dead.of_foreign(item, self.name))
                work.outcomes["foreign"] += 1
            else:
                packets.append((partition, item))
        done: list[Place] = []
        now = time.time()
        outcomes = isolated(self.name, [packet for _, packet in packets], self._run)
        for (partition, packet), outcome in zip(packets, outcomes, strict=True):
            match outcome:
                case Dead():
                    work.then.append(await self.dead.of_packet(packet, outcome, self.name))
                    work.outcomes["dead"] += 1
                    work.delivered.append(("dead", packet.card.received))
                case SkippedItem():
                    raise AssertionError("only parse skips")
                case _:
                    packet.stamp(self.name, now, self.stage.model)
                    done.append((partition, packet))
        try:
            passed = Work()
            self.results(done, passed)
            work.add(passed)
        except Exception:
            log.exception("%s cannot write a batch; its stories are tried one by one", self.name)
            await self._one_by_one(done, work)
        return work

    async def _one_by_one(self, packets: list[Place], work: Work) -> None:
        """A story whose result cannot be written is dead; it must not stop the worker again and again."""
        for place in packets:
            alone = Work()
            try:
                self.results([place], alone)
            except Exception as e:
                dead = Dead("stage-error", f"{self.name} could not write its result: {type(e).__name__}: {e}"[:500])
                alone = Work(then=[await self.dead.of_packet(place[1], dead, self.name)])
                alone.outcomes["dead"] += 1
                alone.delivered.append(("dead", place[1].card.received))
            work.add(alone)

    def _run(self, packets: Sequence[Packet]) -> Sequence[Packet]:
        self.stage.run(packets)
        return packets

    def results(self, packets: list[Place], work: Work) -> None:
        """What is written for stories that passed, each with the input partition it came from."""
        work.outcomes["passed"] += len(packets)
        count = self.partition_count(self.spec.writes)
        work.go_on(self.spec.writes, ((partition % count, packet) for partition, packet in packets))


async def refused_batch(record: Outgoing, station: Any) -> list[Outgoing]:
    """The broker takes no record as large as this one: its stories apart, or a dead letter when there is but one."""
    value = record.value or b""
    detail = f"The story takes {len(value)} bytes on {record.topic}, more than that topic takes."
    dead = Dead("too-large", detail)
    try:
        packets = decode_batch(value)
    except BadFrame:  # a finished story, on its way to an output topic
        document = flat(orjson.loads(value))
        card = Card(document["id"], document["source"], document["record"], document["received"], 0.0)
        return [await station.dead.of_card(card, b"", dead, station.name)]
    if len(packets) > 1:
        return [
            Outgoing(record.topic, encode_batch([packet]), record.key, record.headers, record.partition)
            for packet in packets
        ]
    return [await station.dead.of_packet(packets[0], dead, station.name)]
