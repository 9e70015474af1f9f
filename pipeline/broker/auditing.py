"""The verdict log, the raw records that it names and the output topics, for `wire audit`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import orjson
from kafka import KafkaConsumer, TopicPartition

from pipeline.broker.clients import consumer
from pipeline.broker.reading import read
from pipeline.dedup.audit import Auditor, Difference
from pipeline.dedup.memory import GRACE
from pipeline.headers import read_raw
from pipeline.model import RecordId
from pipeline.packet import Packet, decode_batch
from pipeline.product import flat
from pipeline.settings import Settings
from pipeline.stages.parse import Parse
from pipeline.topics import DUPLICATES, RAW, STORIES, VERDICTS


class Raws:
    """Stories parsed again, by record; each partition of `wire.raw` is read on as far as it is asked for."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self._settings, self._stack = settings, stack
        self._parse = Parse(settings.max_story_bytes)
        self._clients: dict[int, tuple[KafkaConsumer, TopicPartition, int]] = {}
        self._waiting: dict[str, Packet] = {}

    def get(self, record: str) -> Packet | None:
        """The story, once; None where the raw record is gone or is no story any more."""
        place = RecordId.parse(record)
        client, tp, end = self._client(place.partition)
        while record not in self._waiting and client.position(tp) <= place.offset and client.position(tp) < end:
            for records in client.poll(timeout_ms=500).values():
                raws = [
                    read_raw(r.headers, body=r.value, partition=r.partition, offset=r.offset, timestamp_ms=r.timestamp)
                    for r in records
                ]
                for outcomes in self._parse.run(raws):
                    packets = [outcome for outcome in outcomes if isinstance(outcome, Packet)]
                    self._waiting.update((packet.card.record, packet) for packet in packets)
        return self._waiting.pop(record, None)

    def _client(self, partition: int) -> tuple[KafkaConsumer, TopicPartition, int]:
        if partition not in self._clients:
            client = self._stack.enter_context(consumer(self._settings, max_poll_records=500))
            tp = TopicPartition(self._settings.topic(RAW), partition)
            client.assign([tp])
            client.seek_to_beginning(tp)
            self._clients[partition] = client, tp, client.end_offsets([tp])[tp]
        return self._clients[partition]


def audit(settings: Settings, auditor: Auditor, notice: Callable[[int], None]) -> Iterator[Difference]:
    """Every difference between what was said and what comes out now. `notice` hears how many entries were read.

    Where the log's beginning is gone, verdicts of its first horizon hang on stories that nobody knows any more: they
    are taken over. Raises Unavailable, BadFrame.
    """
    beginning = -1.0
    done = 0
    with ExitStack() as stack:
        raws = Raws(settings, stack)
        for log_record in read(settings, settings.topic(VERDICTS)):
            for entry in decode_batch(log_record.value or b""):
                if beginning < 0:
                    kept = settings.horizon_hours * 3600 * (1 + 2 * GRACE)
                    beginning = entry.card.received + kept if log_record.offset else 0.0
                parsed = raws.get(entry.card.record)
                if entry.card.received < beginning or (parsed is None and not auditor.known(entry.card.record)):
                    auditor.take_over(entry)
                else:
                    yield from auditor.entry(entry, parsed or entry)
                done += 1
                notice(done)
    for spec in (DUPLICATES, STORIES):
        topic = settings.topic(spec)
        for record in read(settings, topic):
            if record.value is not None:
                yield from auditor.output(topic, _document(record.value))


def _document(value: bytes) -> dict[str, Any]:
    try:
        return flat(orjson.loads(value))
    except orjson.JSONDecodeError:
        return {}
