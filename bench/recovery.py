"""Dedup's memory filled, written to a real Kafka as a snapshot and read back: what it costs, takes, and who waits.

`python -m bench.recovery 1000000` fills a memory (`bench.horizon`), says times, sizes and the longest time for which
the event loop stood still, checks that the copy decides as the original does, and prints all of it as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from agents.snapshots import Snapshots
from bench.horizon import HORIZON, Filled, batches, fill, resident, sizes_up_to
from bench.process import ROOT
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


@dataclass(frozen=True, slots=True)
class Memory:
    """What dedup's memory takes, and how it survives."""

    filled: Filled
    write_seconds: float
    write_cpu_seconds: float
    longest_pause_ms: float
    """For which the event loop stood still while the snapshot was written."""
    read_seconds: float
    read_cpu_seconds: float
    same: bool
    """Whether the copy that was read back decides the next stories as the original does."""


async def written(settings: Settings, state: State, say: Callable[[str], None]) -> tuple[float, float, float]:
    """Write a snapshot: seconds, processor seconds, and the longest pause of the event loop in milliseconds."""
    ticker = Ticker()
    ticking = asyncio.create_task(ticker.run())
    began, cpu = time.perf_counter(), time.process_time()
    end = await Snapshots(settings).write(state, 0)
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    ticking.cancel()
    say(f"written: {end.stories:,} stories, {end.bytes / 1e6:.0f} MB packed, {seconds:.1f} s ({used:.1f} s here);")
    say(f"  the event loop stood still for {ticker.longest * 1000:.0f} ms at most")
    return seconds, used, ticker.longest * 1000


async def loaded(settings: Settings, say: Callable[[str], None]) -> tuple[State, float, float]:
    """Read the snapshot back: the state, seconds, processor seconds."""
    began, cpu, before = time.perf_counter(), time.process_time(), resident()
    found = await Snapshots(settings).load(lambda: State(HORIZON), 0)
    assert found is not None
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    say(f"read back: {seconds:.1f} s ({used:.1f} s of processor time), {(resident() - before) / 1e6:.0f} MB more")
    return found.state, seconds, used


def verdicts(state: State, first: int, of: int) -> list[Verdict]:
    """On some stories after the first so many."""
    return [v for cards, prints in batches(CHECKED, 9, first, of) for v in state.decide(cards, prints)]


def measure(count: int, say: Callable[[str], None]) -> Memory:
    """Fill, write, read, compare."""
    state, filled = fill(sizes_up_to(count), say)
    with kafka() as settings:
        write_seconds, write_cpu, pause = asyncio.run(written(settings, state, say))
        copy, read_seconds, read_cpu = asyncio.run(loaded(settings, say))
    same = verdicts(state, count, count) == verdicts(copy, count, count)
    say(f"the next {CHECKED:,} verdicts are {'the same' if same else 'NOT the same'}")
    return Memory(filled, write_seconds, write_cpu, pause, read_seconds, read_cpu, same)


def in_a_process(count: int) -> dict[str, Any]:
    """`measure` in a process of its own, as plain values; what it says goes to standard error."""
    command = [sys.executable, "-W", "ignore", "-m", "bench.recovery", str(count)]
    found = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
    told: dict[str, Any] = orjson.loads(found.stdout)
    return told


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(orjson.dumps(asdict(measure(size, lambda line: print(line, file=sys.stderr, flush=True)))).decode())
