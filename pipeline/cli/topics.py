"""`wire topics`: create the pipeline's topics, or check them against what they should be."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.table import Table
from rich.text import Text

from pipeline.broker.admin import TopicState, check_topics, ensure_topics
from pipeline.cli.console import for_people
from pipeline.cli.options import settings_from
from pipeline.errors import Usage
from pipeline.log import configure
from pipeline.settings import Settings
from pipeline.topics import DAY_MS, HOUR_MS, TopicSpec

_WIDE = 100
"""Columns from which on the reasons are shown too."""


def command(
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 when something differs.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Also set topic settings that differ.")] = False,
    grow: Annotated[bool, typer.Option("--grow", help="Also add partitions where there are too few.")] = False,
    partitions: Annotated[int | None, typer.Option(help="Of the topics that scale. [WIRE_PARTITIONS]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> int:
    """Create the topics that are missing, and show all with what differs."""
    if check and (fix or grow):
        raise Usage("--check changes nothing, so it does not go with --fix or --grow.")
    settings = settings_from(broker=broker, partitions=partitions, topic_prefix=prefix)
    configure(settings)
    states = check_topics(settings) if check else ensure_topics(settings, fix=fix, grow=grow)
    sound = all(state.sound for state in states)
    if as_json:
        document = {"broker": settings.broker, "ok": sound, "topics": [_document(state) for state in states]}
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        console = for_people()
        console.print(table(states, settings, why=console.width >= _WIDE))
        for line in remedies(states):
            console.print(line)
    return 0 if sound or not check else 1


def table(states: list[TopicState], settings: Settings, why: bool = True) -> Table:
    """One row a topic; for one that is not there yet, what it would be. `why` takes a column of its own."""
    shown = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
        title=f"topics on {settings.broker}",
        title_justify="left",
        title_style="bold",
    )
    shown.add_column("topic", no_wrap=True)
    for name in ("partitions", "replicas", "kept"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("state", overflow="fold", min_width=14)
    if why:
        shown.add_column("why", overflow="fold", ratio=1)
    for state in states:
        spec = state.spec
        shown.add_row(
            state.name,
            str(state.partitions or settings.partition_count(spec)),
            str(state.replicas or settings.replication),
            kept(spec),
            _state(state),
            *([Text(spec.why, "dim")] if why else []),
        )
    return shown


def kept(spec: TopicSpec) -> str:
    """How long records stay, as a person says it."""
    if spec.cleanup == "compact":
        return "latest a key"
    if spec.retention_ms % DAY_MS == 0:
        days = spec.retention_ms // DAY_MS
        return f"{days} day{'s' if days > 1 else ''}"
    return f"{spec.retention_ms / HOUR_MS:g} hours"


def _state(state: TopicState) -> Text:
    if not state.exists:
        return Text("missing", "red")
    text = Text()
    text.append(", ".join(state.done), "green")
    if state.differences:
        text.append("; " if state.done else "").append("; ".join(map(str, state.differences)), "yellow")
    return text or Text("as it should be", "green")


def remedies(states: list[TopicState]) -> list[Text]:
    """One line for each kind of thing that is not as it should be, with what to do."""
    lines = []
    repairs = {d.repair for state in states for d in state.differences}
    if any(not state.exists for state in states):
        lines.append("Missing topics: `wire topics` creates them.")
    if "fix" in repairs:
        lines.append("Settings that differ: `wire topics --fix` sets them.")
    if "grow" in repairs:
        lines.append(
            "Too few partitions: `wire topics --grow` adds them; stop the replay first, for equal keys then move, "
            f"or set WIRE_PARTITIONS={_least_partitions(states)}."
        )
    if "" in repairs:
        lines.append(
            "Partitions cannot be taken away, nor replicas moved from here: set WIRE_PARTITIONS and WIRE_REPLICATION "
            "to what is there, or use Kafka's own tools."
        )
    return [Text(line, "yellow") for line in lines]


def _least_partitions(states: list[TopicState]) -> int:
    return min(state.partitions for state in states if state.exists and state.spec.partitions == "scaled")


def _document(state: TopicState) -> dict[str, Any]:
    return {
        "name": state.name,
        "ok": state.sound,
        "exists": state.exists,
        "partitions": state.partitions,
        "replicas": state.replicas,
        "config": state.config,
        "why": state.spec.why,
        "differences": [
            {"what": d.what, "is": d.is_, "should": d.should, "repair": d.repair} for d in state.differences
        ],
        "done": state.done,
    }
