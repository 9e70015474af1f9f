"""Stage detail: one stage, chosen above: how fast, how much at once, what it costs, what goes wrong."""

from __future__ import annotations

from typing import Any

from deploy.grafana.boards import board
from deploy.grafana.look import BLUE, ORANGE, OUTCOME_COLOURS, PER_SECOND, QUANTILE_COLOURS, RED, YELLOW
from deploy.grafana.panels import Query, heat, lines, number

S = 'stage="$stage"'


def stage() -> Any:
    """The dashboard's model."""
    top = [
        number(
            "Taken up", f"sum(rate(wire_stage_stories_in_total{{{S}}}[1m]))",
            unit=PER_SECOND, decimals=1, base=BLUE, missing="no worker",
            says="Stories that the stage takes up, a second.",
        ),
        number(
            "Batch time, p99",
            f"histogram_quantile(0.99, sum by (le) (rate(wire_stage_seconds_bucket{{{S}}}[5m])))",
            unit="s", decimals=1, thresholds=[(1, YELLOW), (5, RED)], missing="quiet",
            says="From taking up a batch to the broker's confirmation of its results.",
        ),
        number(
            "CPU a story",
            f"sum(increase(wire_stage_cpu_seconds_total{{{S}}}[$__range]))"
            f" / sum(increase(wire_stage_stories_in_total{{{S}}}[$__range]))",
            unit="s", decimals=2, base=BLUE, missing="quiet",
            says="Of the stage's own code. A worker's limit is one second divided by the sum over its stages.",
        ),
        number(
            "Waiting", f"sum(wire_group_lag_records{{{S}}})", decimals=0,
            thresholds=[(1000, YELLOW), (10000, RED)],
            says="Records that wait for this stage.",
        ),
        number(
            "Oldest waits", f"max(wire_group_lag_seconds{{{S}}})", unit="s", decimals=1,
            thresholds=[(10, YELLOW), (60, RED)],
            says="How long the oldest of them has been waiting. Briefly, though many: it catches up. Long: it stands.",
        ),
        number(
            "Dead in this range",
            f'sum(increase(wire_stage_stories_out_total{{{S},outcome="dead"}}[$__range]))', decimals=0,
            thresholds=[(1, YELLOW), (100, RED)], missing="no worker",
            says="Stories that this stage could not process, over the time range above.",
        ),
    ]  # fmt: skip
    latency = [
        heat(
            "Batch time",
            f"sum by (le) (increase(wire_stage_seconds_bucket{{{S}}}[$__rate_interval]))", unit="s",
            says="How many batches took how long. A second band above the first: a slow worker, or a slow broker.",
        ),
        lines(
            "Batch time, quantiles",
            [
                Query(f"histogram_quantile({q}, sum by (le) (rate(wire_stage_seconds_bucket{{{S}}}[1m])))", name)
                for q, name in ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"))
            ],
            unit="s", height=9, colours=QUANTILE_COLOURS, logarithmic=True,
            says="The same as lines; logarithmic.",
        ),
    ]  # fmt: skip
    work = [
        lines(
            "Outcomes",
            [Query(f"sum by (outcome) (rate(wire_stage_stories_out_total{{{S}}}[1m]))", "{{outcome}}")],
            unit=PER_SECOND, width=8, stacked=True, colours=OUTCOME_COLOURS,
            says="What became of the stories, once the broker had confirmed it.",
        ),
        heat(
            "Batch sizes",
            f"sum by (le) (increase(wire_stage_batch_stories_bucket{{{S}}}[$__rate_interval]))",
            unit="short", width=8, height=8,
            says="How many batches held how many stories. At the upper edge, the stage is catching up.",
        ),
        lines(
            "CPU a story, by worker",
            [
                Query(
                    f"sum by (instance) (rate(wire_stage_cpu_seconds_total{{{S}}}[1m]))"
                    f" / (sum by (instance) (rate(wire_stage_stories_in_total{{{S}}}[1m])) > 0)",
                    "{{instance}}",
                )
            ],
            unit="s", width=8,
            says="A worker that stands out runs on a slower or busier machine.",
        ),
    ]  # fmt: skip
    trouble = [
        lines(
            "Errors",
            [
                Query(
                    f'sum(increase(wire_stage_stories_out_total{{{S},outcome="dead"}}[$__rate_interval]))',
                    "dead letters",
                ),
                Query(f"sum(increase(wire_agent_restarts_total{{{S}}}[$__rate_interval]))", "worker taken down"),
            ],
            width=8, bars=True, colours={"dead letters": ORANGE, "worker taken down": RED},
            says="Stories that could not be processed, and failures beyond a single story, which end the worker.",
        ),
        lines(
            "Sends tried again",
            [Query(f"sum by (instance) (increase(wire_stage_retries_total{{{S}}}[$__rate_interval]))", "{{instance}}")],
            width=8, bars=True,
            says="The broker did not confirm. All workers at once: the broker; one of them: its network.",
        ),
        lines(
            "Waiting by partition",
            [Query(f"sum by (topic, partition) (wire_group_lag_records{{{S}}})", "{{topic}} {{partition}}")], width=8,
            says="One partition far above the others: its worker is stuck, or a source sends everything with one key.",
        ),
    ]  # fmt: skip
    return board(
        "wire-stage",
        "Stage detail",
        "One stage: how fast, how much at once, what it costs, what goes wrong.",
        [("", top), ("Latency", latency), ("Work", work), ("Trouble", trouble)],
        stages=True,
    )
