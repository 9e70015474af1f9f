"""The stage functions in a loop, without any engine or Kafka: what the engines are compared with.

`python -m bench.bare STORIES [--feed PATH]` prints the figures as JSON; a process of its own, so that its memory is as
fresh as a contender's.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson

from bench.feed import Story, feed, of_size
from bench.job import Steps
from bench.measure import WARM_UP
from bench.process import ROOT
from pipeline.dedup.printing import fingerprints
from pipeline.model import RawStory, RecordId
from pipeline.settings import Settings

BATCH = 250
"""Stories at once: what our worker takes at saturation (`WIRE_BATCH_STORIES`)."""
ALONE = 200
"""Stories that are enough to time one by one."""
LARGE_WARM_UP = 1000
"""Stories of 3 KB before those that are timed, at most: each stage learns words when it meets them first."""

T = TypeVar("T")


@dataclass(slots=True)
class Bare:
    """CPU milliseconds a story: one at a time, in batches, and the latter by stage."""

    alone_ms: float
    batched_ms: float
    stages_ms: dict[str, float] = field(default_factory=dict)
    large_ms: float = 0.0
    """In batches, of stories of 3 KB."""
    large_stages_ms: dict[str, float] = field(default_factory=dict)
    """The same by stage; `fingerprint` is a part of parse, timed once more by itself."""


def in_a_process(stories: int, path: Path | None) -> Bare:
    """`measure` in a process of its own."""
    more = [] if path is None else [str(path)]
    command = [sys.executable, "-W", "ignore", "-m", "bench.bare", str(stories), *more]
    found = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
    return Bare(**orjson.loads(found.stdout))


def measure(feed: Sequence[Story], count: int) -> Bare:
    """CPU of the stage functions on so many stories of the feed, after some to warm up."""
    stories = feed[: WARM_UP + count]
    alone, _ = _run(stories[: WARM_UP + ALONE], 1)
    batched, stages = _run(stories, BATCH)
    warm_up = min(LARGE_WARM_UP, count)  # a quick run has not the time
    long = of_size(feed, warm_up + count)
    large, large_stages = _run(long, BATCH, apart=True, warm_up=warm_up)
    return Bare(alone, batched, stages, large, large_stages)


def _run(
    stories: Sequence[Story], size: int, apart: bool = False, warm_up: int = WARM_UP
) -> tuple[float, dict[str, float]]:
    """CPU milliseconds a story after the first `warm_up`, in batches of `size`, and by stage."""
    now = time.time()
    raws = [RawStory(body, RecordId(0, n), now, "bench", feed_id=id) for n, (id, body) in enumerate(stories)]
    steps, spent = Steps(Settings()), defaultdict[str, float](float)

    def timed(stage: str, do: Callable[..., T], *given: Any) -> T:
        started = time.process_time()
        result = do(*given)
        spent[stage] += time.process_time() - started
        return result

    def work(batch: Sequence[RawStory]) -> None:
        packets, _ = timed("parse", steps.parse, batch)
        if apart:
            timed("fingerprint", fingerprints, [packet.story for packet in packets])
        unique, orders, _ = timed("dedup", steps.dedup, packets)
        tagged = timed("tag", steps.tag, unique)
        classified = timed("classify", steps.classify, tagged)
        timed("deliver", steps.deliver, orders + classified)

    for at in range(0, warm_up, size):
        work(raws[at : min(at + size, warm_up)])
    spent.clear()
    started = time.process_time()
    for at in range(warm_up, len(raws), size):
        work(raws[at : at + size])
    total = time.process_time() - started - spent.get("fingerprint", 0.0)
    each = 1000 / max(1, len(raws) - warm_up)
    return total * each, {stage: seconds * each for stage, seconds in spent.items()}


if __name__ == "__main__":
    found, _ = feed(Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    print(json.dumps(asdict(measure(found, int(sys.argv[1])))))
