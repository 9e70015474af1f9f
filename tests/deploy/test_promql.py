"""Every expression of dashboards, rules and alerts on a real Prometheus that scraped a real worker during a replay."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.grafana.look import UNKNOWN
from pipeline.broker.admin import ensure_topics
from pipeline.broker.embedded import EmbeddedKafka
from pipeline.demo.worker_process import WorkerProcess, environment
from pipeline.settings import Settings
from pipeline.topology import FLOW
from tests.deploy.expressions import DASHBOARDS, PROMETHEUS, Expression, of_alerts, of_dashboards, of_rules
from tests.deploy.prometheus import Prometheus, free_port, program, running

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).resolve().parents[2]
SCRAPED_SECONDS = 15.0
"""How long the feed runs before the expressions are asked: some fifteen scrapes."""

EMPTY_IN_A_QUIET_RUN = {"ALERTS"}
"""Series that are there only when something is wrong; the panels that read them say `none` then."""


@pytest.fixture(scope="module")
def scraped(kafka: EmbeddedKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has watched a worker and the exporter while the seeds were replayed, and goes on watching."""
    program("prometheus")  # skip before anything is started
    folder = tmp_path_factory.mktemp("promql")
    settings = Settings(broker=kafka.bootstrap, topic_prefix="promql.", group="promql")
    ensure_topics(settings)
    with contextlib.ExitStack() as stack:
        worker = WorkerProcess(settings, folder / "worker.log")
        stack.callback(worker.stop)
        exporter = stack.enter_context(_wire(settings, folder, "exporter", "--metrics-port", "0"))
        worker.wait_ready()
        address = _announced(folder / "exporter.log", "metrics at http://", "/metrics")
        port = free_port()
        targets = {
            "worker": worker.address.removeprefix("http://"),
            "exporter": address,
            "prometheus": f"127.0.0.1:{port}",
        }
        server = stack.enter_context(running(_config(folder, targets), folder, port))
        time.sleep(3)  # two scrapes, so that the first stories are seen as an increase
        feed = [str(_embargoed(folder, until=time.time() + SCRAPED_SECONDS / 2)), str(ROOT / "seeds")]
        stack.enter_context(_wire(settings, folder, "replay", *feed, "--loop", "--rate", "20"))
        time.sleep(SCRAPED_SECONDS)
        assert exporter.poll() is None, (folder / "exporter.log").read_text()
        yield server


def test_the_committed_rules_are_loaded_and_healthy(scraped: Prometheus) -> None:
    states = scraped.query("prometheus_rule_group_rules")
    assert sum(float(sample["value"][1]) for sample in states) == len([*of_rules(), *of_alerts()])
    assert not scraped.query("prometheus_rule_evaluation_failures_total > 0")


@pytest.mark.parametrize("expression", [*of_dashboards(), *of_rules()], ids=lambda e: e.where)
def test_panels_and_rules_have_data(scraped: Prometheus, expression: Expression) -> None:
    stages = [stage.name for stage in FLOW] if "$stage" in expression.text else [""]
    for stage in stages:
        series = scraped.query_range(expression.plain(stage), SCRAPED_SECONDS + 3)
        if expression.where.endswith("annotation Rebalances"):
            continue  # a mark only when there was one: that it parses is enough
        numbers = [float(value) for one in series for _, value in one["values"]]
        known = [number for number in numbers if math.isfinite(number) and number != UNKNOWN]
        assert known, f"no data for {expression.plain(stage)}"


@pytest.mark.parametrize("expression", list(of_alerts()), ids=lambda e: e.where)
def test_alerts_watch_series_that_exist_and_none_is_wrong(scraped: Prometheus, expression: Expression) -> None:
    scraped.query(expression.plain())
    for name, labels in expression.selectors():
        if name not in EMPTY_IN_A_QUIET_RUN:
            assert scraped.query(name + labels), f"no series {name}{labels}"


def test_a_healthy_run_raises_no_critical_alert(scraped: Prometheus) -> None:
    """KafkaDiskFilling is left out: it tells of the machine that the tests run on."""
    critical = scraped.query('ALERTS{severity="critical",alertname!="KafkaDiskFilling"}')
    assert critical == []


def test_every_panel_with_a_legend_names_labels_that_exist(scraped: Prometheus) -> None:
    for expression, labels in _legends():
        series = scraped.query(expression.plain())
        assert any(set(labels) <= set(one["metric"]) for one in series), (expression.where, labels)


def test_a_number_is_one_series_also_where_the_range_begins_before_the_pipeline(scraped: Prometheus) -> None:
    """The mark for missing and what comes after it must be one series, or Grafana shows two numbers."""
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            if panel["type"] == "stat":
                expression = Expression(panel["title"], panel["targets"][0]["expr"])
                assert len(scraped.query_range(expression.plain(), seconds=120)) == 1, expression


def _legends() -> Iterator[tuple[Expression, list[str]]]:
    for path in DASHBOARDS:
        board = json.loads(path.read_text(encoding="utf-8"))
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                labels = re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", ""))
                if labels:
                    yield Expression(panel["title"], target["expr"]), labels


def _embargoed(folder: Path, until: float) -> Path:
    """A feed with a story that is held, and goes out while Prometheus looks on."""
    path = folder / "embargoed.jsonl"
    end = datetime.fromtimestamp(until, UTC).isoformat()
    path.write_text(json.dumps({"title": "Budget speech", "text": "The minister will say so.", "embargo": end}) + "\n")
    return path


def _config(folder: Path, targets: dict[str, str]) -> Path:
    """The committed rules under a configuration that scrapes these targets, a second apart."""
    rules = folder / "rules"
    rules.mkdir()
    for path in (PROMETHEUS / "rules").glob("*.yml"):
        text = re.sub(r"^    interval: .*$", "    interval: 1s", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        (rules / path.name).write_text(text, encoding="utf-8")
    lines = [
        "global: {scrape_interval: 1s, evaluation_interval: 1s}",
        f"rule_files: ['{rules}/*.yml']",
        "scrape_configs:",
    ]
    for job, address in targets.items():
        lines += [f"  - job_name: {job}", f"    static_configs: [{{targets: ['{address}']}}]"]
    path = folder / "prometheus.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextlib.contextmanager
def _wire(settings: Settings, folder: Path, verb: str, *arguments: str) -> Iterator[subprocess.Popen[Any]]:
    """`wire VERB …` as a process, its output in `VERB.log`; stopped at the end."""
    with (folder / f"{verb}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", verb, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env={**os.environ, **environment(settings)},
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _announced(log: Path, before: str, after: str) -> str:
    """What a process says stands between the two texts, once it has said so."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        _, found, rest = log.read_text(errors="replace").partition(before)
        if found and after in rest:
            return rest.partition(after)[0]
        time.sleep(0.1)
    raise AssertionError(f"{log} says nothing of {before}: {log.read_text(errors='replace')}")
