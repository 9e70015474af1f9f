"""How the runner fills its batches, and what it says it has handled. On a real broker: tests/broker, tests/chaos."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from agents.runner import Runner, Work
from agents.sender import Outgoing
from agents.transport import Chunk
from pipeline.metrics import Metrics


class Noting:
    """A station that notes the batches it is given; a record's value is its stories."""

    name = "tag"

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    async def prepare(self, chunk: Chunk) -> None:
        """Nothing."""

    def decode(self, record: Any) -> list[Any]:
        return list(record.value)

    async def work(self, items: Sequence[Any]) -> Work:
        self.batches.append(list(items))
        return Work()

    async def refused(self, record: Outgoing) -> list[Outgoing]:
        raise AssertionError("nothing is sent")


def chunk(partition: int, *stories: str) -> Chunk:
    fields = {"topic": "t", "partition": partition, "timestamp": 0, "timestamp_type": 0}
    return Chunk([SimpleNamespace(**fields, offset=at, value=value) for at, value in enumerate(stories)])


def handled(size: int, first: Chunk, *standing: Chunk) -> tuple[list[list[str]], int]:
    """The batches, and how many chunks were handled."""
    station, queue = Noting(), list(standing)
    runner = Runner(station, None, Metrics(), size)  # type: ignore[arg-type]  # no result, so nothing is sent
    more: Callable[[], Chunk | None] = lambda: queue.pop(0) if queue else None  # noqa: E731
    chunks = asyncio.run(runner.handle(first, more))
    assert chunks == [first, *standing][: len(chunks)]
    return station.batches, len(chunks)


def test_a_chunk_alone_is_not_kept_waiting() -> None:
    assert handled(10, chunk(0, "ab", "c")) == ([["a", "b", "c"]], 1)


def test_chunks_that_stand_there_fill_the_batch_in_order() -> None:
    batches, count = handled(5, chunk(0, "ab"), chunk(1, "c"), chunk(2, "def"), chunk(3, "g"))
    assert batches == [["a", "b", "c", "d", "e"], ["f"]]
    assert count == 3  # the fourth is left for the next turn: what was handled must be confirmed some day


def test_a_full_chunk_takes_none_besides() -> None:
    assert handled(2, chunk(0, "abc"), chunk(1, "d")) == ([["a", "b"], ["c"]], 1)
