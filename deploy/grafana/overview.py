"""Wire overview: is the wire flowing, where do stories go, and is anything wrong. The page for the wall."""

from __future__ import annotations

from typing import Any

from deploy.grafana.boards import board
from deploy.grafana.panels import (
    BLUE,
    END_TO_END_TARGET_SECONDS,
    GREEN,
    ORANGE,
    OUTCOME_COLOURS,
    QUANTILE_COLOURS,
    RED,
    STAGE_COLOURS,
    STORIES_PER_SECOND,
    YELLOW,
    Query,
    lines,
    number,
    ranking,
    sheet,
)

DELIVERED = 'wire_ledger_outcomes_total{outcome=~"new|update|correction|kill"}'


def overview() -> Any:
    """The dashboard's model."""
    top = [
        number(
            "Received", "wire:stories_received:rate1m", unit=STORIES_PER_SECOND, decimals=1, base=BLUE,
            says="Raw records that arrive on wire.raw, a second, over the last minute.",
        ),
        number(
            "Delivered", f"sum(rate({DELIVERED}[1m]))", unit=STORIES_PER_SECOND, decimals=1,
            says="Story versions that reach wire.stories, a second: new, updates, corrections, kills.",
        ),
        number(
            "Waiting", "wire:lag_records:sum", decimals=0, thresholds=[(1000, YELLOW), (10000, RED)],
            says="Records that wait at any stage. Near 0 while the workers keep up; a hump after an outage is normal.",
        ),
        number(
            "End to end, p99", "wire:end_to_end_seconds:p99_5m", unit="s", decimals=2,
            thresholds=[(END_TO_END_TARGET_SECONDS / 2, YELLOW), (END_TO_END_TARGET_SECONDS, RED)],
            says="Of a hundred stories, the slowest takes this long from arrival to delivery. Target: 5 s.",
        ),
        number(
            "Oldest open story", "max(wire_ledger_oldest_outstanding_seconds)", unit="s", decimals=0,
            thresholds=[(60, YELLOW), (300, RED)],
            says="The ledger: how long the oldest record that has not ended anywhere has been waiting.",
        ),
        number(
            "Dead letters", "wire:dead_share:ratio10m", unit="percentunit", decimals=1,
            thresholds=[(0.01, YELLOW), (0.05, RED)],
            says="Share of stories that could not be processed, over ten minutes. `wire dead` lists them by cause.",
        ),
        number(
            "Workers ready", "sum(wire_worker_ready) or vector(0)", decimals=0, base=RED, thresholds=[(1, GREEN)],
            says="Workers that have their partitions and their state.",
        ),
        number(
            "Alerts firing", 'count(ALERTS{alertstate="firing"}) or vector(0)', decimals=0, thresholds=[(1, RED)],
            says="Alerts that are firing now; the table below names them.",
        ),
    ]  # fmt: skip
    flow = [
        lines(
            "Where stories went",
            [Query("sum by (outcome) (rate(wire_ledger_outcomes_total[1m]))", "{{outcome}}")],
            unit=STORIES_PER_SECOND, stacked=True, colours=OUTCOME_COLOURS,
            says="Stories a second by how they ended, as the ledger reads it from the output topics.",
        ),
        lines(
            "Throughput by stage", [Query("stage:wire_stories_in:rate1m", "{{stage}}")],
            unit=STORIES_PER_SECOND, colours=STAGE_COLOURS,
            says="Stories a second that each stage takes up. tag and classify see only what dedup lets through.",
        ),
    ]  # fmt: skip
    health = [
        lines(
            "End to end",
            [
                Query(f"histogram_quantile({q}, sum by (le) (rate(wire_end_to_end_seconds_bucket[1m])))", name)
                for q, name in ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"))
            ],
            unit="s", width=8, colours=QUANTILE_COLOURS, limit=END_TO_END_TARGET_SECONDS, logarithmic=True,
            says="From a record's arrival on wire.raw to its confirmed delivery on an output topic; logarithmic.",
        ),
        lines(
            "Waiting by stage", [Query("stage:wire_lag_records:sum", "{{stage}}")],
            width=8, colours=STAGE_COLOURS,
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
                "topk(10, sum by (reason) (increase(wire_dead_letters_total[$__range])))"
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
        [("", top), ("Flow", flow), ("Health", health), ("Who and what", who)],
    )
