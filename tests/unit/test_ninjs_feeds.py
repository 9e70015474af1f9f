"""The product in ninjs 3.1 over whole feeds: the seeds, their scenarios, and real ones where they are at hand."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from pipeline.desks.reading import load
from pipeline.life.book import Book
from pipeline.life.texts import Texts
from pipeline.model import RawStory, RecordId
from pipeline.packet import Packet
from pipeline.product import flat, ninjs_document, story_document
from pipeline.replay.reading import FeedItem, read
from pipeline.stages.base import PacketStage
from pipeline.stages.classify import Classify
from pipeline.stages.dedup import Dedup
from pipeline.stages.deliver import Deliver, Write
from pipeline.stages.parse import Parse
from pipeline.stages.tag import Tagging
from pipeline.topics import WITHHELD
from tests.ninjs_schema import Checker
from tests.shared import ROOT, shared_path


@functools.cache
def checker() -> Checker:
    return Checker()


def through(paths: list[str], limit: int | None = None) -> Iterator[Packet]:
    """What comes out of the stages for an input, as packets."""
    parse, stages = Parse(1_000_000), (Dedup(3600.0), *analysis())
    items = (item for item in read(paths, report=lambda note: None) if isinstance(item, FeedItem))
    for number, item in enumerate(itertools.islice(items, limit)):
        raw = RawStory(item.body, RecordId(0, number), 1_700_000_000.0, item.source, item.format, item.feed_id)
        packets = [outcome for outcome in parse.run([raw])[0] if isinstance(outcome, Packet)]
        for stage in stages:
            stage.run(packets)
            for one in packets:
                one.stamp(stage.name, 1_700_000_001.0, stage.model)
        yield from packets


@functools.cache
def analysis() -> tuple[PacketStage, ...]:
    return Tagging(), Classify()


def sound(packets: Iterator[Packet]) -> int:
    count = 0
    for made in packets:
        count += 1
        document = ninjs_document(made, {})
        assert checker().faults(document) == [], made.card
        assert flat(document) == story_document(made, {})
    return count


def test_all_seeds() -> None:
    assert sound(through([str(ROOT / "seeds")])) > 100


def delivered(paths: list[str]) -> Iterator[Write]:
    """All that deliver writes for an input, with desks: stories, kills, what takes their place, embargoes released."""
    now, desks = [1.0], load(ROOT / "deploy/rules/desks.toml")
    deliver, book, texts = Deliver(lambda: now[0], lambda: desks), Book(), Texts()
    for made in through(paths):
        if made.verdict.status != "duplicate":
            yield from deliver.run(made, book, texts.get(deliver.wanted(made, book))).writes
            texts.put(made.card.record, made.story_json)
    now[0] = 5_000_000_000.0
    for made in list(book.due(now[0])):
        yield from deliver.run(made, book, None).writes


def test_all_that_deliver_writes_for_the_seeds() -> None:
    scenarios = sorted(path for path in (ROOT / "seeds/scenarios").iterdir() if path.is_dir())
    kinds: Counter[str] = Counter()
    for write in delivered([str(ROOT / "seeds"), *map(str, scenarios)]):
        if write.output == WITHHELD.suffix:
            continue
        document = orjson.loads(write.value)
        assert checker().faults(document) == [], write.key
        wire = document["wire"]
        kinds.update(key for key in LIFE if key in wire)
        kinds[wire["status"]] += 1
    assert all(kinds[key] for key in (*LIFE, "new", "update", "correction", "kill")), kinds


LIFE = ("changes", "chain", "desks", "kill", "killed_by", "released")


@pytest.mark.shared
def test_wire_samples_and_reuters() -> None:
    samples: Path = shared_path("data", "wire-samples")
    assert sound(through([str(samples)])) > 100
    assert sound(through([str(shared_path("data", "dev-wire-reuters.jsonl.gz"))], 300)) >= 300
