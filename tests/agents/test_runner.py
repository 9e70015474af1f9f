"""How the runner fills its batches, and what it says it has handled. On a real broker: tests/broker, tests/chaos."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from types import SimpleNamespace
from typing import Any

from agents.direct import Direct
from agents.journey import Means
from agents.runner import CHUNKS, Runner
from agents.sender import Outgoing
from agents.transport import Chunk
from agents.work import Work
from pipeline.metrics import Metrics
from pipeline.settings import Settings


class Noting:
    """A station that notes the batches it is given; a record's value is its stories."""

    name = "tag"

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    async def prepare(self, items: Sequence[Any]) -> None:
        """Nothing."""

    async def secured(self, first: Sequence[Outgoing]) -> None:
        """Nothing."""

    def decode(self, record: Any) -> list[Any]:
        return list(record.value)

    async def work(self, items: Sequence[Any]) -> Work:
        self.batches.append(list(items))
        return Work()

    async def refused(self, record: Outgoing) -> list[Outgoing]:
        raise AssertionError("nothing is sent")


def chunk(partition: int, *stories: str, sent: int = 0) -> Chunk:
    """Sent at `sent` (epoch milliseconds)."""
    fields = {"topic": "t", "partition": partition, "timestamp": sent, "timestamp_type": 0}
    return Chunk([SimpleNamespace(**fields, offset=at, value=value) for at, value in enumerate(stories)])


def means() -> Means:
    """Of a worker whose stages write nothing."""
    settings, nobody = Settings(), SimpleNamespace()
    return Means(settings, nobody, Metrics(), Direct(settings, lambda: nobody))  # type: ignore[arg-type]


def handled(size: int, first: Chunk, *standing: Chunk) -> tuple[list[list[str]], int]:
    """The batches, and how many chunks were handled."""
    station, queue = Noting(), list(standing)
    runner = Runner(station, means(), size)
    more: Callable[[], Chunk | None] = lambda: queue.pop(0) if queue else None  # noqa: E731
    chunks = asyncio.run(runner.handle(first, more))
    assert chunks == [first, *standing][: len(chunks)]
    return station.batches, len(chunks)


def test_a_chunk_alone_is_not_kept_waiting() -> None:
    assert handled(10, chunk(0, "ab", "c")) == ([["a", "b", "c"]], 1)


def test_chunks_that_stand_there_fill_the_batch_in_order() -> None:
    batches, count = handled(5, chunk(0, "ab"), chunk(1, "c"), chunk(2, "def"), chunk(3, "g"))
    assert batches == [["a", "b", "c", "d", "e"], ["f", "g"]]
    assert count == 4


def test_a_batch_that_is_full_takes_none_besides() -> None:
    assert handled(2, chunk(0, "abcd"), chunk(1, "e")) == ([["a", "b"], ["c", "d"]], 1)


def test_what_was_handled_is_confirmed_before_all_that_stands_there_is_taken() -> None:
    _, count = handled(2, chunk(0, "abc"), *(chunk(n, "ab") for n in range(1, 40)))
    assert count == CHUNKS


def test_a_chunk_that_is_on_its_way_is_taken_too() -> None:
    turns = iter([None, None, chunk(1, "c"), None, None, None, None, None, None, None, None, None])

    async def scene() -> list[list[str]]:
        station = Noting()
        runner = Runner(station, means(), 10)
        await runner.handle(chunk(0, "ab"), lambda: next(turns))
        return station.batches

    assert asyncio.run(scene()) == [["a", "b", "c"]]


class Punctual(Noting):
    """Notes also when each batch was begun."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[float] = []

    async def work(self, items: Sequence[Any]) -> Work:
        self.begun.append(time.monotonic())
        return await super().work(items)


def waits(linger_seconds: float, *pauses: float, ago: float = 0.0) -> list[float]:
    """Seconds that each story waits for company, when it was sent so long after the one before, all `ago` seconds."""
    station, arrivals = Punctual(), []
    runner = Runner(station, means(), 10, linger_seconds)

    async def events() -> AsyncIterator[SimpleNamespace]:
        sent = round(1000 * (time.time() - ago))  # and later on: a clock that is ahead makes nobody wait longer
        for number, pause in enumerate(pauses):
            sent += round(1000 * pause)
            arrivals.append(time.monotonic())
            yield SimpleNamespace(value=chunk(0, str(number), sent=sent))

    consumer: Any = SimpleNamespace(standing=lambda _: None, confirm=lambda _: None)
    asyncio.run(runner.run(SimpleNamespace(events=events), consumer))
    return [begun - arrived for begun, arrived in zip(station.begun, arrivals, strict=True)]


def test_a_story_in_a_steady_flow_waits_for_company_and_one_after_a_pause_does_not() -> None:
    first, close, after_a_pause, one_more = waits(0.3, 0.0, 0.1, 0.4, 0.4)
    assert close >= 0.3
    assert max(first, after_a_pause, one_more) < 0.3  # that the one before waited makes no flow steady


def test_a_story_that_stood_there_long_enough_waits_no_more() -> None:
    assert max(waits(0.3, 0.0, 0.1, 0.1, ago=10.0)) < 0.2


def test_a_story_that_fails_late_leaves_nothing_of_itself() -> None:
    work = Work(then=[Outgoing("t", b"before")])
    work.outcomes["new"] += 1
    work.delivered.append(("new", 1.0))
    mark = work.mark()
    work.first.append(Outgoing("t", b"half"))
    work.outcomes["new"] += 1
    work.outcomes["held"] += 1
    work.delivered.append(("new", 2.0))
    work.back_to(mark)
    assert (work.first, [record.value for record in work.then]) == ([], [b"before"])
    assert work.outcomes == {"new": 1}
    assert work.delivered == [("new", 1.0)]
