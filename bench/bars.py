"""What the product is held to, as ratios and limits within one run, and how a run did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.summary import ratio

Told = dict[str, Any]
PLAIN = "plain confluent-kafka loop"


@dataclass(frozen=True, slots=True)
class Bar:
    """One limit: its words, how the figure is found in a summary (None: not measured), and the limit itself."""

    words: str
    find: Callable[[Told], float | None]
    limit: float
    at_least: bool
    form: str = "{:.2f}"

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


def _over(name: str, key: str) -> Callable[[Told], float | None]:
    def find(told: Told) -> float | None:
        contenders = told["contenders"]
        if name not in contenders or "ours" not in contenders:
            return None
        return ratio(contenders[name][key], contenders["ours"][key])

    return find


def _ours(key: str) -> Callable[[Told], float | None]:
    def find(told: Told) -> float | None:
        spread = told["contenders"].get("ours", {}).get(key)
        return float(spread["median"]) if spread else None

    return find


def _two_workers(told: Told) -> float | None:
    two = told["workers"].get("2")
    return float(two["times_one"]) if two else None


def _rate(*stages: str) -> Callable[[Told], float | None]:
    """Stories a second of some stages, 3 KB each."""

    def find(told: Told) -> float | None:
        spent = told["bare"]["large_stages_ms"]
        return float(1000 / sum(spent[stage]["median"] for stage in stages))

    return find


def _large_together(told: Told) -> float | None:
    spent = told["bare"]["large_stages_ms"]
    return float(sum(spent[stage]["median"] for stage in ("parse", "dedup", "tag", "classify")))


def _memory(find: Callable[[Told], float]) -> Callable[[Told], float | None]:
    return lambda told: find(told["memory"]) if told["memory"] else None


def _size(memory: Told, stories: int) -> Told:
    found: Told = next(size for size in memory["filled"]["sizes"] if size["stories"] == stories)
    return found


def _largest(memory: Told) -> Told:
    found: Told = memory["filled"]["sizes"][-1]
    return found


BARS = (
    Bar("CPU of the whole job, Quix Streams over ours", _over("Quix Streams", "cpu_ms_per_story"), 1.2, True),
    Bar("CPU of the whole job, Bytewax over ours", _over("Bytewax", "cpu_ms_per_story"), 1.0, True),
    Bar("CPU of the whole job, a plain loop over ours", _over(PLAIN, "cpu_ms_per_story"), 1.0, True),
    Bar("CPU of the whole job, plain Faust over ours", _over("plain Faust", "cpu_ms_per_story"), 3.0, True),
    Bar("CPU of pass-through, Quix Streams over ours", _over("Quix Streams", "passthrough_cpu_ms"), 1.0, True),
    Bar("framework tax: CPU over that of the bare stages", _ours("framework_tax"), 1.2, False),
    Bar("two workers, times the work of one for their CPU", _two_workers, 1.8, True),
    Bar("p99 at half of capacity, ms", _ours("half_p99_ms"), 250, False, "{:.0f}"),
    Bar("p99 at 10 stories a second, ms", _ours("quiet_p99_ms"), 100, False, "{:.0f}"),
    Bar("parse to classify, stories of 3 KB, CPU ms a story", _large_together, 1.0, False),
    Bar("fingerprint and dedup, stories of 3 KB, a CPU-second", _rate("fingerprint", "dedup"), 5000, True, "{:.0f}"),
    Bar("tag and classify, stories of 3 KB, a CPU-second", _rate("tag", "classify"), 1500, True, "{:.0f}"),
    Bar(
        "dedup with its memory full, over that with 10,000 stories",
        _memory(lambda m: _largest(m)["cpu_us"] / _size(m, 10_000)["cpu_us"]), 1.5, False,
    ),
    Bar("bytes of memory a story", _memory(lambda m: _largest(m)["bytes_a_story"]), 1000, False, "{:.0f}"),
    Bar("resident memory when full, MB", _memory(lambda m: _largest(m)["resident_bytes"] / 1e6), 1000, False, "{:.0f}"),
    Bar("reading that memory back, seconds", _memory(lambda m: m["read_seconds"]), 30, False, "{:.1f}"),
)  # fmt: skip


def judged(told: Told) -> list[dict[str, Any]]:
    """For each bar that the run measured: its words, the limit, what was found, whether it is met."""
    rows = []
    for bar in BARS:
        value = bar.find(told)
        if value is not None:
            wanted = f"{'at least' if bar.at_least else 'at most'} {bar.limit:g}"
            found = bar.form.format(value)
            rows.append({"bar": bar.words, "wanted": wanted, "found": found, "value": value, "met": bar.met(value)})
    return rows
