"""A full memory of dedup written to a real Kafka as a snapshot and read back: how long each takes, and who waits.

`python -m bench.recovery 1000000` fills a memory (`bench.horizon`), then prints times, sizes and the longest time for
which the event loop stood still, and checks that the copy decides as the original does.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from agents.snapshots import Snapshots
from bench import horizon
from bench.horizon import HORIZON, batches, resident
from pipeline.broker.admin import ensure_topics
from pipeline.broker.embedded import EmbeddedKafka
from pipeline.dedup.state import State
from pipeline.model import Verdict
from pipeline.settings import Settings

TICK_SECONDS = 0.005
CHECKED = 2000


class Ticker:
    """The longest time between two turns of the event loop, seconds."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def run(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.perf_counter()
            self.longest, last = max(self.longest, now - last - TICK_SECONDS), now


@contextlib.contextmanager
def kafka() -> Iterator[Settings]:
    """An embedded Kafka of our own with the topics made."""
    with tempfile.TemporaryDirectory() as folder:
        broker = EmbeddedKafka(Path(folder), Settings().data_dir)
        broker.start()
        try:
            settings = Settings(broker=broker.bootstrap)
            ensure_topics(settings)
            yield settings
        finally:
            broker.stop()


async def written(settings: Settings, state: State) -> None:
    """Write a snapshot and say what it took."""
    ticker = Ticker()
    ticking = asyncio.create_task(ticker.run())
    began, cpu = time.perf_counter(), time.process_time()
    end = await Snapshots(settings).write(state, 0)
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    ticking.cancel()
    print(f"written: {end.stories:,} stories in {end.parts} parts, {seconds:.1f} s, {used:.1f} s of it this process's;")
    print(f"  the event loop stood still for {ticker.longest * 1000:.0f} ms at most", flush=True)


async def loaded(settings: Settings) -> State:
    """Read the snapshot back and say what it took."""
    began, cpu, before = time.perf_counter(), time.process_time(), resident()
    found = await Snapshots(settings).load(lambda: State(HORIZON), 0)
    assert found is not None
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    print(f"read back: {seconds:.1f} s ({used:.1f} s of processor time), {(resident() - before) / 1e6:.0f} MB more")
    return found[0]


def verdicts(state: State, first: int, of: int) -> list[Verdict]:
    """On some stories after the first so many."""
    return [v for cards, prints in batches(CHECKED, 9, first, of) for v in state.decide(cards, prints)]


def main(count: int) -> None:
    """Fill, write, read, compare."""
    state = horizon.main([n for n in (10_000, 100_000, 300_000) if n < count] + [count])
    with kafka() as settings:
        asyncio.run(written(settings, state))
        copy = asyncio.run(loaded(settings))
    same = verdicts(state, count, count) == verdicts(copy, count, count)
    print(f"the next {CHECKED:,} verdicts are {'the same' if same else 'NOT the same'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
