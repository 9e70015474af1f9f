"""docs/metrics.md lists every metric as the code defines it: name, type, labels and meaning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.metrics import MetricWrapperBase

from pipeline.exporter.metrics import ExporterMetrics
from pipeline.metrics import Metrics
from tests.deploy.expressions import rules

DOC = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


def _rows(registry: CollectorRegistry) -> Iterator[str]:
    """The table's lines for the metrics of a registry, in the order in which they are defined."""
    for metric in registry._collector_to_names:
        if isinstance(metric, MetricWrapperBase):
            name = metric._name + ("_total" if isinstance(metric, Counter) else "")
            labels = ", ".join(metric._labelnames) or "–"
            yield f"| `{name}` | {metric._type} | {labels} | {metric._documentation} |"


def test_the_tables_are_what_the_code_defines() -> None:
    wanted = [*_rows(Metrics().registry), *_rows(ExporterMetrics(["new"]).registry)]
    found = [line for line in DOC.read_text(encoding="utf-8").splitlines() if line.startswith("| `wire_")]
    recorded = [line for line in found if ":" in line.split("`")[1]]
    assert [line for line in found if line not in recorded] == wanted, "\n" + "\n".join(wanted)


def test_recorded_series_and_alerts_are_listed() -> None:
    text = DOC.read_text(encoding="utf-8")
    for rule in rules("record"):
        assert f"| `{rule['record']}` |" in text
    listed = [line for line in text.splitlines() if "](runbooks/" in line]
    wanted = [
        f"| [{rule['alert']}]({rule['annotations']['runbook'].removeprefix('docs/')}) | {rule['labels']['severity']} |"
        for rule in rules("alert")
    ]
    assert [line[: len(start)] for line, start in zip(listed, wanted, strict=True)] == wanted
