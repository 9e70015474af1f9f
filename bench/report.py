"""The bench's answer: a table for people, and a plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.summary import ratio

COLUMNS = (
    ("stories a second", "stories_per_second", "{:.0f}"),
    ("CPU ms a story", "cpu_ms_per_story", "{:.2f}"),
    ("over bare stages", "framework_tax", "{:.2f}"),
    ("CPU ms, pass-through", "passthrough_cpu_ms", "{:.3f}"),
    ("pass-through a second", "passthrough_per_second", "{:.0f}"),
    ("p50 at 10 a second", "quiet_p50_ms", "{:.0f} ms"),
    ("p99 at 10 a second", "quiet_p99_ms", "{:.0f} ms"),
    ("p50 at half load", "half_p50_ms", "{:.0f} ms"),
    ("p99 at half load", "half_p99_ms", "{:.0f} ms"),
    ("peak memory", "peak_mb", "{:.0f} MB"),
    ("start to first story", "first_story_seconds", "{:.1f} s"),
    ("after an outage", "outage_seconds", "{:.1f} s"),
    ("… stories to catch up", "outage_stories", "{:.0f}"),
)


def show(told: dict[str, Any], console: Console) -> None:
    """Medians, with lowest and highest behind where there were several rounds; then the ratios that matter."""
    table = Table(title="the same job, the same stories, one Kafka", title_justify="left")
    table.add_column("")
    for name in told["contenders"]:
        table.add_column(name, justify="right", max_width=18)
    for title, key, form in COLUMNS:
        cells = [_cell(figures.get(key), form) for figures in told["contenders"].values()]
        if any(cells):
            table.add_row(title, *cells)
    console.print(table)
    _show_ours(told, console)
    _show_memory(told, console)
    ours = told["contenders"].get("ours", {})
    for name, figures in told["contenders"].items():
        if name == "ours":
            continue
        ratios = [
            f"{text} {times:.2f}"
            for text, key in (("the whole job", "cpu_ms_per_story"), ("pass-through", "passthrough_cpu_ms"))
            if (times := ratio(figures.get(key), ours.get(key))) is not None
        ]
        if ratios:
            console.print(f"stories a CPU-second, ours over {name}: {', '.join(ratios)}")
    _show_bars(told, console)


def _show_memory(told: dict[str, Any], console: Console) -> None:
    if not (memory := told["memory"]):
        return
    table = Table(title="dedup's memory", title_justify="left")
    for title in ("stories", "resident MB", "bytes a story", "CPU µs a decision"):
        table.add_column(title, justify="right")
    for size in memory["filled"]["sizes"]:
        resident, cost = f"{size['resident_bytes'] / 1e6:.0f}", f"{size['cpu_us']:.0f}"
        table.add_row(f"{size['stories']:,}", resident, f"{size['bytes_a_story']:.0f}", cost)
    console.print(table)
    console.print(
        f"as a snapshot: written in {memory['write_seconds']:.1f} s, read back in {memory['read_seconds']:.1f} s; "
        f"the copy decides {'the same' if memory['same'] else 'OTHERWISE'}"
    )


def _show_bars(told: dict[str, Any], console: Console) -> None:
    table = Table(title="the bars that this run measured", title_justify="left")
    for title in ("", "wanted", "found", ""):
        table.add_column(title)
    for row in told["bars"]:
        table.add_row(row["bar"], row["wanted"], row["found"], "met" if row["met"] else "[red]missed[/red]")
    console.print(table)


def _show_ours(told: dict[str, Any], console: Console) -> None:
    bare = told["bare"]
    stages = ", ".join(f"{stage} {figures['median']:.3f}" for stage, figures in bare["stages_ms"].items())
    console.print(
        f"bare stage functions, CPU ms a story: {bare['batched_ms']['median']:.3f} in batches ({stages}), "
        f"{bare['alone_ms']['median']:.3f} one by one"
    )
    large = ", ".join(f"{stage} {figures['median']:.3f}" for stage, figures in bare["large_stages_ms"].items())
    console.print(f"stories of 3 KB: {bare['large_ms']['median']:.3f} ({large}; fingerprint is a part of parse)")
    if empty := told["empty_stages_cpu_ms"]:
        console.print(f"ours with empty stages: {empty['median']:.3f} CPU ms a story")
    if hops := told["every_hop_on_kafka_cpu_ms"]:
        console.print(f"ours with every hop on Kafka: {hops['median']:.3f} CPU ms a story")
    for count, figures in told["workers"].items():
        cpu, share = figures["cpu_ms_per_story"], figures["smallest_share"]
        text = f"workers: {count}; CPU ms a story {cpu['median']:.2f} ({cpu['low']:.2f} to {cpu['high']:.2f})"
        if int(count) > 1:
            text += f", {figures['times_one']:.2f} times the work of one for its CPU; the least busy had "
            text += f"{100 * share['median']:.0f}% of it"
        console.print(text)


def plot(told: dict[str, Any], path: Path) -> None:
    """CPU a story of each contender, split into stages and engine; PNG or SVG by the name."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = [n for n, f in told["contenders"].items() if f["cpu_ms_per_story"]]
    totals = [told["contenders"][n]["cpu_ms_per_story"]["median"] for n in names]
    bare = told["bare"]["batched_ms"]["median"]
    figure, axes = pyplot.subplots(figsize=(9, 0.7 * len(names) + 1.6))
    axes.barh(names, [min(bare, t) for t in totals], color="#4c78a8", label="stage functions (in batches)")
    rest = [max(0.0, t - bare) for t in totals]
    axes.barh(names, rest, left=[min(bare, t) for t in totals], color="#f58518", label="engine and one-by-one calls")
    for n, total in enumerate(totals):
        low, high = (told["contenders"][names[n]]["cpu_ms_per_story"][k] for k in ("low", "high"))
        axes.errorbar(total, n, xerr=[[total - low], [high - total]], color="#333333", capsize=3)
        axes.text(high * 1.01, n, f" {total:.2f}", va="center")
    axes.invert_yaxis()
    axes.set_xlabel("CPU milliseconds a story (less is better; median, bar to lowest and highest)")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


def _cell(spread: dict[str, float] | None, form: str) -> str:
    if not spread:
        return ""
    median = form.format(spread["median"])
    if spread["low"] == spread["high"]:
        return median
    return f"{median}\n[dim]{form.format(spread['low'])}–{form.format(spread['high'])}[/dim]"
