"""What every contender does with a story: the pure stages, and which records come of it. No engine is mentioned here.

All write the same topics, the memories of dedup and deliver (`wire.verdicts`, `wire.chains`) among them. Ours waits for
a memory to be confirmed before it writes what follows from it, and reads it back at start; the peers do neither, which
is to their advantage and stays so in the figures.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.headers import DeadLetter, Headers, dead_headers, read_raw
from pipeline.life.book import Book, until_of
from pipeline.life.texts import Texts
from pipeline.model import RawStory, RecordId
from pipeline.packet import CARD, FINGERPRINT, VERDICT, Packet, encode_batch, encode_batches
from pipeline.product import duplicate_json, encode, skipped_document
from pipeline.settings import Settings
from pipeline.stages.base import Dead, SkippedItem, isolated
from pipeline.stages.classify import Classify
from pipeline.stages.dedup import Dedup
from pipeline.stages.deliver import Deliver
from pipeline.stages.parse import Parse
from pipeline.stages.tag import Tagging
from pipeline.topics import CHAINS, DEAD, DUPLICATES, HELD, RECEIPTS, SKIPPED, VERDICTS, TopicSpec


@dataclass(slots=True)
class Result:
    """A record for an output topic."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


class Steps:
    """The stages one by one, for engines that put a topic between them."""

    def __init__(self, settings: Settings) -> None:
        self._parse = Parse(settings.max_story_bytes)
        self._tag = Tagging()
        self._classify = Classify()
        self._deliver = Deliver(time.time)
        self._horizon = settings.horizon_hours * 3600
        self.forget()
        self._prefix, self._batch_bytes = settings.topic_prefix, settings.batch_bytes

    def forget(self) -> None:
        """Start with empty memories."""
        self._dedup = Dedup(self._horizon)
        self._book, self._texts = Book(), Texts()

    def parse(self, batch: Sequence[RawStory]) -> tuple[list[Packet], list[Result]]:
        """Packets to go on, and records for what ends here."""
        results: list[Result] = []
        packets: list[Packet] = []
        now = time.time()
        for raw, outcomes in zip(batch, self._parse.run(batch), strict=True):
            for place, outcome in enumerate(outcomes):
                record = str(RecordId(raw.record.partition, raw.record.offset, place))
                match outcome:
                    case Packet():
                        outcome.stamp("parse", now, self._parse.model)
                        packets.append(outcome)
                    case Dead():
                        results.append(self._dead(raw, outcome, record))
                    case SkippedItem():
                        document = encode(skipped_document(raw, outcome, record))
                        results.append(self._result(SKIPPED, record, document))
        return packets, results

    def dedup(self, packets: list[Packet]) -> tuple[list[Packet], list[Packet], list[Result]]:
        """The stories let through, kills and late versions that go straight to deliver, and records."""
        self._run(self._dedup, packets)
        unique, orders, entries, results = [], [], [], []
        now = time.time()
        for packet in packets:
            verdict = packet.verdict
            entries.append(Packet(packet.sections(CARD, FINGERPRINT, VERDICT)))
            if verdict.status == "duplicate":
                document = duplicate_json(packet, embargoed=until_of(packet) > now)
                results.append(self._result(DUPLICATES, packet.card.record, document))
            packet.drop(FINGERPRINT)
            if verdict.status == "kill" or verdict.rule == "older-version":
                orders.append(packet)
            elif verdict.status != "duplicate":
                unique.append(packet)
        results += [self._result(VERDICTS, "", data) for data in encode_batches(entries, self._batch_bytes)]
        return unique, orders, results

    def tag(self, packets: list[Packet]) -> list[Packet]:
        self._run(self._tag, packets)
        return packets

    def classify(self, packets: list[Packet]) -> list[Packet]:
        self._run(self._classify, packets)
        return packets

    def deliver(self, packets: list[Packet]) -> list[Result]:
        """The product's records. (Nothing of the bench is embargoed, so nothing is released later.)"""
        results = []
        now = time.time()
        for packet in packets:
            packet.stamp("deliver", now, self._deliver.model)
            card = packet.card
            previous = self._texts.get(self._deliver.wanted(packet, self._book))
            found = self._deliver.run(packet, self._book, previous)
            if found.outcome in ("delivered", "held"):
                self._texts.put(card.record, packet.story_json)
            results.append(self._result(CHAINS, packet.verdict.cluster, found.chain.to_json()))
            if found.hold:
                results.append(self._result(HELD, card.record, encode_batch([packet])))
            results += [Result(self._prefix + w.output, w.key.encode(), w.value, []) for w in found.writes]
            if found.receipt is not None:
                results.append(self._result(RECEIPTS, card.record, encode(found.receipt)))
        return results

    def _run(self, stage: Any, packets: list[Packet]) -> None:
        def run(batch: Sequence[Packet]) -> Sequence[Packet]:
            stage.run(batch)
            return batch

        now = time.time()
        for packet in isolated(stage.name, packets, run) if packets else ():
            if not isinstance(packet, Packet):
                raise RuntimeError(f"{stage.name} failed on a story of the bench: {packet}")
            packet.stamp(stage.name, now, stage.model)

    def _dead(self, raw: RawStory, dead: Dead, record: str) -> Result:
        letter = DeadLetter(raw=raw, stage="parse", reason=dead.code, detail=dead.detail, at=time.time())
        return Result(self._prefix + DEAD.suffix, record.encode(), raw.body, dead_headers(letter))

    def _result(self, spec: TopicSpec, key: str, value: bytes) -> Result:
        return Result(self._prefix + spec.suffix, key.encode(), value, [])


class Job(Steps):
    """All stages in one go, in one process. `run` takes raw records in order and gives what is to be written."""

    def run(self, batch: Sequence[RawStory]) -> list[Result]:
        packets, results = self.parse(batch)
        unique, orders, more = self.dedup(packets)
        return results + more + self.deliver(orders + self.classify(self.tag(unique)))


def raw_story(headers: Any, body: bytes | None, partition: int, offset: int, timestamp_ms: int) -> RawStory:
    """A consumed record as the stages take it, whatever client read it."""
    return read_raw(headers, body=body, partition=partition, offset=offset, timestamp_ms=timestamp_ms)
