"""A batch's way through the stages of one worker: what goes straight, what over Kafka, and in which order all is sent.

On a real broker: tests/broker, tests/chaos.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from agents.dedup import DedupStation, Outdone
from agents.direct import Direct
from agents.journey import Journey, Means, Stage
from agents.sender import Outgoing
from agents.work import Place, Work
from pipeline.metrics import Metrics
from pipeline.model import Card, RawStory, RecordId
from pipeline.packet import Packet, decode_batch, encode_batch
from pipeline.settings import Settings
from pipeline.stages.classify import Classify
from pipeline.stages.dedup import Dedup
from pipeline.stages.parse import Parse
from pipeline.stages.tag import Tagging
from pipeline.topics import CHAINS, ORDERS, PARSED, RECEIPTS, STORIES, TAGGED, UNIQUE, VERDICTS, TopicSpec
from tests.seeds_manifest import load, record_bytes


class Reading:
    """A worker's consumer as far as it is asked: what it reads, what stands there, how far it is."""

    def __init__(self, *ours: TP) -> None:
        self.ours = set(ours)
        self.standing: dict[TP, tuple[int, int]] = {}
        self.done: dict[TP, int] = {}
        self.flowing = True

    def assignment(self) -> set[TP]:
        return self.ours

    async def spans(self, tps: Sequence[TP]) -> dict[TP, tuple[int, int]]:
        return {tp: self.standing.get(tp, (7, 7)) for tp in tps}

    def handled(self, tp: TP) -> int | None:
        return self.done.get(tp)

    def flows(self) -> bool:
        return self.flowing


class Sent:
    """Notes what is sent, one list a call."""

    def __init__(self) -> None:
        self.calls: list[list[Outgoing]] = []

    async def send(self, records: list[Outgoing], on_retry: Callable[[], None]) -> None:
        self.calls.append(list(records))

    @property
    def topics(self) -> list[list[str]]:
        return [[record.topic.removeprefix("wire.") for record in call] for call in self.calls]


class Step:
    """A station that writes a record of each kind that it is told to, and passes its stories on."""

    def __init__(self, name: str, first: str = "", then: str = "", last: str = "", to: TopicSpec | None = None) -> None:
        self.name = name
        self.writes = {"first": first, "then": then, "last": last}
        self.to = to
        self.batches: list[list[str]] = []
        self.secured_at: list[int] = []
        self.sent: Sent | None = None

    async def prepare(self, items: Sequence[Any]) -> None:
        """Nothing."""

    def decode(self, record: Any) -> list[Any]:
        raise AssertionError("nothing is read from Kafka here")

    async def work(self, items: Sequence[Place]) -> Work:
        self.batches.append([packet.card.id for _, packet in items])
        made = {kind: [Outgoing(f"wire.{topic}", b"x")] for kind, topic in self.writes.items() if topic}
        work = Work(**made)  # type: ignore[arg-type]
        work.outcomes["passed"] += len(items)
        if self.to is not None:
            work.go_on(self.to, items)
        return work

    async def secured(self, first: Sequence[Outgoing]) -> None:
        assert self.sent is not None
        self.secured_at.append(len(self.sent.calls))

    async def refused(self, record: Outgoing) -> list[Outgoing]:
        raise AssertionError("nothing is too large")


def packet(id: str) -> Packet:
    made = Packet()
    made.card = Card(id, "s", "0-0", 1.0, 1.0)
    return made


def travelled(reading: Reading, *steps: tuple[TopicSpec, Step], items: list[Place], **settings: Any) -> Sent:
    """Send a batch into the first of the steps; each is given with the topic that it reads."""
    sent, config = Sent(), Settings(**settings)
    direct = Direct(config, lambda: reading, reading.spans)
    means = Means(config, sent, Metrics(), direct)  # type: ignore[arg-type]

    async def scene() -> None:
        for topic, step in steps:
            step.sent = sent
            direct.stages[topic] = Stage(step)
        async with Journey(means) as journey:
            await journey.go(direct.stages[steps[0][0]], items)
            await journey.finish()
        assert not any(stage.turn.locked() for stage in direct.stages.values())

    asyncio.run(scene())
    return sent


def flow() -> tuple[tuple[TopicSpec, Step], ...]:
    dedup = Step("dedup", first=VERDICTS.suffix, then="duplicates", to=UNIQUE)
    deliver = Step("deliver", first=CHAINS.suffix, then=STORIES.suffix, last=RECEIPTS.suffix)
    return (TAGGED, dedup), (UNIQUE, deliver)


def test_a_memory_is_confirmed_before_what_follows_from_it_though_stages_write_together() -> None:
    steps = flow()
    sent = travelled(Reading(TP("wire.unique", 1)), *steps, items=[(1, packet("a"))])
    assert sent.topics == [["verdicts"], ["duplicates", "chains"], ["stories"], ["receipts"]]
    assert [step.secured_at for _, step in steps] == [[1], [2]]


def test_a_story_for_another_worker_goes_over_kafka_and_only_that_one() -> None:
    steps = flow()
    items = [(1, packet("ours")), (0, packet("theirs")), (1, packet("ours too"))]
    sent = travelled(Reading(TP("wire.unique", 1)), *steps, items=items)
    assert steps[1][1].batches == [["ours", "ours too"]]
    (there,) = [record for call in sent.calls for record in call if record.topic == "wire.unique"]
    assert there.partition == 0
    assert [one.card.id for one in decode_batch(there.value or b"")] == ["theirs"]
    assert sent.topics[1] == ["duplicates", "unique", "chains"]


def test_every_hop_goes_over_kafka_where_that_is_wanted() -> None:
    steps = flow()
    sent = travelled(Reading(TP("wire.unique", 1)), *steps, items=[(1, packet("a"))], direct=False)
    assert (sent.topics, steps[1][1].batches) == ([["verdicts"], ["duplicates", "unique"]], [])


def test_what_stands_on_the_topic_is_not_overtaken() -> None:
    async def scene() -> tuple[bool, tuple[list[Place], list[Place]]]:
        reading, (tp, items) = Reading(TP("wire.unique", 0)), (TP("wire.unique", 0), [(0, packet("a"))])
        reading.standing[tp], reading.done[tp] = (3, 9), 5
        direct = Direct(Settings(), lambda: reading, reading.spans)
        direct.stages[UNIQUE] = Stage(Step("tag"))
        waiting = asyncio.ensure_future(direct.part(UNIQUE, items))
        await asyncio.sleep(0.1)
        before = waiting.done()
        reading.done[tp] = 9
        straight, over_kafka = await asyncio.wait_for(waiting, 5)
        assert await direct.part(UNIQUE, items) == (items, [])  # once done, it is not asked again
        direct.rebalanced()
        reading.standing[tp] = (9, 12)  # another worker wrote there, since it was ours last
        reading.flowing = False
        assert await direct.part(UNIQUE, items) == ([], items)
        return before, (straight, over_kafka)

    before, (straight, over_kafka) = asyncio.run(scene())
    assert not before
    assert (len(straight), over_kafka) == (1, [])


def test_what_does_not_move_stops_no_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.direct.PATIENCE_SECONDS", 0.1)
    reading = Reading(TP("wire.unique", 1))
    reading.standing[TP("wire.unique", 1)] = (3, 9)
    steps = flow()
    sent = travelled(reading, *steps, items=[(1, packet("a"))])
    assert (sent.topics[1], steps[1][1].batches) == (["duplicates", "unique"], [])


def test_a_second_batch_waits_for_the_stage_that_the_first_is_in() -> None:
    """Two ways lead to a stage: from the one before, and from its topic."""
    order: list[str] = []

    class Slow(Step):
        async def work(self, items: Sequence[Place]) -> Work:
            order.append(f"{items[0][1].card.id} in")
            await asyncio.sleep(0.05)
            order.append(f"{items[0][1].card.id} out")
            return Work()

    async def scene() -> None:
        config, sent = Settings(), Sent()
        reading = Reading(TP("wire.tagged", 0))
        direct = Direct(config, lambda: reading, reading.spans)
        means = Means(config, sent, Metrics(), direct)  # type: ignore[arg-type]
        tag, classify = Stage(Step("tag", to=TAGGED)), Stage(Slow("classify"))
        direct.stages |= {UNIQUE: tag, TAGGED: classify}

        async def go(stage: Stage, id: str) -> None:
            async with Journey(means) as journey:
                await journey.go(stage, [(0, packet(id))])
                await journey.finish()

        await asyncio.gather(go(tag, "a"), go(classify, "b"))

    asyncio.run(scene())
    assert sorted(order[:2]) in (["a in", "a out"], ["b in", "b out"])


class Slow(Step):
    """Works a while, in which others may come."""

    async def work(self, items: Sequence[Place]) -> Work:
        await asyncio.sleep(0.05)
        return await super().work(items)


class Deciding(Step):
    """Dedup: what is called a kill goes straight to deliver."""

    async def work(self, items: Sequence[Place]) -> Work:
        work = await super().work(items)
        work.go_on(ORDERS, [place for place in items if place[1].card.id == "kill"])
        work.go_on(UNIQUE, [place for place in items if place[1].card.id != "kill"])
        return work


def test_a_kill_comes_to_deliver_before_the_rest_of_its_batch_and_keeps_no_other_journey_waiting() -> None:
    dedup, tag, deliver = Deciding("dedup", first="verdicts"), Slow("tag", to=TAGGED), Step("deliver", then="stories")

    async def scene() -> list[list[str]]:
        config, sent = Settings(), Sent()
        dedup.sent = sent
        reading = Reading(*(TP(f"wire.{topic}", 0) for topic in ("unique", "tagged", "orders")))
        direct = Direct(config, lambda: reading, reading.spans)
        means = Means(config, sent, Metrics(), direct)  # type: ignore[arg-type]
        stages = [Stage(step, place) for place, step in enumerate((dedup, tag, deliver))]
        direct.stages |= {PARSED: stages[0], UNIQUE: stages[1], TAGGED: stages[2], ORDERS: stages[2]}

        async def go(stage: Stage, *ids: str) -> None:
            async with Journey(means) as journey:
                await journey.go(stage, [(0, packet(id)) for id in ids])
                await journey.finish()

        both = asyncio.gather(go(stages[1], "read from kafka"), go(stages[0], "a", "kill", "b"))
        await asyncio.wait_for(both, 10)
        return sent.topics

    assert asyncio.run(scene()) == [["stories"], ["verdicts"], ["stories"]]
    assert deliver.batches == [["read from kafka"], ["kill", "a", "b"]]


def test_outcomes_are_counted_once_all_is_confirmed() -> None:
    metrics, config = Metrics(), Settings()

    class Refusing(Sent):
        async def send(self, records: list[Outgoing], on_retry: Callable[[], None]) -> None:
            raise ConnectionError

    async def scene(sent: Sent) -> None:
        means = Means(config, sent, metrics, Direct(config, Reading))  # type: ignore[arg-type]
        async with Journey(means) as journey:
            await journey.go(Stage(Step("classify", then="x")), [(0, packet("a"))])
            await journey.finish()

    def passed() -> float:
        labels = {"stage": "classify", "outcome": "passed"}
        return metrics.registry.get_sample_value("wire_stage_stories_out_total", labels) or 0.0

    with pytest.raises(ConnectionError):
        asyncio.run(scene(Refusing()))
    assert passed() == 0
    asyncio.run(scene(Sent()))
    assert passed() == 1


def dedup_after(next_offset: int, log: list[bytes], monkeypatch: pytest.MonkeyPatch) -> DedupStation:
    """A dedup that has read its log up to there; the log holds `log`, from offset 0 on."""

    class Log:
        def __init__(self, *_: Any) -> None:
            self._at = 0

        def go(self, position: int) -> None:
            self._at = position

        async def read(self) -> Any:
            fields = {"topic": "wire.verdicts", "partition": 0}
            yield [SimpleNamespace(**fields, offset=n, value=v) for n, v in enumerate(log) if n >= self._at]

    monkeypatch.setattr("agents.dedup.Tail", Log)
    spec, place = SimpleNamespace(name="dedup"), (Settings(), Metrics(), None, lambda _: 4)
    nothing: Any = None
    station = DedupStation(Dedup(3600.0), spec, *place, memory=nothing, snapshots=nothing)
    station._next = next_offset
    return station


def entry(value: bytes, offset: int) -> Outgoing:
    return Outgoing("wire.verdicts", value, partition=0, offset=offset)


def test_dedup_writes_nothing_more_where_another_has_decided_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = dedup_after(2, [b"old", b"old", b"mine"], monkeypatch)
    asyncio.run(alone.secured([entry(b"mine", 2)]))
    late = dedup_after(2, [b"old", b"old", b"theirs", b"mine"], monkeypatch)
    with pytest.raises(Outdone, match=r"wire\.verdicts 0-2"):
        asyncio.run(late.secured([entry(b"mine", 3)]))


def test_a_record_that_was_sent_twice_is_no_other_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    station = dedup_after(2, [b"old", b"old", b"mine", b"mine", b"more"], monkeypatch)
    asyncio.run(station.secured([entry(b"mine", 3)]))
    asyncio.run(station.secured([entry(b"more", 4)]))


def test_every_stage_leaves_in_a_packet_what_its_bytes_decode_to() -> None:
    rows = enumerate(load())
    raws = [RawStory(record_bytes(row), RecordId(0, at), 1_773_000_000.0 + at, source="seeds") for at, row in rows]
    batch = [one for outcomes in Parse(1_000_000).run(raws) for one in outcomes if isinstance(one, Packet)]
    assert len(batch) > 100
    for stage in (None, Dedup(72 * 3600), Tagging(), Classify()):
        if stage is not None:
            stage.run(batch)
            for packet in batch:
                packet.stamp(stage.name, 1_773_000_000.5, stage.model)
        decoded = decode_batch(encode_batch(batch))
        for handed, read in zip(batch, decoded, strict=True):
            assert handed.card == read.card
            assert handed.story == read.story
            assert handed.fingerprint == read.fingerprint
            assert handed.tags == read.tags
            assert handed.topics == read.topics
            assert handed.trace == read.trace
            if stage is not None:
                assert handed.verdict == read.verdict
