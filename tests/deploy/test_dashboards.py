"""The dashboards that are committed: made by the code beside them, laid out on the grid, on metrics that exist."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from deploy.grafana.build import FOLDER, files
from deploy.grafana.kafka import STILL_SECONDS
from deploy.grafana.look import (
    END_TO_END,
    END_TO_END_TARGET_SECONDS,
    KILL_TARGET_SECONDS,
    MEMORY_LIMIT_BYTES,
    RELEASE_TARGET_SECONDS,
    UNKNOWN,
)
from pipeline.exporter.metrics import ExporterMetrics
from pipeline.metrics import Metrics
from tests.deploy.expressions import DASHBOARDS, Expression, everything, rules

COLUMNS = 24


def _board(path: Path) -> dict[str, Any]:
    board: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return board


def test_the_committed_files_are_what_the_code_makes() -> None:
    made = files()
    assert {path.name for path in FOLDER.glob("*.json")} == set(made)
    for name, text in made.items():
        same = (FOLDER / name).read_text(encoding="utf-8") == text
        assert same, f"{name} differs: run `python -m deploy.grafana.build` and commit what it writes"


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda p: p.stem)
def test_panels_fill_the_grid_without_gaps_or_overlaps(path: Path) -> None:
    rows: dict[int, list[dict[str, int]]] = {}
    for panel in _board(path)["panels"]:
        rows.setdefault(panel["gridPos"]["y"], []).append(panel["gridPos"])
    for y, places in rows.items():
        assert [p["x"] for p in places] == sorted(p["x"] for p in places)
        assert sum(p["w"] for p in places) == COLUMNS, f"row at {y}"
        assert len({p["h"] for p in places}) == 1, f"row at {y}"
    for above, below in pairwise(sorted(rows)):
        assert above + rows[above][0]["h"] == below


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda p: p.stem)
def test_every_panel_says_what_it_shows(path: Path) -> None:
    board = _board(path)
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in panels:
        assert panel["description"].endswith("."), panel["title"]
        assert panel["datasource"]["uid"] == "prometheus"
        assert panel["targets"]
        assert all(target["datasource"]["uid"] == "prometheus" for target in panel["targets"])
    assert board["uid"] == path.stem
    assert board["tags"] == ["wire"]
    assert {mark["name"] for mark in board["annotations"]["list"]} == {"Workers started", "Rebalances"}


@pytest.mark.parametrize("expression", everything(), ids=lambda e: e.where)
def test_every_series_exists(expression: Expression) -> None:
    """Every metric that an expression reads is one of ours, of the Python process, of Prometheus, or recorded."""
    assert expression.metrics, "no series found in it"
    unknown = expression.metrics - _exported() - {rule["record"] for rule in rules("record")} - {"up", "ALERTS"}
    assert not unknown


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda p: p.stem)
def test_a_number_says_so_when_it_knows_nothing(path: Path) -> None:
    """Grafana keeps a series' last value; a number of what no longer answers must not."""
    for panel in _board(path)["panels"]:
        if panel["type"] == "stat":
            (target,) = panel["targets"]
            words = panel["fieldConfig"]["defaults"].get("mappings", ())
            if target["expr"].endswith(f" or vector({UNKNOWN:.0f})"):
                assert words[0]["options"][f"{UNKNOWN:.0f}"]["text"], panel["title"]
            else:
                assert target["expr"].endswith(" or vector(0)"), panel["title"]


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda p: p.stem)
def test_links_lead_to_dashboards_that_there_are(path: Path) -> None:
    for panel in _board(path)["panels"]:
        for link in panel.get("fieldConfig", {}).get("defaults", {}).get("links", ()):
            place = link["url"].split("?")[0]
            assert place == "/alerting/list" or place.removeprefix("/d/") in {p.stem for p in DASHBOARDS}


def test_drawn_limits_are_those_of_the_alerts() -> None:
    alerts = {rule["alert"]: rule["expr"] for rule in rules("alert")}
    assert float(alerts["EndToEndSlow"].rsplit(">", 1)[1]) == END_TO_END_TARGET_SECONDS
    assert f'le="{KILL_TARGET_SECONDS}"' in alerts["KillSlow"]
    assert float(alerts["EmbargoOverdue"].rsplit(">", 1)[1]) == RELEASE_TARGET_SECONDS
    assert float(alerts["PartitionStuck"].rsplit(">", 1)[1]) == STILL_SECONDS
    assert float(alerts["WorkerMemoryHigh"].rsplit(">", 1)[1]) == MEMORY_LIMIT_BYTES


def test_rules_and_dashboards_mean_the_same_by_end_to_end() -> None:
    for expression in everything():
        if "wire_end_to_end_seconds_bucket" in expression.text and 'outcome="kill"' not in expression.text:
            assert END_TO_END in expression.text, expression.where


def _exported() -> set[str]:
    """Names of all series that a worker and the exporter can give."""
    names = set()
    for metrics in (Metrics(), ExporterMetrics(["new"])):
        for family in metrics.registry.collect():
            suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
            names |= {family.name + suffix for suffix in suffixes}
    return names
