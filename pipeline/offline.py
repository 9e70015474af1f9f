"""The offline twin of the stream: the same stages in the same order, without a broker.

A run over the same items in the same order gives the verdicts, tags and topics that the stream gives where dedup sees
that order. (Duplicates are tagged and classified here too, for there is nobody to save the work for.)
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from pipeline.clock import clock_of
from pipeline.desks.reading import load
from pipeline.life.book import Book
from pipeline.life.texts import Texts
from pipeline.model import RawStory, RecordId
from pipeline.packet import Packet
from pipeline.product import dead_document, skipped_document, story_document
from pipeline.replay.reading import FeedItem, Oversized
from pipeline.settings import Settings
from pipeline.stages.base import Dead, PacketStage, SkippedItem, dead_of, isolated
from pipeline.stages.classify import Classify
from pipeline.stages.dedup import Dedup
from pipeline.stages.deliver import Deliver
from pipeline.stages.parse import Parse
from pipeline.stages.tag import Tagging

Document = dict[str, Any]


class Offline:
    """Stages with their state. Feed it items in order; it gives one document for each story, in that order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._parse = Parse(settings.max_story_bytes)
        self._dedup = Dedup(settings.horizon_hours * 3600)
        self._after: tuple[PacketStage, ...] = (
            Tagging(settings.vocabulary_file),
            Classify(settings.vocabulary_file),
        )
        desks = load(settings.desks_file) if settings.desks_file else None
        self._deliver = Deliver(clock_of(settings.clock_file), lambda: desks)
        self._book, self._texts = Book(), Texts()
        self._read = 0

    def process(self, items: Iterable[FeedItem | Oversized]) -> Iterator[Document]:
        """One document for each story in the items, as in `docs/output.md`. Works in batches of `batch_stories`."""
        stream = iter(items)
        while batch := list(islice(stream, self._settings.batch_stories)):
            yield from self._batch(batch)

    def _batch(self, items: Sequence[FeedItem | Oversized]) -> list[Document]:
        now = time.time()
        raws = [self._raw(item, now) for item in items]
        documents: list[Document | None] = []
        packets: list[tuple[int, Packet]] = []
        parsed = self._parse.run([raw for raw, dead in raws if dead is None])
        outcomes_of = iter(parsed)
        for raw, dead in raws:
            outcomes = next(outcomes_of) if dead is None else [dead]
            for place, outcome in enumerate(outcomes):
                record = str(RecordId(raw.record.partition, raw.record.offset, place))
                match outcome:
                    case Packet():
                        outcome.stamp("parse", now, self._parse.model)
                        packets.append((len(documents), outcome))
                        documents.append(None)
                    case Dead():
                        documents.append(dead_document(raw, outcome, "parse", record))
                    case SkippedItem():
                        documents.append(skipped_document(raw, outcome, record))
        for stage in (self._dedup, *self._after):
            packets = self._stage(stage, packets, documents)
        for place, packet in packets:
            documents[place] = self._deliver_one(packet)
        return [document for document in documents if document is not None]

    def _deliver_one(self, packet: Packet) -> Document:
        """As the agent does, but for the outputs: the story's document with what deliver says of it."""
        verdict, card = packet.verdict, packet.card
        if verdict.status == "duplicate" and verdict.rule != "older-version":
            return story_document(packet, {})
        previous = self._texts.get(self._deliver.wanted(packet, self._book))
        packet.stamp(self._deliver.name, time.time(), self._deliver.model)
        try:
            found = self._deliver.run(packet, self._book, previous)
        except Exception as e:
            raw = RawStory(b"", RecordId.parse(card.record), card.received, card.source, packet.story.format, card.id)
            return dead_document(raw, dead_of(self._deliver.name, e), self._deliver.name, card.record)
        self._texts.put(card.record, packet.story_json)
        life = {"outcome": "superseded"} if verdict.status == "duplicate" else found.life
        return story_document(packet, life)

    def _stage(
        self, stage: PacketStage, packets: list[tuple[int, Packet]], documents: list[Document | None]
    ) -> list[tuple[int, Packet]]:
        def run(batch: Sequence[Packet]) -> Sequence[Packet]:
            stage.run(batch)
            return batch

        passed = []
        now = time.time()
        outcomes = isolated(stage.name, [packet for _, packet in packets], run)
        for (place, packet), outcome in zip(packets, outcomes, strict=True):
            if isinstance(outcome, Dead):
                card, format = packet.card, packet.story.format
                raw = RawStory(b"", RecordId.parse(card.record), card.received, card.source, format, card.id)
                documents[place] = dead_document(raw, outcome, stage.name, card.record)
            else:
                packet.stamp(stage.name, now, stage.model)
                passed.append((place, packet))
        return passed

    def _raw(self, item: FeedItem | Oversized, now: float) -> tuple[RawStory, Dead | None]:
        record = RecordId(0, self._read)
        self._read += 1
        if isinstance(item, Oversized):
            detail = f"{item.name} has {item.size} bytes, more than a record can carry."
            return RawStory(b"", record, now, feed_id=item.name), Dead("too-large", detail)
        return RawStory(item.body, record, now, item.source, item.format, item.feed_id), None
