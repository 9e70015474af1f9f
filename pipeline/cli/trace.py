"""`wire trace`: the walk of one story through the pipeline, and what became of its versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.text import Text

from pipeline.cli.console import for_people, write_lines
from pipeline.cli.options import settings_from
from pipeline.cli.records import clock, plain
from pipeline.demo.show import STYLES
from pipeline.errors import Unavailable
from pipeline.log import configure
from pipeline.settings import Settings
from pipeline.topics import RAW
from pipeline.topology import FLOW
from pipeline.trace.tracer import Tracer
from pipeline.trace.walk import Walk

ENDS = {
    "delivered": "delivered", "new": "delivered", "update": "delivered", "correction": "delivered",
    "kill": "delivered, and its story taken back", "duplicate": "as a duplicate", "superseded": "superseded",
    "held": "held", "killed": "stopped by a kill", "skipped": "skipped", "dead": "dead",
}  # fmt: skip
RECEIVED = "received"


def command(
    id: Annotated[str, typer.Argument(help="A story's id, its provider's uri, or a raw record such as 0-17.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
) -> int:
    """Show where a story has been: each topic and stage with times, waits, verdict and reasons, its end, its chain."""
    from pipeline.broker.clients import consumer

    settings = settings_from(broker=broker, topic_prefix=prefix)
    configure(settings)
    with consumer(settings, fetch_max_wait_ms=100) as client:
        if not client.partitions_for_topic(settings.topic(RAW)):
            raise Unavailable(f"there is no topic {settings.topic(RAW)} on the broker: `wire topics` creates it.")
        walk = Tracer(client, settings).walk(id)
    if walk is None:
        raise Unavailable(f"no topic knows {id!r}: give an id or uri as on wire.stories, or a raw record such as 0-17.")
    if as_json:
        write_lines([orjson.dumps(_as_json(walk), option=orjson.OPT_INDENT_2)])
    else:
        _show(for_people(), walk, settings)
    return 0


def _as_json(walk: Walk) -> dict[str, Any]:
    document = {name: value for name, value in walk.document.items() if name not in ("text", "tags")}
    return {
        **asdict(walk),
        "document": document,
        "stages": [{"stage": name, "at": at, "after": after} for name, at, after in walk.stages],
    }


def _show(console: Console, walk: Walk, settings: Settings) -> None:
    for line in _lines(walk, settings):
        console.print(line, soft_wrap=True)


def _lines(walk: Walk, settings: Settings) -> Iterator[Text]:
    yield Text(plain(walk.headline) or "(no headline)", "bold")
    size = f"{walk.bytes:,} bytes" if walk.bytes >= 0 else "no longer on wire.raw"
    about = [walk.id, walk.source, walk.format, f"raw {walk.record}", size]
    yield Text(" · ".join(plain(part) for part in about if part), "dim")
    yield Text("")
    steps: dict[str, list[str]] = {}
    for step in walk.steps:
        stage = _stage_of(step.topic, settings)
        steps.setdefault(stage, []).append(f"{step.topic} {step.partition}-{step.offset}")
    yield _line(RECEIVED, clock(walk.received), "", "", steps.pop(RECEIVED, []))
    for name, at, after in walk.stages:
        said = _said(walk, name)
        model = str(walk.trace.get(f"{name}.model", ""))
        yield _line(name, f"+{max(0.0, at - walk.received):.3f} s", f"{after:.3f} s", model, steps.pop(name, []))
        if said:
            yield Text(" " * 12 + plain(said))
    for name, places in steps.items():
        yield _line(name, "", "", "", places)
    yield Text("")
    yield from _end(walk, settings)
    yield from _chain(walk)
    if walk.others:
        yield Text(f"The same id or uri stands in raw records {', '.join(walk.others)} too.", "dim")
    yield Text(f"({walk.looked_at:,} records looked at.)", "dim")


def _line(stage: str, at: str, after: str, model: str, places: list[str]) -> Text:
    line = Text(f"{stage:<10}  ", "bold").append(f"{at:<20}{f'after {after}' if after else '':<18}")
    return line.append(", ".join(places), "cyan").append(f"  {model}" if model else "", "dim")


def _stage_of(topic: str, settings: Settings) -> str:
    """Which stage wrote to the topic."""
    suffix = topic.removeprefix(settings.topic_prefix)
    if suffix == RAW.suffix:
        return RECEIVED
    for spec in reversed(FLOW):
        if suffix == spec.writes.suffix or any(suffix == other.suffix for other in spec.diverts):
            return spec.name
    return "deliver" if suffix.startswith("desk.") else "ended"


def _said(walk: Walk, stage: str) -> str:
    """What a stage decided, in a line."""
    document = walk.document
    if stage == "dedup" and (verdict := walk.verdict):
        of = f" of {verdict.of}" if verdict.of else ""
        alike = f", {verdict.similarity:.0%} alike, {verdict.containment:.0%} contained" if verdict.of else ""
        seen = ", ".join(f"{name} {value}" for name, value in verdict.evidence.items())
        return f"{verdict.status}{of} by the rule {verdict.rule}{alike}{f' ({seen})' if seen else ''}"
    if stage == "tag":
        names = dict.fromkeys(tag["name"] for tag in document.get("tags", ()))
        return f"{len(names)} names: {', '.join(list(names)[:8])}" if names else ""
    if stage == "classify":
        return ", ".join(f"{topic['name']} {topic['confidence']:.2f}" for topic in document.get("topics", ())[:4])
    if stage == "deliver":
        parts = [f"desks {', '.join(document['desks'])}"] if document.get("desks") else []
        if isinstance(document.get("changes"), dict) and document["changes"].get("summary"):
            parts.append(str(document["changes"]["summary"]))
        return "; ".join(parts)
    return "; ".join(document.get("notes", ())) if stage == "parse" else ""


def _end(walk: Walk, settings: Settings) -> Iterator[Text]:
    document = walk.document
    if not walk.outcome:
        last = walk.steps[-1].topic if walk.steps else settings.topic(RAW)
        suffix = last.removeprefix(settings.topic_prefix)
        reader = next(
            (s.name for s in FLOW if suffix in (s.reads.suffix, *(a.suffix for a in s.also_reads))), "the next stage"
        )
        line = Text("has not ended: ", "bold yellow").append(f"it has got to {last}, and waits for {reader}.")
        yield line.append(" Is a worker running? `wire doctor` says.")
        return
    line = Text("ended: ", "bold").append(ENDS.get(walk.outcome, walk.outcome), STYLES.get(walk.outcome, ""))
    match walk.outcome:
        case "dead":
            line.append(f" in {plain(document['stage'])}: {plain(document['reason'])}. {plain(document['detail'])}")
        case "skipped":
            line.append(f": {plain(document.get('reason', ''))}. {plain(document.get('detail', ''))}")
        case "held":
            line.append(f" until {plain(document.get('embargo') or 'further notice')}")
        case "killed":
            line.append(f", raw record {plain(document.get('killed_by_record', '?'))}")
        case "duplicate" | "superseded":
            line.append(f" of {plain(document.get('of', ''))}")
    if document.get("outputs"):
        line.append(f": {', '.join(settings.topic_prefix + output for output in document['outputs'])}")
    if document.get("released"):
        line.append(f", released {clock(document['released'])}")
    yield line


def _chain(walk: Walk) -> Iterator[Text]:
    chain = walk.chain
    if chain is None or (len(chain.versions) < 2 and not chain.killed):
        return
    count = len(chain.versions)
    yield Text(f"chain of {plain(chain.cluster)}: {count} version{'s' * (count != 1)}", "bold")
    for number, version in enumerate(chain.versions, 1):
        here = version.record == walk.record
        line = Text(f"  {number} ").append(f"{version.status:<11}", STYLES.get(version.status, ""))
        line.append(f"{version.outcome:<11}{clock(version.at)}  ").append(
            plain(version.headline), "bold" if here else ""
        )
        yield line.append(f"  raw {version.record}{'  ← this one' if here else ''}", "dim")
    if chain.missing:
        yield Text(f"  missing: versions {', '.join(chain.missing)}", "yellow")
    if chain.killed:
        line = Text(f"  killed by raw {chain.killed}", "red")
        if walk.receipt:
            line.append(f" at {clock(walk.receipt.get('at', 0.0))}")
        where = ", ".join(f"{output} ({len(ids)})" for output, ids in chain.carried.items())
        yield line.append(f"; taken back from {where}" if where else "; it had gone nowhere")
