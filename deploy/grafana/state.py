"""Dedup and state: what dedup decides, by which rule, how far back it remembers, and what that costs."""

from __future__ import annotations

from typing import Any

from deploy.grafana.boards import board
from deploy.grafana.look import (
    BLUE,
    GREEN,
    MEMORY_LIMIT_BYTES,
    ORANGE,
    OUTCOME_COLOURS,
    PER_SECOND,
    PURPLE,
    RED,
    YELLOW,
)
from deploy.grafana.panels import Query, lines, number

HORIZON = "max(wire_dedup_newest_timestamp_seconds) - max(wire_dedup_oldest_timestamp_seconds)"
MEMORY = 'process_resident_memory_bytes{job="worker"}'


def state() -> Any:
    """The dashboard's model."""
    top = [
        number(
            "Duplicates",
            'sum(increase(wire_dedup_rules_total{status="duplicate"}[$__range]))'
            " / sum(increase(wire_dedup_rules_total[$__range]))",
            unit="percentunit", decimals=1, base=PURPLE, missing="quiet",
            says="Share of stories that repeat another, over the time range above.",
        ),
        number(
            "Stories remembered", "max(wire_dedup_stories)", decimals=0, base=BLUE, missing="no worker",
            says="In dedup's memory, on the worker that holds its partition.",
        ),
        number(
            "Memory of them", "max(wire_dedup_state_bytes)", unit="bytes", decimals=1, base=BLUE, missing="no worker",
            says="Estimated size of dedup's memory.",
        ),
        number(
            "Horizon covered", HORIZON, unit="s", decimals=1, base=BLUE, missing="no worker",
            says="Between the oldest and the newest story remembered, by when they came. Grows to 72 h, then stays.",
        ),
        number(
            "Last recovery", "max(wire_dedup_recovery_seconds)", unit="s", decimals=2, missing="no worker",
            thresholds=[(30, YELLOW), (120, RED)],
            says="How long reading dedup's memory back took, at the last start or rebalance. Dedup waits for it.",
        ),
        number(
            "Verdicts read back", "max(wire_dedup_recovered_stories)", decimals=0, base=BLUE, missing="no worker",
            says="In the last recovery.",
        ),
    ]  # fmt: skip
    verdicts = [
        lines(
            "Verdicts", [Query("sum by (status) (rate(wire_dedup_rules_total[1m]))", "{{status}}")],
            unit=PER_SECOND, stacked=True, colours=OUTCOME_COLOURS,
            says="Decisions a second, by what was decided.",
        ),
        lines(
            "By the rule that decided",
            [Query("sum by (status, rule) (rate(wire_dedup_rules_total[1m]))", "{{status}}: {{rule}}")],
            unit=PER_SECOND, table_legend=True,
            says="Which kind of duplicate, update, correction. A rule that jumps: a feed has changed its habits.",
        ),
    ]  # fmt: skip
    memory = [
        lines(
            "Stories remembered", [Query("max(wire_dedup_stories)", "stories")], width=8,
            colours={"stories": BLUE},
            says="Grows until the horizon is full; afterwards it follows the feed's pace.",
        ),
        lines(
            "Horizon covered", [Query(HORIZON, "horizon")], unit="s", width=8, colours={"horizon": PURPLE},
            says="It falls only when dedup starts with an empty memory.",
        ),
        lines(
            "Recovery",
            [
                Query("max(wire_dedup_recovery_seconds)", "seconds"),
                Query("max(wire_dedup_recovered_stories) / 1000", "thousands of verdicts"),
            ],
            unit="short", width=8,
            colours={"seconds": ORANGE, "thousands of verdicts": BLUE}, right="thousands of verdicts",
            says="What the last recovery cost. Steps: a rebalance moved dedup's partition.",
        ),
    ]  # fmt: skip
    process = [
        lines(
            "Memory by worker", [Query(MEMORY, "{{instance}}")], unit="bytes", limit=MEMORY_LIMIT_BYTES,
            says="Resident memory. The container may use 1.5 GB. The worker that holds dedup stands out.",
        ),
        lines(
            "Dedup's memory", [Query("max(wire_dedup_state_bytes)", "estimated size")], unit="bytes",
            colours={"estimated size": GREEN},
            says="The part that grows with the horizon.",
        ),
    ]  # fmt: skip
    return board(
        "wire-state",
        "Dedup and state",
        "What dedup decides, by which rule, how far back it remembers, and what that costs.",
        [("", top), ("Verdicts", verdicts), ("Memory and recovery", memory), ("Processes", process)],
    )
