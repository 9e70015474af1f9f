"""Prometheus' rules: promtool's own checks, and what promtool does not check."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.expressions import DASHBOARDS, PROMETHEUS, everything, rules
from tests.deploy.prometheus import promtool

ROOT = PROMETHEUS.parents[1]
ALERTS = list(rules("alert"))
UNIT_TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))


def test_configuration_and_rules_are_sound() -> None:
    promtool("check", "config", PROMETHEUS / "prometheus.yml")


@pytest.mark.parametrize("path", UNIT_TESTS, ids=lambda p: p.stem)
def test_alerts_fire_when_they_should_and_only_then(path: Path) -> None:
    promtool("test", "rules", path.name, folder=path.parent)


def test_every_expression_parses(tmp_path: Path) -> None:
    """As one file of recording rules, which promtool parses like any."""
    made = [{"record": f"expression:{i}", "expr": e.plain()} for i, e in enumerate(everything())]
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": made}]}), encoding="utf-8")
    assert f"{len(made)} rules found" in promtool("check", "rules", path)


def test_every_alert_has_a_unit_test_that_fires_it_and_one_that_does_not() -> None:
    fired: set[str] = set()
    quiet: set[str] = set()
    for path in UNIT_TESTS:
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            for case in test["alert_rule_test"]:
                (fired if case["exp_alerts"] else quiet).add(case["alertname"])
    names = {rule["alert"] for rule in ALERTS}
    assert fired == names
    assert quiet == names


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_where_to_read_on(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    annotations = rule["annotations"]
    assert annotations["summary"]
    assert annotations["description"]
    page = ROOT / annotations["runbook"]
    assert page.is_file(), f"{annotations['runbook']} is missing"
    assert page.read_text(encoding="utf-8").startswith(f"# {rule['alert']}\n")
    assert annotations["dashboard"].removeprefix("/d/") in {path.stem for path in DASHBOARDS}


def test_every_runbook_belongs_to_an_alert() -> None:
    pages = {f"docs/runbooks/{path.name}" for path in (ROOT / "docs" / "runbooks").glob("*.md")}
    assert pages == {rule["annotations"]["runbook"] for rule in ALERTS}


@pytest.mark.parametrize(
    "page", [*(ROOT / "docs" / "runbooks").glob("*.md"), ROOT / "docs" / "operations.md"], ids=lambda p: p.stem
)
def test_links_of_the_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_panels_that_the_pages_name_exist() -> None:
    """Words in asterisks on the pages are panels, lines or columns of the dashboards, with few exceptions."""
    known = _words_of_dashboards()
    for page in [*(ROOT / "docs" / "runbooks").glob("*.md"), ROOT / "docs" / "operations.md"]:
        text = re.sub(r"\s+", " ", page.read_text(encoding="utf-8"))
        for name in re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", text):
            assert name in known | NOT_PANELS, f"{page.name}: {name}"
        for board in re.findall(r"\*\*([^*]+)\*\*", text):
            if board[0].isupper() and board not in EMPHASISED:
                assert board in known, f"{page.name}: {board}"


NOT_PANELS = {"All", "Describe", "Read", "Write", "Restarting", "Up (unhealthy)", "Partitions", "A Kafka of your own"}
EMPHASISED = {"Annotations", "One broker of three", "The only broker"}


def _words_of_dashboards() -> set[str]:
    words = set()
    for path in DASHBOARDS:
        board = json.loads(path.read_text(encoding="utf-8"))
        words.add(board["title"])
        words |= {panel["title"] for panel in board["panels"]}
        words |= {mark["name"] for mark in board["annotations"]["list"]}
    return words
