"""What all dashboards have in common: colours, units, and the handful of panel kinds they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models import common as c
from grafana_foundation_sdk.models import dashboard as d
from grafana_foundation_sdk.models import heatmap as h
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = d.DataSourceRef(type_val="prometheus", uid="prometheus")

GREEN, BLUE, ORANGE, RED, PURPLE, GREY, YELLOW = (
    "#73BF69", "#5794F2", "#FF9830", "#F2495C", "#B877D9", "#8E8E8E", "#FADE2A",
)  # fmt: skip

OUTCOME_COLOURS = {
    "new": GREEN, "update": BLUE, "correction": ORANGE, "kill": RED, "duplicate": PURPLE, "skipped": GREY,
    "dead": "#C4162A", "passed": GREEN,
}  # fmt: skip
"""The same on every panel: green is news, red is trouble."""

STAGE_COLOURS = {"parse": BLUE, "dedup": PURPLE, "tag": ORANGE, "classify": GREEN}

QUANTILE_COLOURS = {"p50": GREEN, "p90": YELLOW, "p99": RED}

END_TO_END_TARGET_SECONDS = 5.0
"""As in the alert EndToEndSlow; a test compares."""

MEMORY_LIMIT_BYTES = 850e6
"""As in the alert WorkerMemoryHigh; a test compares."""

STORIES_PER_SECOND = "suffix: /s"
"""Grafana's own `reqps` and the like would say "req/s"."""

Panel = timeseries.Panel | stat.Panel | table.Panel | bargauge.Panel | heatmap.Panel


@dataclass(frozen=True)
class Query:
    """One expression, and how its series are called: Grafana's legend format."""

    expr: str
    legend: str = ""


def _target(query: Query, ref: str, *, instant: bool = False, form: PromQueryFormat | None = None) -> Any:
    target = prometheus.Dataquery().datasource(SOURCE).expr(query.expr).legend_format(query.legend or "__auto")
    target = target.ref_id(ref)
    target = target.instant() if instant else target.range()
    return target.format(form) if form else target


def _steps(thresholds: Sequence[tuple[float, str]], base: str = GREEN) -> ThresholdsConfig:
    """Thresholds from (value, colour), ascending; `base` is the colour below the first."""
    steps = [
        d.Threshold(value=None, color=base),
        *(d.Threshold(value=value, color=colour) for value, colour in thresholds),
    ]
    return ThresholdsConfig().mode(d.ThresholdsMode.ABSOLUTE).steps(steps)


def _fixed(colour: str) -> d.DynamicConfigValue:
    return d.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})


def number(
    title: str,
    expr: str,
    *,
    says: str,
    unit: str = "short",
    decimals: int | None = None,
    width: int = 3,
    thresholds: Sequence[tuple[float, str]] = (),
    base: str = GREEN,
    spark: bool = True,
) -> Panel:
    """One number now, coloured by its thresholds, over the line of its past."""
    panel = (
        stat.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .span(width)
        .height(4)
        .unit(unit)
        .with_target(_target(Query(expr, title), "A"))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(c.BigValueGraphMode.AREA if spark else c.BigValueGraphMode.NONE)
        .color_mode(c.BigValueColorMode.VALUE)
        .color_scheme(FieldColor().mode(d.FieldColorModeId.THRESHOLDS))
        .thresholds(_steps(thresholds, base))
    )
    return panel if decimals is None else panel.decimals(decimals)


def lines(
    title: str,
    queries: Sequence[Query],
    *,
    says: str,
    unit: str = "short",
    width: int = 12,
    height: int = 8,
    stacked: bool = False,
    bars: bool = False,
    colours: Mapping[str, str] | None = None,
    limit: float | None = None,
    table_legend: bool = False,
    logarithmic: bool = False,
    right: str = "",
) -> Panel:
    """Series over time. `limit` draws a dashed red line, such as an alert's threshold; the series `right` has its axis
    on the right."""
    legend = common.VizLegendOptions().show_legend(True).placement(c.LegendPlacement.BOTTOM)
    if table_legend:
        legend = legend.display_mode(c.LegendDisplayMode.TABLE).placement(c.LegendPlacement.RIGHT)
        legend = legend.calcs(["lastNotNull", "max"])
    else:
        legend = legend.display_mode(c.LegendDisplayMode.LIST)
    panel = (
        timeseries.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .span(width)
        .height(height)
        .unit(unit)
        .line_width(1.5)
        .fill_opacity(70 if bars else 30 if stacked else 8)
        .draw_style(c.GraphDrawStyle.BARS if bars else c.GraphDrawStyle.LINE)
        .show_points(c.VisibilityMode.NEVER)
        .span_nulls(60_000)
        .legend(legend)
        .tooltip(common.VizTooltipOptions().mode(c.TooltipDisplayMode.MULTI).sort(c.SortOrder.DESCENDING))
        .color_scheme(FieldColor().mode(d.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
    )
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(c.StackingMode.NORMAL).group("A"))
    if logarithmic:
        panel = panel.scale_distribution(common.ScaleDistributionConfig().type(c.ScaleDistribution.LOG).log(10))
    else:
        panel = panel.min(0)
    if limit is not None:
        panel = panel.thresholds(_steps([(limit, RED)], base="transparent")).thresholds_style(
            common.GraphThresholdsStyleConfig().mode(c.GraphThresholdsStyleMode.DASHED)
        )
    for i, query in enumerate(queries):
        panel = panel.with_target(_target(query, chr(ord("A") + i)))
    for name, colour in (colours or {}).items():
        properties = [_fixed(colour)]
        if name == right:
            properties.append(d.DynamicConfigValue(id_val="custom.axisPlacement", value="right"))
        panel = panel.override_by_name(name, properties)
    return panel


def ranking(title: str, query: Query, *, says: str, width: int = 6, height: int = 9, unit: str = "short") -> Panel:
    """The largest of something now, as horizontal bars."""
    return (
        bargauge.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .span(width)
        .height(height)
        .unit(unit)
        .decimals(0)
        .min(0)
        .with_target(_target(query, "A", instant=True))
        .orientation(c.VizOrientation.HORIZONTAL)
        .display_mode(c.BarGaugeDisplayMode.BASIC)
        .value_mode(c.BarGaugeValueMode.TEXT)
        .name_placement(c.BarGaugeNamePlacement.LEFT)
        .show_unfilled(False)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(FieldColor().mode(d.FieldColorModeId.FIXED).fixed_color(BLUE))
        .thresholds(_steps([], BLUE))
    )


def heat(title: str, expr: str, *, says: str, unit: str, width: int = 12, height: int = 9) -> Panel:
    """A Prometheus histogram over time; `expr` gives the increase of its buckets by `le`."""
    return (
        heatmap.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .span(width)
        .height(height)
        .with_target(_target(Query(expr, "{{le}}"), "A", form=PromQueryFormat.HEATMAP))
        .calculate(False)
        .color(
            heatmap.HeatmapColorOptions()
            .mode(h.HeatmapColorMode.SCHEME)
            .scheme("Oranges")
            .scale(h.HeatmapColorScale.EXPONENTIAL)
            .exponent(0.5)
            .steps(64)
            .fill("dark-orange")
        )
        .y_axis(heatmap.YAxisConfig().unit(unit).axis_placement(c.AxisPlacement.LEFT))
        .cell_gap(1)
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .show_value(c.VisibilityMode.NEVER)
        .mode(c.TooltipDisplayMode.SINGLE)
        .hide_y_histogram()
        .hide_legend()
    )


def sheet(
    title: str,
    queries: Sequence[Query],
    *,
    says: str,
    columns: Mapping[str, str],
    units: Mapping[str, str] | None = None,
    join: str = "",
    width: int = 24,
    height: int = 7,
) -> Panel:
    """A table of what is now. `columns`: fields to show, in order, and their headings; `join`: the label that makes
    one row of several queries' series. A query's value is the field `Value #A`, `Value #B`, …
    """
    panel = (
        table.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .span(width)
        .height(height)
        .cell_height(c.TableCellHeight.SM)
        .show_header(True)
    )
    for i, query in enumerate(queries):
        panel = panel.with_target(_target(query, chr(ord("A") + i), instant=True, form=PromQueryFormat.TABLE))
    if join:
        panel = panel.with_transformation(
            d.DataTransformerConfig(id_val="joinByField", options={"byField": join, "mode": "outer"})
        )
    panel = panel.with_transformation(
        d.DataTransformerConfig(
            id_val="organize",
            options={
                "includeByName": dict.fromkeys(columns, True),
                "indexByName": {name: i for i, name in enumerate(columns)},
                "renameByName": dict(columns),
            },
        )
    )
    for name, unit in (units or {}).items():
        panel = panel.override_by_name(name, [d.DynamicConfigValue(id_val="unit", value=unit)])
    return panel
