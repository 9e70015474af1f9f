"""The whole bench: turns of all contenders on one Kafka, the bare stages beside them, and what comes of it."""

from __future__ import annotations

import os
import platform
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.bare import Bare, in_a_process
from bench.feed import Story
from bench.measure import WARM_UP, Latency, Outage, Saturation, latency, outage, saturation, turn
from bench.process import CONTENDERS, HOLLOW, OURS, Contender
from bench.recovery import in_a_process as memory_in_a_process
from bench.scaling import Scaled, scaled
from pipeline.broker.clients import reach
from pipeline.broker.embedded import EmbeddedKafka
from pipeline.errors import Unavailable
from pipeline.settings import Settings

QUIET_RATE = 10.0
FULL_MEMORY = 1_000_000
"""Stories that dedup's memory is filled with where nothing else is said."""
OUTAGE_SECONDS = 10.0
"""How long stories come in at half of capacity while a contender is down."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    stories: int
    passthrough_stories: int
    contenders: tuple[Contender, ...]
    passthrough_of: tuple[str, ...]
    """Modules of the contenders that are also measured without stages."""
    latency_seconds: float = 0.0
    outage: bool = False
    hollow_stories: int = 0
    workers: tuple[int, ...] = ()
    """Numbers of our workers to compare."""
    workers_stories: int = 0
    """Of their backlog: a long one, for each worker learns the words anew."""
    memory: int = 0
    """Stories that dedup's memory is filled with, at the end."""


@dataclass(slots=True)
class Figures:
    """All turns of one contender."""

    saturation: list[Saturation] = field(default_factory=list)
    passthrough: list[Saturation] = field(default_factory=list)
    quiet: list[Latency] = field(default_factory=list)
    half: list[Latency] = field(default_factory=list)
    outage: list[Outage] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Measured:
    """Everything a run found."""

    contenders: dict[str, Figures]
    bare: list[Bare]
    hollow: list[Saturation]
    over_kafka: list[Saturation]
    """Ours with every hop on Kafka, as where each stage runs in a worker of its own."""
    scaled: list[Scaled]
    memory: dict[str, Any] | None = None


def plan(quick: bool, rounds: int | None, stories: int | None, memory: int | None) -> Plan:
    """What to measure: `quick` is one round of the throughputs, without what takes its time."""
    installed = tuple(c for c in CONTENDERS if all(_version(p) for p in c.packages))
    if quick:
        chosen = tuple(c for c in installed if c.module != "faust_plain")
        return Plan(rounds or 1, stories or 300, 5000, chosen, ("ours", "quix"), memory=memory or 0)
    workers = (1, 2) if len(os.sched_getaffinity(0)) < 6 else (1, 2, 4)
    everyone = tuple(c.module for c in installed)
    return Plan(
        rounds or 3,
        stories or 3000,
        20_000,
        installed,
        everyone,
        latency_seconds=15.0,
        outage=True,
        hollow_stories=10_000,
        workers=workers,
        workers_stories=10_000,
        memory=FULL_MEMORY if memory is None else memory,
    )


def measure(plan: Plan, stories: Sequence[Story], feed: Path | None, broker: str | None, console: Console) -> Measured:
    """Every contender in turn, round after round, so that the machine's drift hits all alike."""
    figures: defaultdict[str, Figures] = defaultdict(Figures)
    found = Measured(figures, [], [], [], [])
    with tempfile.TemporaryDirectory(prefix="wire-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        kafka = None if broker else EmbeddedKafka(folder / "kafka", Settings().data_dir)
        try:
            if kafka is not None:
                kafka.start()
            base = Settings(broker=broker or kafka.bootstrap)  # type: ignore[union-attr]
            reach(base)
            for number in range(plan.rounds):
                where = f"· round {number + 1} of {plan.rounds}:"
                console.print(f"{where} bare stages")
                found.bare.append(in_a_process(plan.stories, feed))
                for contender in plan.contenders:
                    console.print(f"{where} {contender.name}")
                    try:
                        _turn(plan, contender, base, folder, stories, figures[contender.name])
                    except (Unavailable, TimeoutError) as e:
                        figures[contender.name].failures.append(str(e))
                        console.print(f"  failed: {e}", style="red", markup=False)
                _ours_alone(plan, base, folder, stories, found, console, where)
        finally:
            if kafka is not None:
                kafka.stop()
    if plan.memory:
        console.print(f"· dedup's memory, up to {plan.memory:,} stories")
        found.memory = memory_in_a_process(plan.memory)
    return found


def _turn(
    plan: Plan, contender: Contender, base: Settings, folder: Path, stories: Sequence[Story], figures: Figures
) -> None:
    backlog, rest = _cut(plan, stories)
    with turn(contender, base, folder, stories) as (field_, running, first):
        figures.saturation.append(saturation(field_, running, first, backlog))
        half = figures.saturation[-1].stories_per_second / 2
        if plan.latency_seconds:
            count = int(QUIET_RATE * plan.latency_seconds)
            figures.quiet.append(latency(field_, running, rest[:count], QUIET_RATE))
            rest = rest[count:]
            count = min(int(half * plan.latency_seconds), len(rest) // 2)  # a fast one leaves some for what comes next
            figures.half.append(latency(field_, running, rest[:count], half))
            rest = rest[count:]
        if plan.outage:
            figures.outage.append(outage(field_, running, rest[: int(half * OUTAGE_SECONDS)]))
    if plan.passthrough_stories and contender.module in plan.passthrough_of:
        with turn(contender, base, folder, stories, passthrough=True) as (field_, running, first):
            many = _many(stories, plan.passthrough_stories)
            figures.passthrough.append(saturation(field_, running, first, many))


def _ours_alone(
    plan: Plan, base: Settings, folder: Path, stories: Sequence[Story], found: Measured, console: Console, where: str
) -> None:
    """What is asked of us only: the engine with empty stages, and several workers."""
    if plan.hollow_stories:
        console.print(f"{where} {HOLLOW.name}")
        with turn(HOLLOW, base, folder, stories) as (field_, running, first):
            many = _many(stories[WARM_UP:], plan.hollow_stories)
            found.hollow.append(saturation(field_, running, first, many))
        console.print(f"{where} {OURS.name}, every hop on Kafka")
        with turn(OURS, base.model_copy(update={"direct": False}), folder, stories) as (field_, running, first):
            found.over_kafka.append(saturation(field_, running, first, _cut(plan, stories)[0]))
    for workers in plan.workers:
        console.print(f"{where} {OURS.name}, {workers} {'worker' if workers == 1 else 'workers'}")
        backlog = stories[WARM_UP : WARM_UP + plan.workers_stories]
        found.scaled.append(scaled(workers, base, folder, stories, backlog))


def _cut(plan: Plan, stories: Sequence[Story]) -> tuple[Sequence[Story], Sequence[Story]]:
    """The backlog, and what comes after."""
    end = WARM_UP + plan.stories
    return stories[WARM_UP:end], stories[end:]


def _many(stories: Sequence[Story], count: int) -> list[Story]:
    return [stories[n % len(stories)] for n in range(count)]


def environment() -> dict[str, Any]:
    """The machine and the versions, for whoever repeats it."""
    packages = sorted({p for c in CONTENDERS for p in c.packages})
    return {
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "load": os.getloadavg()[0],
        "versions": {p: _version(p) for p in packages if _version(p)},
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
