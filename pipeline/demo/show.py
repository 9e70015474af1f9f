"""What the demonstration shows: the stages as they work, and the summary at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.ledger import Ledger
from pipeline.life.words import in_words
from pipeline.product import outcome_of
from pipeline.topology import FLOW

STYLES = {
    "new": "green",
    "update": "cyan",
    "correction": "yellow",
    "kill": "red",
    "duplicate": "blue",
    "superseded": "blue",
    "killed": "red",
    "skipped": "dim",
    "dead": "magenta",
    "passed": "",
    "held": "yellow",
    "mended": "dim",
}
ORDER = tuple(STYLES)

Samples = Iterable[tuple[str, dict[str, str], float]]


def stage_table(samples: Samples) -> Table:
    """Per stage: stories in, where they went, the mean CPU time a story."""
    taken: dict[str, float] = {}
    cpu: dict[str, float] = {}
    gone: dict[str, dict[str, float]] = {}
    for name, labels, value in samples:
        stage = labels.get("stage", "")
        match name:
            case "wire_stage_stories_in_total":
                taken[stage] = value
            case "wire_stage_cpu_seconds_total":
                cpu[stage] = value
            case "wire_stage_stories_out_total":
                gone.setdefault(stage, {})[labels["outcome"]] = value
    table = Table(box=box.SIMPLE_HEAD, title="stages", title_justify="left", title_style="bold")
    table.add_column("stage")
    table.add_column("in", justify="right")
    table.add_column("out")
    table.add_column("CPU a story", justify="right")
    for spec in FLOW:
        stories = taken.get(spec.name, 0.0)
        each = f"{1000 * cpu.get(spec.name, 0.0) / stories:.2f} ms" if stories else ""
        table.add_row(spec.name, f"{stories:.0f}", counts(gone.get(spec.name, {})), each)
    return table


def counts(outcomes: Mapping[str, float]) -> Text:
    """Outcomes that occurred, in a fixed order and colour."""
    text = Text()
    for outcome in sorted(outcomes, key=lambda o: ORDER.index(o) if o in ORDER else len(ORDER)):
        if outcomes[outcome]:
            text.append(f"{outcomes[outcome]:.0f} {outcome}  ", STYLES.get(outcome, ""))
    return text


def story_lines(ledger: Ledger, rows: int = 14) -> RenderableType:
    """A choice of stories, two lines each: status and headline; topics, people and places."""
    lines: list[RenderableType] = [Text("some of the stories", "bold")]
    for document in _choice(ledger, rows):
        status = outcome_of(document)
        head = Text(f"  {status:<11}", STYLES.get(status, ""), no_wrap=True, overflow="ellipsis")
        head.append(document.get("headline") or document["id"], "bold")
        parts = (_follows(document), in_words(document), _topics(document), _names(document))
        about = [part for part in parts if part]
        lines += [head, Text(" " * 13 + " · ".join(about), "dim", no_wrap=True, overflow="ellipsis")]
    return Group(*lines)


def _follows(document: dict[str, Any]) -> str:
    if not document.get("of"):
        return ""
    alike = max(document.get("similarity", 0.0), document.get("containment", 0.0))
    return f"of {document['of']} ({document['rule']}, {alike:.0%} alike)"


def _choice(ledger: Ledger, rows: int) -> list[dict[str, Any]]:
    by_status: dict[str, list[dict[str, Any]]] = {}
    for record in sorted(ledger.samples):
        document = ledger.samples[record]
        if "status" in document:
            by_status.setdefault("released" if "released" in document else outcome_of(document), []).append(document)
    chosen: list[dict[str, Any]] = []
    others = ["released", *(s for s in ORDER if s != "new")]
    by_status["kill"] = sorted(by_status.get("kill", []), key=lambda kill: not kill.get("kill", {}).get("reached"))
    for status in others:
        chosen += by_status.get(status, [])[:2]
    new = by_status.get("new", [])
    wanted = max(rows - len(chosen), 4)
    step = max(1, len(new) // wanted)
    return new[::step][:wanted] + chosen


def _topics(document: dict[str, Any]) -> str:
    return ", ".join(f"{t['name']} {t['confidence']:.2f}" for t in document.get("topics", [])[:2])


def _names(document: dict[str, Any]) -> str:
    seen: dict[str, None] = {}
    for tag in document.get("tags", []):
        if tag["type"] in ("person", "organisation", "place"):
            country = f" ({tag['country']})" if tag.get("country") else ""
            seen.setdefault(tag["name"] + country)
    return ", ".join(list(seen)[:4])


def ledger_lines(ledger: Ledger) -> RenderableType:
    """in = new + duplicates + … and whether it balances."""
    found = ledger.counts
    outcomes = [outcome for outcome in ORDER if found[outcome]]
    line = Text("ledger: ", "bold")
    line.append(f"{ledger.received} records in")
    stories = sum(found.values())
    if stories != ledger.received:
        line.append(f" holding {stories} stories")
    line.append(" = ")
    for i, outcome in enumerate(outcomes):
        line.append(" + " if i else "")
        line.append(f"{found[outcome]} {outcome}", STYLES[outcome])
    lines: list[RenderableType] = [line]
    if ledger.reasons:
        causes = ", ".join(f"{count} {reason}" for reason, count in ledger.reasons.most_common())
        lines.append(Text(f"        dead because of: {causes}"))
    if ledger.balanced:
        lines.append(Text("        it balances: every record is accounted for, exactly once", "green"))
    else:
        missing = ledger.received - ledger.accounted
        lines.append(Text(f"        IT DOES NOT BALANCE: {missing} records have not arrived", "bold red"))
        lines += [Text(f"        {r} is both {a} and {b}", "red") for r, a, b in ledger.contradictions[:5]]
    return Group(*lines)
