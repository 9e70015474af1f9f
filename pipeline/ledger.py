"""The ledger: every record of `wire.raw` ends on an output topic, exactly once by id. This compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from kafka import KafkaConsumer, TopicPartition

from pipeline.headers import read_dead
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
        elif before == outcome:
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


class LedgerReader:
    """Follows the output topics from their beginning. `poll` as often as you like; `close` when done."""

    def __init__(self, settings: Settings) -> None:
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
        self._consumer.seek_to_beginning(*outputs)

    def _partitions(self, topics: Iterable[str]) -> list[TopicPartition]:
        return [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in sorted(self._consumer.partitions_for_topic(topic) or ())
        ]

    def poll(self, timeout_ms: int = 200) -> Ledger:
        """Read what has come since, and how many raw records there are now."""
        for tp, records in self._consumer.poll(timeout_ms=timeout_ms).items():
            spec = self._specs[tp.topic]
            for record in records:
                self._note(spec, record)
        ends = self._consumer.end_offsets(self._raw)
        self.ledger.received = sum(ends.values())
        return self.ledger

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
            self.ledger.note(name, "dead", document)
        elif record.value is None:
            return  # a held story that is held no longer
        elif spec is HELD:
            packet = decode_batch(record.value)[0]
            self.ledger.note(record.key.decode(), "held", story_document(packet, {"outcome": "held"}))
        else:
            document = flat(orjson.loads(record.value))
            if "record" in document:  # what takes a killed story's place stands for no record
                self.ledger.note(document["record"], outcome_of(document), document)

    def close(self) -> None:
        self._consumer.close()
