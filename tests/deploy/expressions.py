"""Every PromQL expression that the deployment holds: where it stands, and what stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))

_MACROS = {"$__rate_interval": "20s", "$__range": "5m", "$__interval": "5s"}
"""What Grafana puts in their place, roughly as for the last minutes."""

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"'  # a string
    r"|\b(?:by|on|without|ignoring|group_left)\s*\([^)]*\)"  # labels, not series
    r"|\b(?P<name>(?:ALERTS|up|(?:wire|process|stage|source)[\w:]*[_:][\w:]*))\b(?P<labels>\{[^}]*\})?"
)


@dataclass(frozen=True)
class Expression:
    where: str
    """`dashboard / panel`, `rule NAME` or `alert NAME`."""
    text: str
    """As committed, macros and variables in it."""

    def plain(self, stage: str = "parse") -> str:
        """As Prometheus takes it."""
        text = self.text.replace("$stage", stage)
        for macro, value in _MACROS.items():
            text = text.replace(macro, value)
        return text

    @property
    def metrics(self) -> set[str]:
        """Names of the series it reads."""
        return {name for name, _ in self.selectors()}

    def selectors(self) -> Iterator[tuple[str, str]]:
        """Each series with the labels it asks for, as `(name, "{…}")`."""
        for token in _TOKEN.finditer(self.text):
            if token["name"]:
                yield token["name"], token["labels"] or ""


def of_dashboards() -> Iterator[Expression]:
    """Of every panel and annotation."""
    for path in DASHBOARDS:
        board = json.loads(path.read_text(encoding="utf-8"))
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                yield Expression(f"{board['title']} / {panel['title']}", target["expr"])
        for mark in board["annotations"]["list"]:
            yield Expression(f"{board['title']} / annotation {mark['name']}", mark["expr"])


def rules(kind: str) -> Iterator[dict[str, Any]]:
    """`kind`: `record` or `alert`."""
    for path in sorted((PROMETHEUS / "rules").glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from (rule for rule in group["rules"] if kind in rule)


def of_rules() -> Iterator[Expression]:
    for rule in rules("record"):
        yield Expression(f"rule {rule['record']}", rule["expr"])


def of_alerts() -> Iterator[Expression]:
    for rule in rules("alert"):
        yield Expression(f"alert {rule['alert']}", rule["expr"])


def everything() -> list[Expression]:
    return [*of_dashboards(), *of_rules(), *of_alerts()]
