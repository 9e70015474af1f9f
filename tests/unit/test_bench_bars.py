"""What the bench says of its bars: met, missed, or not measured."""

from __future__ import annotations

from typing import Any

from bench.bars import judged
from bench.feed import of_size


def spread(median: float) -> dict[str, float]:
    return {"median": median, "low": median, "high": median}


def told(**more: Any) -> dict[str, Any]:
    stages = {"parse": spread(0.3), "fingerprint": spread(0.06), "dedup": spread(0.13), "tag": spread(0.3)}
    return {
        "bare": {"large_stages_ms": stages | {"classify": spread(0.1)}},
        "contenders": {
            "ours": {"cpu_ms_per_story": spread(1.0), "passthrough_cpu_ms": spread(0.01), "framework_tax": spread(1.3)},
            "Bytewax": {"cpu_ms_per_story": spread(1.1), "passthrough_cpu_ms": None},
        },
        "workers": {},
        "memory": None,
    } | more


def rows(values: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    return {row["bar"]: (row["found"], row["met"]) for row in judged(values)}


def test_what_was_measured_is_judged_and_nothing_else() -> None:
    found = rows(told())
    assert found["CPU of the whole job, Bytewax over ours"] == ("1.10", True)
    assert found["framework tax: CPU over that of the bare stages"] == ("1.30", False)
    assert found["parse to classify, stories of 3 KB, CPU ms a story"] == ("0.83", True)
    assert found["fingerprint and dedup, stories of 3 KB, a CPU-second"] == ("5263", True)
    assert not any("Quix" in bar or "memory" in bar or "workers" in bar for bar in found)


def test_a_full_memory_is_held_against_a_small_one() -> None:
    sizes = [
        {"stories": 10_000, "resident_bytes": 200e6, "bytes_a_story": 9000.0, "cpu_us": 200.0},
        {"stories": 1_000_000, "resident_bytes": 1100e6, "bytes_a_story": 980.0, "cpu_us": 320.0},
    ]
    found = rows(told(memory={"filled": {"sizes": sizes}, "read_seconds": 12.0}))
    assert found["dedup with its memory full, over that with 10,000 stories"] == ("1.60", False)
    assert found["resident memory when full, MB"] == ("1100", False)
    assert found["bytes of memory a story"] == ("980", True)
    assert found["reading that memory back, seconds"] == ("12.0", True)


def test_stories_are_joined_to_a_size() -> None:
    short = [(str(n), b'{"id":"%d","title":"t","text":"%s"}' % (n, b"word " * 200)) for n in range(10)]
    made = of_size(short, 7)
    assert len({id for id, _ in made}) == 7
    assert all(3000 <= len(body) < 3100 for _, body in made)
