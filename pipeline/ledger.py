"""The ledger: every record of `wire.raw` ends on an output topic, exactly once by id. This compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from kafka import KafkaConsumer, TopicPartition

from pipeline.headers import read_dead
from pipeline.model import RecordId
from pipeline.packet import decode_batch
from pipeline.product import flat, outcome_of, story_document
from pipeline.settings import Settings
from pipeline.topics import DEAD, HELD, RAW, TopicSpec
from pipeline.topology import OUTCOMES

DELIVERED = frozenset(("new", "update", "correction"))

SAMPLES = 2000
"""Documents kept for showing."""


@dataclass(slots=True)
class Ledger:
    """What came in and where it ended. A record is `partition-offset`, or `partition-offset.item` in a document."""

    received: int = 0
    """Raw records."""
    ended: dict[str, str] = field(default_factory=dict)
    """Record to outcome: new, update, correction or kill (delivered), or duplicate, superseded, held, killed, skipped,
    dead."""
    repeats: int = 0
    """Redeliveries: the same record with the same outcome again, as at-least-once delivery may bring."""
    contradictions: list[tuple[str, str, str]] = field(default_factory=list)
    """(record, outcome, other outcome): must be empty."""
    samples: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Documents by record, for showing; dead letters as their headers."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Dead letters by reason."""

    def note(self, record: str, outcome: str, document: dict[str, Any]) -> None:
        before = self.ended.get(record)
        if outcome == "held" and before is not None:
            return  # it was held, and has gone on since
        if before is None or moves_on(before, outcome):
            self.ended[record] = outcome
            if outcome == "dead":
                self.reasons[document.get("reason", "")] += 1
            if len(self.samples) < SAMPLES:
                self.samples[record] = document
        elif before == outcome or moves_on(outcome, before):  # the topics are read in any order
            self.repeats += 1
        else:
            self.contradictions.append((record, before, outcome))

    @property
    def accounted(self) -> int:
        """Raw records of which at least one story has ended."""
        return len({record.split(".", 1)[0] for record in self.ended})

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.ended.values())

    @property
    def balanced(self) -> bool:
        return self.accounted == self.received and not self.contradictions


def moves_on(before: str, outcome: str) -> bool:
    """Whether a story may go from one outcome to the other: a held one ends in some way; of one that was delivered and
    killed, a redelivery after the kill is withheld."""
    return before != outcome and (before == "held" or (outcome == "killed" and before in DELIVERED))


SKEW_SECONDS = 60.0
"""Output topics are read from this much before the raw records that count, for clocks of machines differ."""


class LedgerReader:
    """Follows the output topics from their beginning, or as far as it concerns raw records that came `since` a moment
    (epoch seconds). `poll` as often as you like; `close` when done. Raises kafka-python's errors."""

    def __init__(self, settings: Settings, since: float | None = None) -> None:
        self.ledger = Ledger()
        self._specs: dict[str, TopicSpec] = {settings.topic(spec): spec for spec in OUTCOMES}
        self._consumer = KafkaConsumer(
            bootstrap_servers=settings.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_poll_records=2000,
            **settings.kafka_security(),
        )
        self._raw = self._partitions([settings.topic(RAW)])
        outputs = self._partitions(self._specs)
        self._consumer.assign(outputs)
        self.begins: dict[TopicPartition, int]
        if since is None:
            self.begins = dict.fromkeys(self._raw, 0)
            self._consumer.seek_to_beginning(*outputs)
        else:
            self.begins = self._offsets_since(self._raw, since)
            for place, offset in self._offsets_since(outputs, since - SKEW_SECONDS).items():
                self._consumer.seek(place, offset)
        self._first = {place.partition: offset for place, offset in self.begins.items()}

    def _partitions(self, topics: Iterable[str]) -> list[TopicPartition]:
        return [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in sorted(self._consumer.partitions_for_topic(topic) or ())
        ]

    def _offsets_since(self, places: list[TopicPartition], since: float) -> dict[TopicPartition, int]:
        found = self._consumer.offsets_for_times(dict.fromkeys(places, int(since * 1000)))
        ends = self._consumer.end_offsets(places)
        return {place: ends[place] if found.get(place) is None else found[place].offset for place in places}

    def raw_ends(self) -> dict[TopicPartition, int]:
        """Where the partitions of `wire.raw` end by now."""
        return dict(self._consumer.end_offsets(self._raw))

    def open(self, ends: dict[TopicPartition, int]) -> list[str]:
        """The raw records before `ends` of which no story has ended so far, as far as has been read."""
        ended = {record.split(".", 1)[0] for record in self.ledger.ended}
        names = (f"{tp.partition}-{offset}" for tp, end in ends.items() for offset in range(self.begins[tp], end))
        return [name for name in names if name not in ended]

    @property
    def caught_up(self) -> bool:
        """Whether all that the output topics hold by now has been read."""
        ends = self._consumer.end_offsets(list(self._consumer.assignment()))
        return all(self._consumer.position(place) >= end for place, end in ends.items())

    def poll(self, timeout_ms: int = 200) -> Ledger:
        """Read what has come since, and how many raw records there are now."""
        for tp, records in self._consumer.poll(timeout_ms=timeout_ms).items():
            spec = self._specs[tp.topic]
            for record in records:
                self._note(spec, record)
        self.ledger.received = sum(end - self.begins[place] for place, end in self.raw_ends().items())
        return self.ledger

    def counts(self, name: str) -> bool:
        """Whether the raw record of this name is one of those that count."""
        try:
            record = RecordId.parse(name)
        except ValueError:
            return False
        return record.offset >= self._first.get(record.partition, record.offset)

    def _ended(self, name: str, outcome: str, document: dict[str, Any]) -> None:
        if self.counts(name):
            self.ledger.note(name, outcome, document)

    def _note(self, spec: TopicSpec, record: Any) -> None:
        if spec is DEAD:
            letter = read_dead(record.headers, body=record.value, timestamp_ms=record.timestamp)
            document = {
                "reason": letter.reason,
                "detail": letter.detail,
                "stage": letter.stage,
                "id": letter.raw.feed_id,
            }
            name = record.key.decode() if record.key else str(letter.raw.record)
            self._ended(name, "dead", document)
        elif record.value is None:
            return  # a held story that is held no longer
        elif spec is HELD:
            packet = decode_batch(record.value)[0]
            self._ended(record.key.decode(), "held", story_document(packet, {"outcome": "held"}))
        else:
            document = flat(orjson.loads(record.value))
            if "record" in document:  # what takes a killed story's place stands for no record
                self._ended(document["record"], outcome_of(document), document)

    def close(self) -> None:
        self._consumer.close()
