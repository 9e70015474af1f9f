"""The whole bench: turns of all contenders on one Kafka, bare stages beside them, and what comes of it."""

from __future__ import annotations

import gzip
import os
import platform
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from bench.measure import Latency, Saturation, Story, latency, saturation, turn
from bench.process import CONTENDERS, ROOT, Contender
from pipeline.broker.embedded import EmbeddedKafka
from pipeline.errors import Unavailable
from pipeline.settings import Settings

QUIET_RATE = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    stories: int
    passthrough_stories: int
    latency_seconds: float
    contenders: tuple[Contender, ...]


@dataclass(slots=True)
class Figures:
    """All turns of one contender."""

    saturation: list[Saturation] = field(default_factory=list)
    passthrough: list[Saturation] = field(default_factory=list)
    quiet: list[Latency] = field(default_factory=list)
    half: list[Latency] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Bare:
    """The stage functions in a loop, without any engine: CPU milliseconds a story, one at a time and in batches."""

    alone_ms: float
    batched_ms: float


def plan(quick: bool, rounds: int | None, stories: int | None) -> Plan:
    installed = tuple(c for c in CONTENDERS if all(_version(p) for p in c.packages))
    if quick:
        chosen = tuple(c for c in installed if c.module != "faust_plain")
        return Plan(rounds or 1, stories or 400, 2000, 0.0, chosen)
    return Plan(rounds or 3, stories or 3000, 20_000, 15.0, installed)


def feed(path: Path | None) -> tuple[list[Story], str]:
    """The stories as (id, body): the labelled wire where it lies beside us, else our seeds over and over."""
    path = path or Path(os.environ.get("WIRE_SHARED", ROOT.parent / "shared")) / "data" / "dev-wire-reuters.jsonl.gz"
    if path.exists():
        with gzip.open(path) as lines:
            rows = [orjson.loads(line) for line in lines]
        stories = []
        for row in rows:
            given = {"id": row["id"], "title": row.get("title"), "text": row.get("text"), "published": row.get("time")}
            stories.append((row["id"], orjson.dumps({k: v for k, v in given.items() if v})))
        return stories, path.name
    return _from_seeds(11_000), "seeds/ with seeded faults"


def _from_seeds(count: int) -> list[Story]:
    from pipeline.replay.reading import FeedItem, read

    texts = [i.body for i in read([str(ROOT / "seeds")]) if isinstance(i, FeedItem) and i.format == "json"]
    rows = [row for row in map(_object, texts) if isinstance(row.get("text"), str)]
    stories = []
    for n in range(count):
        row = dict(rows[n % len(rows)])
        words = row["text"].split(" ")
        turned = n * 7 % max(1, len(words))  # other word order: as long, but no copy of the pass before
        row |= {"id": f"{row.get('id')}-{n}", "text": " ".join(words[turned:] + words[:turned])}
        stories.append((row["id"], orjson.dumps(row)))
    return stories


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def bare(stories: Sequence[Story]) -> Bare:
    """CPU of the stage functions alone, on the same stories."""
    from bench.job import Job
    from pipeline.model import RawStory, RecordId

    raws = [RawStory(body, RecordId(0, n), time.time(), "bench", feed_id=id) for n, (id, body) in enumerate(stories)]

    def run(size: int) -> float:
        job = Job(Settings())
        job.run(raws[:100])
        started = time.process_time()
        for at in range(100, len(raws), size):
            job.run(raws[at : at + size])
        return 1000 * (time.process_time() - started) / max(1, len(raws) - 100)

    return Bare(run(1), run(100))


def measure(plan: Plan, stories: Sequence[Story], broker: str | None, console: Console) -> dict[str, Figures]:
    """Every contender in turn, round after round, so that the machine's drift hits all alike."""
    figures: defaultdict[str, Figures] = defaultdict(Figures)
    with tempfile.TemporaryDirectory(prefix="wire-bench-") as name:
        folder = Path(name)
        kafka = None if broker else EmbeddedKafka(folder / "kafka", Settings().data_dir)
        try:
            if kafka is not None:
                kafka.start()
            base = Settings(broker=broker or kafka.bootstrap)  # type: ignore[union-attr]
            for number in range(plan.rounds):
                for contender in plan.contenders:
                    console.print(f"· round {number + 1} of {plan.rounds}: {contender.name}")
                    try:
                        _turn(plan, contender, base, folder, stories, figures[contender.name])
                    except (Unavailable, TimeoutError) as e:
                        figures[contender.name].failures.append(str(e))
                        console.print(f"  failed: {e}", style="red", markup=False)
        finally:
            if kafka is not None:
                kafka.stop()
    return dict(figures)


def _turn(
    plan: Plan, contender: Contender, base: Settings, folder: Path, stories: Sequence[Story], figures: Figures
) -> None:
    backlog = stories[100 : 100 + plan.stories]
    rest = stories[100 + plan.stories :]
    with turn(contender, base, folder, stories) as (field_, running, first):
        figures.saturation.append(saturation(field_, running, first, backlog))
        if plan.latency_seconds:
            count = int(QUIET_RATE * plan.latency_seconds)
            figures.quiet.append(latency(field_, running, rest[:count], QUIET_RATE))
            half = figures.saturation[-1].stories_per_second / 2
            more = rest[count : count + int(half * plan.latency_seconds)]
            figures.half.append(latency(field_, running, more, half))
    if plan.passthrough_stories:
        many = [stories[n % len(stories)] for n in range(plan.passthrough_stories)]
        with turn(contender, base, folder, stories, passthrough=True) as (field_, running, first):
            figures.passthrough.append(saturation(field_, running, first, many))


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


def summary(figures: dict[str, Figures], bare_: Bare) -> dict[str, Any]:
    """Medians with spread for each contender, and the ratios to ours, for machines."""
    told: dict[str, Any] = {"bare": asdict(bare_), "contenders": {}}
    for name, f in figures.items():
        told["contenders"][name] = {
            "stories_per_second": _spread([s.stories_per_second for s in f.saturation]),
            "cpu_ms_per_story": _spread([s.cpu_ms_per_story for s in f.saturation]),
            "passthrough_cpu_ms": _spread([s.cpu_ms_per_story for s in f.passthrough]),
            "peak_mb": _spread([s.peak_bytes / 1e6 for s in f.saturation]),
            "first_story_seconds": _spread([s.first_story_seconds for s in f.saturation]),
            "quiet_p50_ms": _spread([1000 * q.p50 for q in f.quiet]),
            "quiet_p99_ms": _spread([1000 * q.p99 for q in f.quiet]),
            "half_p50_ms": _spread([1000 * q.p50 for q in f.half]),
            "half_p99_ms": _spread([1000 * q.p99 for q in f.half]),
            "framework_tax": _spread([s.cpu_ms_per_story / bare_.batched_ms for s in f.saturation]),
            "failures": f.failures,
        }
    return told


def _spread(values: list[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}
