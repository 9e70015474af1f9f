"""Each stage function by itself, timed by pyperf, on stories of about 3 KB; times are per story.

    .venv-bench/bin/python -m bench.micro -o before.json
    .venv-bench/bin/python -m bench.micro -o after.json
    .venv-bench/bin/python -m pyperf compare_to before.json after.json --table

Parse is timed with and without its fingerprints, so that either's regression shows. Batches are what the worker takes
at saturation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache

import pyperf

from bench.bare import BATCH
from bench.feed import Story as Line
from bench.feed import feed
from bench.job import Steps
from pipeline.dedup.printing import fingerprints
from pipeline.model import RawStory, RecordId
from pipeline.packet import Packet, decode_batch, encode_batch
from pipeline.settings import Settings

SMALLEST, LARGEST = 2_500, 3_500
"""Bytes of a story as it comes."""
KNOWN = 1000
"""Stories that dedup and deliver remember when the clock starts."""


@cache
def lines() -> list[Line]:
    """Stories of about 3 KB, as many as are wanted; of any size where the feed has not enough of them."""
    found, _ = feed(None)
    fitting = [line for line in found if SMALLEST <= len(line[1]) <= LARGEST]
    wanted = KNOWN + BATCH
    return (fitting if len(fitting) >= wanted else found)[:wanted]


@cache
def steps() -> Steps:
    return Steps(Settings())


def raws(some: Sequence[Line]) -> list[RawStory]:
    now = time.time()
    return [RawStory(body, RecordId(0, n), now, "bench", feed_id=id) for n, (id, body) in enumerate(some)]


def parsed(some: Sequence[RawStory]) -> list[Packet]:
    return steps().parse(some)[0]


@cache
def ahead(stage: str) -> bytes:
    """The batch as it stands before `stage`."""
    packets = parsed(raws(lines())[KNOWN:])
    if stage in ("tag", "classify", "deliver"):
        steps().forget()
        packets, _, _ = steps().dedup(packets)
    if stage in ("classify", "deliver"):
        packets = steps().tag(packets)
    if stage == "deliver":
        packets = steps().classify(packets)
    return encode_batch(packets)


def timed(make: Callable[[], Callable[[], object]]) -> Callable[[int], float]:
    """For pyperf: `make` prepares a batch, untimed, and gives what is timed, in CPU time: the machine may be busy."""

    def run(loops: int) -> float:
        spent = 0.0
        for _ in range(loops):
            work = make()
            started = time.process_time()
            work()
            spent += time.process_time() - started
        return spent

    return run


def parse() -> Callable[[], object]:
    batch = raws(lines())[KNOWN:]
    return lambda: steps().parse(batch)


def fingerprint() -> Callable[[], object]:
    stories = [packet.story for packet in decode_batch(ahead("dedup"))]
    return lambda: fingerprints(stories)


def dedup() -> Callable[[], object]:
    steps().forget()
    steps().dedup(parsed(raws(lines())[:KNOWN]))
    packets = decode_batch(ahead("dedup"))
    return lambda: steps().dedup(packets)


def tag() -> Callable[[], object]:
    packets = decode_batch(ahead("tag"))
    return lambda: steps().tag(packets)


def classify() -> Callable[[], object]:
    packets = decode_batch(ahead("classify"))
    return lambda: steps().classify(packets)


def deliver() -> Callable[[], object]:
    packets = decode_batch(ahead("deliver"))
    steps().forget()
    return lambda: steps().deliver(packets)


def packet() -> Callable[[], object]:
    """What a hop costs besides Kafka: a finished batch, encoded and decoded."""
    packets = decode_batch(ahead("deliver"))
    return lambda: decode_batch(encode_batch(packets))


def main() -> None:
    runner = pyperf.Runner(program_args=("-m", "bench.micro"), processes=5, values=3, loops=1, warmups=1)
    runner.metadata["description"] = "stage functions, seconds a story"
    for function in (parse, fingerprint, dedup, tag, classify, deliver, packet):
        runner.bench_time_func(function.__name__, timed(function), inner_loops=BATCH)


if __name__ == "__main__":
    main()
