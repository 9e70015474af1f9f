"""What every contender does with a story: the pure stages, and which records come of it. No engine is mentioned here.

The peers keep dedup's memory in the process alone, and ours writes it to Kafka and waits for it: the difference is to
the peers' advantage, and stays so in the figures.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.headers import DeadLetter, Headers, dead_headers, read_raw
from pipeline.model import RawStory, RecordId
from pipeline.packet import FINGERPRINT, Packet
from pipeline.product import duplicate_json, encode, skipped_document, story_json
from pipeline.settings import Settings
from pipeline.stages.base import Dead, SkippedItem, isolated
from pipeline.stages.classify import Classify
from pipeline.stages.dedup import Dedup
from pipeline.stages.parse import Parse
from pipeline.stages.tag import Tagging
from pipeline.topics import DEAD, DUPLICATES, SKIPPED, STORIES


@dataclass(slots=True)
class Result:
    """A record for an output topic."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


class Steps:
    """The four stages one by one, for engines that put a topic between them."""

    def __init__(self, settings: Settings) -> None:
        self._parse = Parse(settings.max_story_bytes)
        self._dedup = Dedup(settings.horizon_hours * 3600)
        self._tag = Tagging()
        self._classify = Classify()
        self._topics = {spec: settings.topic(spec) for spec in (STORIES, DUPLICATES, DEAD, SKIPPED)}

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
                        results.append(Result(self._topics[SKIPPED], record.encode(), document, []))
        return packets, results

    def dedup(self, packets: list[Packet]) -> tuple[list[Packet], list[Result]]:
        """The stories let through, and records for the duplicates."""
        self._run(self._dedup, packets)
        unique, results = [], []
        for packet in packets:
            if packet.verdict.status == "duplicate":
                key = packet.card.record.encode()
                results.append(Result(self._topics[DUPLICATES], key, duplicate_json(packet, embargoed=False), []))
            else:
                packet.drop(FINGERPRINT)
                unique.append(packet)
        return unique, results

    def tag(self, packets: list[Packet]) -> list[Packet]:
        self._run(self._tag, packets)
        return packets

    def classify(self, packets: list[Packet]) -> list[Result]:
        """The product's records."""
        self._run(self._classify, packets)
        return [Result(self._topics[STORIES], p.verdict.id.encode(), story_json(p, {}), []) for p in packets]

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
        return Result(self._topics[DEAD], record.encode(), raw.body, dead_headers(letter))


class Job(Steps):
    """All stages in one go, in one process. `run` takes raw records in order and gives what is to be written."""

    def run(self, batch: Sequence[RawStory]) -> list[Result]:
        packets, results = self.parse(batch)
        unique, duplicates = self.dedup(packets)
        return results + duplicates + self.classify(self.tag(unique))


def raw_story(headers: Any, body: bytes | None, partition: int, offset: int, timestamp_ms: int) -> RawStory:
    """A consumed record as the stages take it, whatever client read it."""
    return read_raw(headers, body=body, partition=partition, offset=offset, timestamp_ms=timestamp_ms)
