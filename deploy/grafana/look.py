"""What all dashboards mean by their colours, units, targets and limits."""

from __future__ import annotations

GREEN, BLUE, ORANGE, RED, PURPLE, GREY, YELLOW, TEAL = (
    "#73BF69", "#5794F2", "#FF9830", "#F2495C", "#B877D9", "#8E8E8E", "#FADE2A", "#5AC8C8",
)  # fmt: skip

OUTCOME_COLOURS = {
    "new": GREEN, "update": BLUE, "correction": ORANGE, "kill": RED, "duplicate": PURPLE, "skipped": GREY,
    "dead": "#C4162A", "passed": GREEN, "held": YELLOW, "superseded": "#CA95E5", "killed": "#FF7383", "mended": TEAL,
}  # fmt: skip
"""The same on every panel: green is news, red is trouble."""

STAGE_COLOURS = {"parse": BLUE, "dedup": PURPLE, "tag": ORANGE, "classify": GREEN, "deliver": TEAL}

QUANTILE_COLOURS = {"p50": GREEN, "p90": YELLOW, "p99": RED}

END_TO_END_TARGET_SECONDS = 5.0
"""As in the alert EndToEndSlow; a test compares."""

KILL_TARGET_SECONDS = 5.0
"""As in the alert KillSlow; a test compares."""

RELEASE_TARGET_SECONDS = 30.0
"""As in the alert EmbargoOverdue; a test compares."""

MEMORY_LIMIT_BYTES = 1300e6
"""As in the alert WorkerMemoryHigh; a test compares."""

PER_SECOND = "suffix:/s"
"""Grafana's own `reqps` and the like would say "req/s". It puts a space before the suffix itself."""

COUNT = "locale"
"""Whole numbers with separators, 4,567: `short` with no decimals would say "5 K"."""

UNKNOWN = -1.0
"""What a number's query gives where there is nothing to show now. Grafana would keep the last value of the time range,
so that a board would say "1 broker up" half an hour after the exporter's death."""

END_TO_END = 'wire_end_to_end_seconds_bucket{outcome!~"released|superseded|killed"}'
"""Of what goes through at once: an embargo's hours are no delay. As in the recording rules."""

BAR_SECONDS = 30
"""What a bar spans at least: with a bar a scrape, each event would show in several."""
