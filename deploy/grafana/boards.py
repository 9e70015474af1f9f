"""A dashboard's frame: links to the others, marks for new workers and rebalances, refresh and time range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders.dashboard import CustomVariable, Dashboard, DashboardLink, Row, TimePicker
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as d

from deploy.grafana.look import BLUE, ORANGE
from deploy.grafana.panels import SOURCE, Panel
from pipeline.topology import FLOW

TAG = "wire"

STARTS = '(process_start_time_seconds{job="worker"} * on (instance) group_left (version, host) wire_build_info) * 1000'
REBALANCES = "sum(increase(wire_rebalances_total[30s])) > 0"


class PrometheusAnnotation(d.AnnotationQuery):
    """The SDK's type knows only the fields that all data sources share."""

    text: str = ""
    value_is_time: bool = False

    def to_json(self) -> dict[str, object]:
        own = {"titleFormat": self.name, "textFormat": self.text, "useValueForTime": self.value_is_time, "step": "15s"}
        return super().to_json() | own


class Marks(Builder[d.AnnotationQuery]):
    """Vertical lines where the expression has a sample; with `value_is_time`, at the milliseconds that it gives."""

    def __init__(self, name: str, expr: str, colour: str, text: str, *, value_is_time: bool = False) -> None:
        made = PrometheusAnnotation(name=name, datasource=SOURCE, icon_color=colour, expr=expr, built_in=None)
        made.text, made.value_is_time = text, value_is_time
        self._made = made

    def build(self) -> d.AnnotationQuery:
        return self._made


def board(uid: str, title: str, says: str, rows: Sequence[tuple[str, Sequence[Panel]]], stages: bool = False) -> Any:
    """A dashboard of rows of panels; a row with an empty title has no heading. `stages`: with the variable `stage`,
    in the order of the flow.

    Returns the SDK's model, whose `to_json` is what Grafana reads.
    """
    made = (
        Dashboard(title)
        .uid(uid)
        .description(says)
        .tags([TAG])
        .timezone("browser")
        .time("now-30m", "now")
        .refresh("10s")
        .timepicker(TimePicker().refresh_intervals(["5s", "10s", "30s", "1m", "5m"]))
        .tooltip(d.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(
            DashboardLink("Wire dashboards")
            .type(d.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(False)
            .keep_time(True)
            .include_vars(False)
        )
        .annotation(Marks("Workers started", STARTS, BLUE, "worker {{host}}, version {{version}}", value_is_time=True))
        .annotation(Marks("Rebalances", REBALANCES, ORANGE, "partitions changed hands"))
    )
    if stages:
        made = made.with_variable(
            CustomVariable("stage")
            .label("Stage")
            .values(",".join(stage.name for stage in FLOW))
            .current(d.VariableOption(text=FLOW[0].name, value=FLOW[0].name, selected=True))
            .multi(False)
            .include_all(False)
        )
    number = 0
    for heading, panels in rows:
        if heading:
            number += 1
            made = made.with_row(Row(heading).id(number))
        for panel in panels:
            number += 1
            made = made.with_panel(panel.id(number))
    return made.build()
