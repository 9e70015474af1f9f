"""Kafka and workers: who is up, who holds what, where records wait, disk."""

from __future__ import annotations

from typing import Any

from deploy.grafana.boards import board
from deploy.grafana.cluster import brokers_up, disk_free, workers_ready
from deploy.grafana.look import MEMORY_LIMIT_BYTES, PER_SECOND, RED, YELLOW
from deploy.grafana.panels import Query, lines, number, sheet

W = 'job="worker"'

STILL_SECONDS = 180
"""As in the alert PartitionStuck; a test compares."""


def kafka() -> Any:
    """The dashboard's model."""
    top = [
        brokers_up(),
        number(
            "Replicas behind", "max(wire_kafka_under_replicated_partitions)", decimals=0, thresholds=[(1, YELLOW)],
            says="Partitions of ours that have fewer replicas in sync than they should.",
        ),
        number(
            "Without leader", "max(wire_kafka_offline_partitions)", decimals=0, thresholds=[(1, RED)],
            says="Partitions that nobody can read or write.",
        ),
        disk_free(),
        workers_ready(),
        number(
            "Rebalances in this range", "max(increase(wire_rebalances_total[$__range]))", decimals=0,
            thresholds=[(4, YELLOW), (12, RED)], missing="no worker",
            says="Of the worker that has seen the most. Each start or stop of a worker brings one or two.",
        ),
    ]  # fmt: skip
    records = [
        lines(
            "Waiting by partition",
            [Query("sum by (topic, partition) (wire_group_lag_records)", "{{topic}} {{partition}}")],
            width=10, height=9, table_legend=True,
            says="As the broker sees it, also with no worker alive. One that rises alone: its worker is stuck.",
        ),
        lines(
            "Standing still", [Query("max by (topic) (wire_group_still_seconds)", "{{topic}}")],
            unit="s", width=7, height=9, limit=STILL_SECONDS,
            says="How long nothing has been done of a partition where records wait: of each topic's, the worst.",
        ),
        lines(
            "Partitions by worker", [Query("wire_assigned_partitions", "{{instance}}")],
            width=7, height=9, stacked=True,
            says="Who holds how many. The sum stays the same unless no worker is there.",
        ),
    ]  # fmt: skip
    group = [
        lines(
            "Rebalances",
            [Query("sum by (instance) (increase(wire_rebalances_total[$__rate_interval]))", "{{instance}}")],
            width=8, bars=True,
            says="Partitions change hands when a worker comes or goes. In between there should be none.",
        ),
        lines(
            "Time a rebalance takes",
            [Query("wire_rebalance_seconds_sum / wire_rebalance_seconds_count", "{{instance}}")],
            unit="s", width=8,
            says="From its start to flowing again: the mean since the worker started.",
        ),
        lines(
            "Commits", [Query("sum by (instance) (rate(wire_commits_total[1m]))", "{{instance}}")],
            unit=PER_SECOND, width=8,
            says="Offset commits. None while stories flow: they would be read again after a crash.",
        ),
    ]  # fmt: skip
    processes = [
        lines(
            "Memory", [Query(f"process_resident_memory_bytes{{{W}}}", "{{instance}}")], unit="bytes", width=8,
            limit=MEMORY_LIMIT_BYTES,
            says="Resident memory by worker. The container may use 1.5 GB.",
        ),
        lines(
            "CPU", [Query(f"rate(process_cpu_seconds_total{{{W}}}[1m])", "{{instance}}")], unit="percentunit", width=8,
            limit=1.0,
            says="Of one core. A worker at 1 is as fast as it gets: start another.",
        ),
        lines(
            "Starts", [Query(f"changes(process_start_time_seconds{{{W}}}[15m])", "{{instance}}")], width=8, bars=True,
            limit=2,
            says="How often a worker has started anew in 15 minutes. At 2 the alert WorkerRestarting fires.",
        ),
    ]  # fmt: skip
    disk = [
        lines(
            "Size of topics", [Query("sum by (topic) (wire_kafka_topic_bytes)", "{{topic}}")], unit="bytes",
            stacked=True, table_legend=True,
            says="On disk, all replicas together.",
        ),
        lines(
            "Disk free", [Query("wire_kafka_disk_free_bytes", "broker {{broker}} {{directory}}")], unit="bytes",
            says="A line that falls steadily: retention is longer than the disk is large.",
        ),
    ]  # fmt: skip
    table = [
        sheet(
            "Workers",
            [
                Query(f"max by (instance, host, version) (wire_build_info{{{W}}})"),
                Query(f"time() - max by (instance) (process_start_time_seconds{{{W}}})"),
                Query(f"sum by (instance) (wire_assigned_partitions{{{W}}})"),
                Query(f"max by (instance) (process_resident_memory_bytes{{{W}}})"),
                Query(f"max by (instance) (process_open_fds{{{W}}})"),
            ],
            join="instance",
            columns={
                "instance": "Instance", "host": "Container", "version": "Version", "Value #B": "Up for",
                "Value #C": "Partitions", "Value #D": "Memory", "Value #E": "Open files",
            },
            units={"Up for": "s", "Memory": "bytes"},
            says="The container's id is what `docker ps` shows and `docker logs` takes.",
        ),
    ]  # fmt: skip
    return board(
        "wire-kafka",
        "Kafka and workers",
        "Who is up, who holds what, where records wait, disk.",
        [("", top), ("Records", records), ("Group", group), ("Processes", processes), ("Disk", disk), ("", table)],
    )
