"""Finds where a story has been, step by step, with as little reading as its times allow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import orjson
from kafka import KafkaConsumer

from pipeline.headers import ID, read_dead, read_raw
from pipeline.life.chain import Chain
from pipeline.model import Card, RawStory, RecordId, Verdict
from pipeline.packet import BadFrame, Packet, decode_batch
from pipeline.product import flat, outcome_of, story_document
from pipeline.settings import Settings
from pipeline.topics import (
    CHAINS,
    CLASSIFIED,
    DEAD,
    DESK,
    FLASH,
    HELD,
    ORDERS,
    PARSED,
    RAW,
    RECEIPTS,
    SKIPPED,
    STORIES,
    TAGGED,
    UNIQUE,
    VERDICTS,
    TopicSpec,
    desk_topic,
)  # fmt: skip
from pipeline.topology import OUTCOMES
from pipeline.trace.search import SKEW_SECONDS, Search
from pipeline.trace.walk import Step, Walk

BETWEEN: tuple[TopicSpec, ...] = (PARSED, VERDICTS, UNIQUE, ORDERS, TAGGED, CLASSIFIED)
"""The topics between our own stages, in the order of the flow."""

WRITES = {PARSED: "parse", VERDICTS: "dedup", UNIQUE: "dedup", ORDERS: "dedup", TAGGED: "tag", CLASSIFIED: "classify"}
"""Which stage writes them."""

RAW_SECONDS = 86_400.0
"""How far back a story that no stage has seen is looked for among the raw bytes."""

STAGE_SECONDS = 60.0
"""A stage's record is looked for so long after the stage says that it was done."""


class Tracer:
    """Finds stories by id, uri or raw record."""

    def __init__(self, client: KafkaConsumer, settings: Settings) -> None:
        self._search = Search(client, settings)
        self._settings = settings
        self._specs = {settings.topic(spec): spec for spec in (RAW, *BETWEEN, *OUTCOMES)}

    def walk(self, asked: str) -> Walk | None:
        """The walk of the latest story under this id, uri or raw record (`partition-offset`, `.item`); None where no
        topic knows it."""
        found = self._locate(asked)
        if found is None:
            return None
        self._raw(found)
        self._ends(found)
        self._between(found)
        self._chain(found)
        found.looked_at = self._search.read
        found.steps.sort(key=lambda step: (self._order(step), step.at))
        return found

    # -- which raw record is meant

    def _locate(self, asked: str) -> Walk | None:
        record = _record(asked)
        if record is not None and self._search.one(RAW, record.partition, record.offset) is not None:
            return Walk(str(record))
        needles = [orjson.dumps(asked)]
        for records in self._search.back([VERDICTS], needles):
            known = [(packet.card, packet.verdict) for packet in packets_of(records)]
            meant = [(card, verdict) for card, verdict in known if _is_meant(asked, card, verdict)]
            if meant:
                card, verdict = meant[-1]
                others = dict.fromkeys(c.record for c, _ in meant if c.record != card.record)
                return Walk(card.record, received=card.received, verdict=verdict, others=list(others))
        return self._locate_undecided(asked)

    def _locate_undecided(self, asked: str) -> Walk | None:
        """A story that dedup has not seen: skipped, dead, or not that far yet."""
        for records in self._search.back([DEAD, SKIPPED], [asked.encode()]):
            for record in reversed(records):
                if self._specs[record.topic] is DEAD:
                    letter = read_dead(record.headers, body=record.value, timestamp_ms=record.timestamp)
                    name = record.key.decode("utf-8", "replace") if record.key else str(letter.raw.record)
                    if asked in (letter.raw.feed_id, name) and _record(name) is not None:
                        return Walk(name, received=letter.raw.received)
                else:
                    document = _document(record)
                    if asked in (document.get("id"), document.get("record")):
                        return Walk(str(document.get("record")), received=float(document.get("received", 0.0)))
        for records in self._search.back([RAW], [asked.encode()], RAW_SECONDS):
            for record in reversed(records):
                if _bears(record, asked):
                    return Walk(f"{record.partition}-{record.offset}")
        return None

    # -- what is known of it

    def _raw(self, walk: Walk) -> None:
        place = RecordId.parse(walk.record)
        record = self._search.one(RAW, place.partition, place.offset)
        if record is None:
            return
        raw: RawStory = read_raw(
            record.headers, body=record.value, partition=place.partition, offset=place.offset,
            timestamp_ms=record.timestamp,
        )  # fmt: skip
        walk.received, walk.bytes = raw.received, len(raw.body)
        walk.id, walk.source, walk.format = raw.feed_id, raw.source, raw.format
        walk.steps.append(_step(record))

    def _since(self, walk: Walk) -> float:
        """From when on its later records are looked for: when it came onto Kafka, which `received` may precede."""
        return next((step.at for step in walk.steps if step.topic == self._settings.topic(RAW)), walk.received)

    def _ends(self, walk: Walk) -> None:
        """Where it ended. A held story is looked for until it is found to have gone on."""
        needle = walk.record.encode()
        for records in self._search.ahead(OUTCOMES, [needle], self._since(walk)):
            for record in records:
                if (found := self._end(walk.record, record)) is None:
                    continue
                outcome, document = found
                if not any(step.topic == record.topic for step in walk.steps):
                    walk.steps.append(_step(record))
                if outcome != "held" or not walk.outcome:
                    walk.outcome, walk.document = outcome, document
            if walk.outcome not in ("", "held"):
                break
        if not walk.document:
            return
        document = walk.document
        walk.id = document.get("id") or walk.id
        walk.headline = document.get("headline", "")
        walk.source, walk.format = document.get("source") or walk.source, document.get("format") or walk.format
        walk.received = walk.received or float(document.get("received", 0.0))
        walk.trace = document.get("trace", {})
        self._copies(walk)

    def _end(self, name: str, record: Any) -> tuple[str, dict[str, Any]] | None:
        """Outcome and document, where this record is an end of the story."""
        spec = self._specs[record.topic]
        if spec is DEAD:
            letter = read_dead(record.headers, body=record.value, timestamp_ms=record.timestamp)
            key = record.key.decode("utf-8", "replace") if record.key else str(letter.raw.record)
            said = {"stage": letter.stage, "reason": letter.reason, "detail": letter.detail, "id": letter.raw.feed_id}
            return ("dead", said) if key == name else None
        if record.value is None:
            return None
        if spec is HELD:
            packet = next((one for one in packets_of([record]) if one.card.record == name), None)
            return None if packet is None else ("held", story_document(packet, {"outcome": "held"}))
        document = flat(_document(record))
        if document.get("record") != name or "status" not in document:
            return None
        return outcome_of(document), document

    def _copies(self, walk: Walk) -> None:
        """The flash and the desks that it went to."""
        outputs = [output for output in walk.document.get("outputs", ()) if output != STORIES.suffix]
        specs = [FLASH if o == FLASH.suffix else desk_topic(o.removeprefix(DESK)) for o in outputs]
        at = next((step.at for step in walk.steps if step.topic == self._settings.topic(STORIES)), 0.0)
        if specs and at:
            window = (at - SKEW_SECONDS, at + STAGE_SECONDS)
            for record in self._search.between(specs, [walk.record.encode()], *window):
                if flat(_document(record)).get("record") == walk.record:
                    walk.steps.append(_step(record))

    def _between(self, walk: Walk) -> None:
        """Its records between the stages; where the end tells when each stage was done, only about then."""
        needle = b'"record":' + orjson.dumps(walk.record)
        since = self._since(walk)
        for spec in BETWEEN:
            at = walk.trace.get(WRITES[spec], 0) / 1000
            if walk.outcome not in ("", "held") and not at:
                continue  # it ended before that stage
            window = (at - SKEW_SECONDS, at + STAGE_SECONDS) if at else (since - SKEW_SECONDS, math.inf)
            for record in self._search.between([spec], [needle], *window):
                packet = next((one for one in packets_of([record]) if one.card.record == walk.record), None)
                if packet is not None:
                    walk.steps.append(_step(record))
                    self._learn(walk, spec, packet)
                    break

    def _learn(self, walk: Walk, spec: TopicSpec, packet: Packet) -> None:
        card = packet.card
        walk.id, walk.source = walk.id or card.id, walk.source or card.source
        walk.headline = walk.headline or card.headline
        walk.received = walk.received or card.received
        if len(packet.trace) > len(walk.trace):
            walk.trace = packet.trace
        if spec is not PARSED:
            walk.verdict = packet.verdict
            walk.id = packet.verdict.id

    # -- its chain

    def _chain(self, walk: Walk) -> None:
        cluster = walk.verdict.cluster if walk.verdict else walk.document.get("cluster", "")
        if not cluster:
            return
        for records in self._search.back([CHAINS], [cluster.encode()]):
            mine = [record for record in records if record.key == cluster.encode() and record.value is not None]
            if mine:
                walk.chain = Chain.from_json(mine[-1].value)
                break
        kill = walk.chain.killed if walk.chain is not None else ""
        if kill:
            for records in self._search.back([RECEIPTS], [kill.encode()]):
                mine = [record for record in records if record.key == kill.encode() and record.value is not None]
                if mine:
                    walk.receipt = _document(mine[-1])
                    break

    def _order(self, step: Step) -> int:
        names = [self._settings.topic(spec) for spec in (RAW, *BETWEEN, HELD, *OUTCOMES)]
        return names.index(step.topic) if step.topic in names else len(names)


def _record(asked: str) -> RecordId | None:
    try:
        return RecordId.parse(asked)
    except ValueError:
        return None


def _bears(record: Any, asked: str) -> bool:
    """Whether a raw record may be the story of this id: its header says so, or the bytes have it as a value."""
    if any(name == ID and value == asked.encode() for name, value in record.headers or ()):
        return True
    body = record.value or b""
    return any(f"{a}{asked}{b}".encode() in body for a, b in ('""', "''", "><", "<>"))


def _is_meant(asked: str, card: Card, verdict: Verdict) -> bool:
    return asked in (card.id, verdict.id, card.uri, card.record)


def _step(record: Any) -> Step:
    return Step(record.topic, record.partition, record.offset, record.timestamp / 1000)


def packets_of(records: list[Any]) -> Iterator[Packet]:
    """The packets of batches; foreign records are passed over."""
    for record in records:
        try:
            yield from decode_batch(record.value or b"")
        except BadFrame:
            continue


def _document(record: Any) -> dict[str, Any]:
    """A record's JSON object; an empty one where it holds something else."""
    try:
        document = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
