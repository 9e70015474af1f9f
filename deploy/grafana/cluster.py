"""The numbers about brokers and workers that more than one dashboard shows."""

from __future__ import annotations

from deploy.grafana.look import GREEN, RED, YELLOW
from deploy.grafana.panels import Panel, number


def brokers_up(to: str = "") -> Panel:
    return number(
        "Brokers up", "max(wire_kafka_brokers)", decimals=0, base=RED, thresholds=[(1, GREEN)], to=to,
        says="Brokers that answer the exporter.",
    )  # fmt: skip


def disk_free(to: str = "") -> Panel:
    return number(
        "Disk free", "min(wire_kafka_disk_free_bytes / wire_kafka_disk_total_bytes)", unit="percentunit", decimals=0,
        base=RED, thresholds=[(0.1, YELLOW), (0.25, GREEN)], to=to,
        says="On the fullest broker.",
    )  # fmt: skip


def workers_ready(to: str = "") -> Panel:
    return number(
        "Workers ready", "sum(wire_worker_ready) or vector(0)", decimals=0, base=RED, thresholds=[(1, GREEN)],
        missing="", to=to,
        says="Workers that have their partitions and their state.",
    )  # fmt: skip
