"""What a worker hands from stage to stage without decoding it is exactly what it would have decoded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agents.handover import ROOM_PACKETS, HandOver
from pipeline.model import RawStory, RecordId
from pipeline.packet import Packet, decode_batch, encode_batch
from pipeline.stages.classify import Classify
from pipeline.stages.dedup import Dedup
from pipeline.stages.parse import Parse
from pipeline.stages.tag import Tagging
from tests.seeds_manifest import load, record_bytes


def handover(limit: int = 10) -> HandOver:
    return HandOver(lambda topic, partition: partition == 0, limit)


def packets(*names: str) -> tuple[Sequence[Packet], bytes]:
    made = [Packet({1: name.encode()}) for name in names]
    return made, encode_batch(made)


def test_the_same_bytes_give_the_same_packets_once() -> None:
    here, (made, data) = handover(), packets("a", "b")
    here.put("t", 0, data, made)
    assert here.take("another", data) is None
    assert here.take("t", bytes(data)) is made
    assert here.take("t", data) is None
    assert len(here) == 0


def test_what_another_worker_reads_is_not_kept() -> None:
    here, (made, data) = handover(), packets("a")
    here.put("t", 1, data, made)
    assert here.take("t", data) is None


def test_the_oldest_go_when_there_are_too_many() -> None:
    here = handover(limit=4)
    batches = [packets(f"{n}a", f"{n}b") for n in range(3)]
    for made, data in batches:
        here.put("t", 0, data, made)
    assert len(here) == 4
    assert [here.take("t", data) is not None for _, data in batches] == [False, True, True]


def test_the_same_batch_twice_counts_once() -> None:
    here, (made, data) = handover(), packets("a", "b")
    here.put("t", 0, data, made)
    here.put("t", 0, data, made)
    assert len(here) == 2


def test_the_first_stage_waits_until_the_later_ones_have_taken_most() -> None:
    async def scene() -> tuple[bool, bool]:
        here = handover(limit=10_000)
        (much, much_data), (more, more_data) = packets(*map(str, range(ROOM_PACKETS))), packets("a", "b")
        here.put("t", 0, much_data, much)
        here.put("t", 0, more_data, more)
        waiting = asyncio.ensure_future(here.room())
        await asyncio.sleep(0.01)
        before = waiting.done()
        here.take("t", more_data)
        await asyncio.sleep(0.01)
        return before, waiting.done()

    assert asyncio.run(scene()) == (False, True)


def test_what_nobody_takes_stops_no_one() -> None:
    here, (made, data) = handover(limit=10_000), packets(*map(str, range(ROOM_PACKETS + 1)))
    here.put("t", 0, data, made)
    asyncio.run(asyncio.wait_for(here.room(), 5))
    assert here.take("t", data) is None


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
