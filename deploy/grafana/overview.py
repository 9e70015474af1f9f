"""Wire overview: is the wire flowing, where do stories go, and is anything wrong. The page for the wall."""

from __future__ import annotations

from typing import Any

from deploy.grafana.boards import board
from deploy.grafana.cluster import brokers_up, workers_ready
from deploy.grafana.look import (
    BLUE,
    END_TO_END,
    END_TO_END_TARGET_SECONDS,
    GREEN,
    KILL_TARGET_SECONDS,
    ORANGE,
    OUTCOME_COLOURS,
    PER_SECOND,
    QUANTILE_COLOURS,
    RED,
    RELEASE_TARGET_SECONDS,
    STAGE_COLOURS,
    YELLOW,
)
from deploy.grafana.panels import TO_STAGE, Query, lines, number, ranking, sheet

KAFKA, STAGE, DELIVER = "/d/wire-kafka", "/d/wire-stage", "/d/wire-stage?var-stage=deliver"
"""Where a click on a number leads."""

SLOWEST = "histogram_quantile(1, sum by (le) (increase({}[$__range])))"

KILLS = 'wire_end_to_end_seconds_count{outcome="kill"}'

DELIVERED = 'wire_ledger_outcomes_total{outcome=~"new|update|correction|kill"}'


def above(target: float) -> float:
    """A threshold for SLOWEST, which gives a bucket's upper edge: one that is the target itself is still in time."""
    return 1.01 * target


def overview() -> Any:
    """The dashboard's model."""
    flowing = [
        number(
            "Received", "max(wire:stories_received:rate1m)", unit=PER_SECOND, decimals=1, base=BLUE,
            says="Raw records that arrive on wire.raw, a second, over the last minute.",
        ),
        number(
            "Delivered", f"sum(rate({DELIVERED}[1m]))", unit=PER_SECOND, decimals=1,
            says="Story versions that reach wire.stories, a second: new, updates, corrections, kills.",
        ),
        number(
            "Waiting", "max(wire:lag_records:sum)", decimals=0, thresholds=[(1000, YELLOW), (10000, RED)], to=KAFKA,
            says="Records that wait at any stage. Near 0 while the workers keep up; a hump after an outage is normal.",
        ),
        number(
            "End to end, p99", "max(wire:end_to_end_seconds:p99_5m)", unit="s", decimals=2, missing="quiet", to=STAGE,
            thresholds=[(END_TO_END_TARGET_SECONDS / 2, YELLOW), (END_TO_END_TARGET_SECONDS, RED)],
            says="Of a hundred stories, the slowest takes this long from arrival to delivery. Target: 5 s.",
        ),
        number(
            "Oldest open story", "max(wire_ledger_oldest_outstanding_seconds)", unit="s", decimals=0,
            thresholds=[(60, YELLOW), (300, RED)],
            says="The ledger: how long the oldest record that has not ended anywhere has been waiting.",
        ),
        number(
            "Dead letters", "max(wire:dead_share:ratio10m)", unit="percentunit", decimals=1, missing="quiet",
            thresholds=[(0.01, YELLOW), (0.05, RED)],
            says="Share of stories that could not be processed, over ten minutes. `wire dead` lists them by cause.",
        ),
    ]  # fmt: skip
    standing = [
        brokers_up(to=KAFKA),
        workers_ready(to=KAFKA),
        number(
            "Held", "max(wire_ledger_held_stories)", decimals=0, base=YELLOW,
            says="Stories that wait for the end of their embargo.",
        ),
        number(
            "Slowest release", SLOWEST.format("wire_embargo_release_seconds_bucket"), unit="s", decimals=2,
            missing="no release", thresholds=[(2, YELLOW), (above(RELEASE_TARGET_SECONDS), RED)], to=DELIVER,
            says="At most so long after the end of its embargo did the latest story of the time range above go out.",
        ),
        number(
            "Slowest kill", SLOWEST.format('wire_end_to_end_seconds_bucket{outcome="kill"}'), unit="s", decimals=2,
            missing="no kill", thresholds=[(2, YELLOW), (above(KILL_TARGET_SECONDS), RED)], to=DELIVER,
            says="At most so long did the slowest kill of the time range above take to its last output. Target: 5 s.",
        ),
        number(
            "Alerts firing", 'count(ALERTS{alertstate="firing"}) or vector(0)', decimals=0, thresholds=[(1, RED)],
            missing="", to="/alerting/list",
            says="Alerts that are firing now; the table below names them.",
        ),
    ]  # fmt: skip
    flow = [
        lines(
            "Where stories went",
            [Query("sum by (outcome) (rate(wire_ledger_outcomes_total[1m]))", "{{outcome}}")],
            unit=PER_SECOND, stacked=True, colours=OUTCOME_COLOURS,
            says="Stories a second by how they ended, as the ledger reads it from the output topics.",
        ),
        lines(
            "Throughput by stage", [Query("stage:wire_stories_in:rate1m", "{{stage}}")],
            unit=PER_SECOND, colours=STAGE_COLOURS, to=TO_STAGE,
            says="Stories a second that each stage takes up. tag and classify see only what dedup lets through.",
        ),
    ]  # fmt: skip
    health = [
        lines(
            "End to end",
            [
                Query(f"histogram_quantile({q}, sum by (le) (rate({END_TO_END}[1m])))", name)
                for q, name in ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"))
            ],
            unit="s", width=8, colours=QUANTILE_COLOURS, limit=END_TO_END_TARGET_SECONDS, logarithmic=True,
            says="From a record's arrival on wire.raw to its confirmed delivery on an output topic; logarithmic.",
        ),
        lines(
            "Waiting by stage", [Query("stage:wire_lag_records:sum", "{{stage}}")],
            width=8, colours=STAGE_COLOURS, to=TO_STAGE,
            says="Records that wait for each stage. The first stage whose line rises is the one to look at.",
        ),
        lines(
            "Ledger",
            [
                Query("sum(rate(wire_ledger_received_records_total[1m]))", "received a second"),
                Query("sum(rate(wire_ledger_accounted_records_total[1m]))", "accounted for a second"),
                Query("sum(wire_ledger_outstanding_records)", "open now"),
            ],
            width=8, colours={"received a second": BLUE, "accounted for a second": GREEN, "open now": ORANGE},
            right="open now",
            says="What came in against what has ended: two lines that belong together. Open (right) falls back to 0.",
        ),
    ]  # fmt: skip
    life = [
        ranking(
            "Stories by output",
            Query("topk(10, sum by (output) (increase(wire_deliver_stories_total[$__range])))", "{{output}}"),
            width=8, height=8,
            says="Written to each output, over the time range above: the whole wire, flash, and the desks.",
        ),
        lines(
            "Held by embargo",
            [
                Query('sum(wire_held_stories{until="time"})', "until a time"),
                Query('sum(wire_held_stories{until="unreadable"})', "without a readable end"),
            ],
            width=8, stacked=True, colours={"until a time": YELLOW, "without a readable end": RED},
            says="Stories whose embargo has not ended. One without a readable end goes out only by a later version.",
        ),
        lines(
            "Kills",
            [
                Query('sum(increase(wire_dedup_rules_total{status="kill"}[$__rate_interval]))', "decided"),
                Query(f"sum(increase({KILLS}[$__rate_interval]))", "on every output"),
                Query('sum(wire_group_lag_records{topic=~".+orders"})', "under way"),
            ],
            width=8, colours={"decided": RED, "on every output": GREEN, "under way": ORANGE},
            says="Kills that dedup decided, and those on all outputs that had the story: lines that belong together.",
        ),
    ]  # fmt: skip
    who = [
        ranking(
            "Top sources",
            Query("topk(10, sum by (source) (increase(wire_source_stories_total[$__range])))", "{{source}}"),
            says="Stories read by source, over the time range above.",
        ),
        ranking(
            "Top media topics",
            Query("topk(10, sum by (name) (increase(wire_mediatopic_stories_total[$__range])))", "{{name}}"),
            says="Delivered stories by the top-level IPTC Media Topic of their best topic, over the time range above.",
        ),
        ranking(
            "Dead letters by reason",
            Query(
                "topk(10, sum by (reason) (increase(wire_dead_letters_total[$__range])) > 0)"
                ' or on () label_replace(vector(0), "reason", "none", "", "")',
                "{{reason}}",
            ),
            says="Stories that could not be processed, over the time range above. `wire dead` shows them.",
        ),
        sheet(
            "Alerts",
            [
                Query(
                    'sum by (alertname, severity) (ALERTS{alertstate="firing"})'
                    ' or on () label_replace(vector(0), "alertname", "none", "", "")'
                )
            ],
            columns={"alertname": "Firing", "severity": "Severity"}, width=6, height=9,
            says="What is firing now. Each has a page of the same name in docs/runbooks/.",
        ),
    ]  # fmt: skip
    return board(
        "wire-overview",
        "Wire overview",
        "Is the wire flowing, where do stories go, is anything wrong.",
        [
            ("", flowing),
            ("", standing),
            ("Flow", flow),
            ("Health", health),
            ("Outputs, embargoes, kills", life),
            ("Who and what", who),
        ],
    )
