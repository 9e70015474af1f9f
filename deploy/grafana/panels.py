"""The handful of panel kinds that the dashboards are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import bargauge, common, heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink, FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models import common as c
from grafana_foundation_sdk.models import dashboard as d
from grafana_foundation_sdk.models import heatmap as h
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.grafana.look import BAR_SECONDS, BLUE, COUNT, GREEN, GREY, RED, UNKNOWN

SOURCE = d.DataSourceRef(type_val="prometheus", uid="prometheus")

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


def _link(to: str) -> DashboardLink:
    """A value's link to another dashboard, which keeps the time range."""
    url = f"{to}{'&' if '?' in to else '?'}${{__url_time_range}}"
    return DashboardLink("Look closer").type(d.DashboardLinkType.LINK).url(url)


TO_STAGE = "/d/wire-stage?var-stage=${__field.labels.stage}"
"""From a series with the label `stage` to that stage's details."""


def number(
    title: str,
    expr: str,
    *,
    says: str,
    unit: str = COUNT,
    decimals: int | None = None,
    width: int = 4,
    thresholds: Sequence[tuple[float, str]] = (),
    base: str = GREEN,
    missing: str = "unknown",
    to: str = "",
) -> Panel:
    """One number now, coloured by its thresholds, over the line of its past.

    `expr` gives one series without labels or name, or the mark for missing would be a second series. `missing`: the
    word where it gives nothing, or what is no number; empty for an expression that always gives something. `to`: where
    a click leads.
    """
    if missing:
        expr = f"{expr} >= 0 or vector({UNKNOWN:.0f})"
    panel = (
        stat.Panel()
        .title(title)
        .description(says)
        .datasource(SOURCE)
        .span(width)
        .height(3)
        .unit(unit)
        .with_target(_target(Query(expr, title), "A"))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(c.BigValueGraphMode.AREA)
        .color_mode(c.BigValueColorMode.VALUE)
        .color_scheme(FieldColor().mode(d.FieldColorModeId.THRESHOLDS))
        .thresholds(_steps(thresholds, base))
    )
    if missing:
        panel = panel.mappings(
            [d.ValueMap({f"{UNKNOWN:.0f}": d.ValueMappingResult(text=missing, color=GREY, index=0)})]
        )
    if to:
        panel = panel.data_links([_link(to)])
    return panel if decimals is None else panel.decimals(decimals)


def lines(
    title: str,
    queries: Sequence[Query],
    *,
    says: str,
    unit: str = COUNT,
    width: int = 12,
    height: int = 8,
    stacked: bool = False,
    bars: bool = False,
    colours: Mapping[str, str] | None = None,
    limit: float | None = None,
    table_legend: bool = False,
    logarithmic: bool = False,
    right: str = "",
    to: str = "",
) -> Panel:
    """Series over time. `limit` draws a dashed red line, such as an alert's threshold; the series `right` has its axis
    on the right; `to`: where a click on a series leads."""
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
        .line_width(0 if stacked else 1.5)  # the line of a series at 0 would lie on top of the stack
        .fill_opacity(70 if bars or stacked else 8)
        .draw_style(c.GraphDrawStyle.BARS if bars else c.GraphDrawStyle.LINE)
        .show_points(c.VisibilityMode.NEVER)
        .span_nulls(60_000)
        .legend(legend)
        .tooltip(common.VizTooltipOptions().mode(c.TooltipDisplayMode.MULTI).sort(c.SortOrder.DESCENDING))
        .color_scheme(FieldColor().mode(d.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
    )
    if unit == COUNT:
        panel = panel.decimals(0)
    if bars:
        panel = panel.interval(f"{BAR_SECONDS}s")
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
        panel = panel.axis_soft_max(limit)  # or the limit would lie above what is seen, and distances say nothing
    if to:
        panel = panel.data_links([_link(to)])
    for i, query in enumerate(queries):
        panel = panel.with_target(_target(query, chr(ord("A") + i)))
    for name, colour in (colours or {}).items():
        properties = [_fixed(colour)]
        if name == right:
            properties.append(d.DynamicConfigValue(id_val="custom.axisPlacement", value="right"))
        panel = panel.override_by_name(name, properties)
    return panel


def ranking(title: str, query: Query, *, says: str, width: int = 6, height: int = 9, unit: str = COUNT) -> Panel:
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
