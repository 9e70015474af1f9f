"""What a run found, as plain values for machines: medians with their spread."""

from __future__ import annotations

import statistics
from typing import Any

from bench.run import Measured

Spread = dict[str, float]


def summary(found: Measured) -> dict[str, Any]:
    """Medians with spread for each contender, the bare stages, the engine without them, and several workers."""
    bare = statistics.median(b.batched_ms for b in found.bare)
    told: dict[str, Any] = {
        "bare": {
            "batched_ms": spread([b.batched_ms for b in found.bare]),
            "alone_ms": spread([b.alone_ms for b in found.bare]),
            "stages_ms": {stage: spread([b.stages_ms[stage] for b in found.bare]) for stage in found.bare[0].stages_ms},
            "large_ms": spread([b.large_ms for b in found.bare]),
            "large_stages_ms": {
                stage: spread([b.large_stages_ms[stage] for b in found.bare]) for stage in found.bare[0].large_stages_ms
            },
        },
        "contenders": {},
        "empty_stages_cpu_ms": spread([s.cpu_ms_per_story for s in found.hollow]),
        "every_hop_on_kafka_cpu_ms": spread([s.cpu_ms_per_story for s in found.over_kafka]),
        "workers": _workers(found),
        "memory": found.memory,
    }
    for name, f in found.contenders.items():
        told["contenders"][name] = {
            "stories_per_second": spread([s.stories_per_second for s in f.saturation]),
            "cpu_ms_per_story": spread([s.cpu_ms_per_story for s in f.saturation]),
            "passthrough_per_second": spread([s.stories_per_second for s in f.passthrough]),
            "passthrough_cpu_ms": spread([s.cpu_ms_per_story for s in f.passthrough]),
            "framework_tax": spread([s.cpu_ms_per_story / bare for s in f.saturation]),
            "quiet_p50_ms": spread([1000 * q.p50 for q in f.quiet]),
            "quiet_p99_ms": spread([1000 * q.p99 for q in f.quiet]),
            "half_rate": spread([q.rate for q in f.half]),
            "half_p50_ms": spread([1000 * q.p50 for q in f.half]),
            "half_p99_ms": spread([1000 * q.p99 for q in f.half]),
            "peak_mb": spread([s.peak_bytes / 1e6 for s in f.saturation]),
            "first_story_seconds": spread([s.first_story_seconds for s in f.saturation]),
            "outage_seconds": spread([o.seconds for o in f.outage]),
            "outage_stories": spread([float(o.stories) for o in f.outage]),
            "failures": f.failures,
        }
    return told


def _workers(found: Measured) -> dict[str, Any]:
    """By number of workers: CPU a story, and how many times the work of one they do for the CPU they are given."""
    told: dict[str, Any] = {}
    counts = sorted({s.workers for s in found.scaled})
    one: float | None = None
    for count in counts:
        turns = [s.saturation for s in found.scaled if s.workers == count]
        cpu = spread([t.cpu_ms_per_story for t in turns])
        assert cpu is not None
        one = cpu["median"] if count == 1 else one
        told[str(count)] = {
            "cpu_ms_per_story": cpu,
            "stories_per_second": spread([t.stories_per_second for t in turns]),
            "times_one": count * one / cpu["median"] if one else None,
            "smallest_share": spread([min(t.cpu_seconds) / max(1e-9, sum(t.cpu_seconds)) for t in turns]),
        }
    return told


def ratio(theirs: Spread | None, ours: Spread | None) -> float | None:
    """How many times less CPU we take."""
    return theirs["median"] / ours["median"] if theirs and ours and ours["median"] else None


def spread(values: list[float]) -> Spread | None:
    """Median, lowest and highest; None of nothing."""
    if not values:
        return None
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}
