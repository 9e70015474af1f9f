"""`wire held`: what waits for its embargo to end, and letting one story go by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.broker.held import Waiting, release, waiting
from pipeline.cli.console import for_people, write_lines
from pipeline.cli.options import settings_from
from pipeline.cli.records import clock, plain
from pipeline.clock import clock_of
from pipeline.errors import Usage
from pipeline.life.embargo import NEVER
from pipeline.log import configure
from pipeline.topics import HELD

LATE_SECONDS = 2.0
"""A story that is due for longer than this should have gone out."""


def command(
    release_: Annotated[
        str | None, typer.Option("--release", help="Let this one go now: its id, or its raw record.", metavar="ID")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, for machines.")] = False,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
) -> int:
    """List the stories that are held: until when, why, and apart from them those that no clock will release."""
    settings = settings_from(broker=broker, topic_prefix=prefix)
    configure(settings)
    found = waiting(settings)
    now = clock_of(settings.clock_file)()
    if release_ is not None:
        one = _chosen(found, release_)
        release(settings, one, now)
        said = f"{plain(one.packet.verdict.id)} (raw {one.packet.card.record}) goes out as soon as a worker sees it"
        print(f"{said}; `wire trace {one.packet.card.record}` shows that it has.")
    elif as_json:
        write_lines(orjson.dumps(_document(one)) for one in found)
    elif not found:
        print(f"{settings.topic(HELD)} holds nothing: no story waits.")
    else:
        _show(for_people(), found, now)
    return 0


def _chosen(found: Sequence[Waiting], asked: str) -> Waiting:
    """Raises Usage where none is meant, or several."""
    meant = [one for one in found if asked in (one.packet.verdict.id, one.packet.card.id, one.packet.card.record)]
    if not meant:
        raise Usage(f"no held story has the id or raw record {asked!r}; `wire held` lists those that wait.")
    if len(meant) > 1:
        records = ", ".join(one.packet.card.record for one in meant)
        raise Usage(f"{len(meant)} versions of {asked} are held: name one by its raw record, {records}.")
    return meant[0]


def _document(one: Waiting) -> dict[str, Any]:
    card, verdict = one.packet.card, one.packet.verdict
    return {
        "id": verdict.id,
        "record": card.record,
        "status": verdict.status,
        "headline": card.headline,
        "source": card.source,
        "until": None if one.until == NEVER else one.until,
        "why": one.why,
        "embargo": card.embargo,
        "pubstatus": card.pubstatus,
        "received": card.received,
        "held_since": one.since,
    }


def _show(console: Console, found: Sequence[Waiting], now: float) -> None:
    timed = [one for one in found if one.until != NEVER]
    endless = [one for one in found if one.until == NEVER]
    if timed:
        table = _table("waits until", "in")
        for one in timed:
            left = one.until - now
            style = "bold red" if left < -LATE_SECONDS else ""
            _row(table, one, Text(clock(one.until)), Text(_span(left), style))
        console.print(table)
        late = sum(one.until - now < -LATE_SECONDS for one in timed)
        if late:
            console.print(Text(f"{late} should have gone out by now: is a worker running?", "bold red"))
    if endless:
        if timed:
            console.print()
        console.print(Text("no clock releases these, for when they may go out is not said or cannot be read:", "bold"))
        table = _table("held since", "the feed says")
        for one in endless:
            _row(table, one, Text(clock(one.since)), Text(plain(one.why.removeprefix("unreadable: "))))
        console.print(table)
        console.print("A later version, a kill, or `wire held --release ID` ends that.")


def _table(first: str, second: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, no_wrap=True)
    table.add_column(second, overflow="fold", max_width=48)
    table.add_column("id", overflow="fold")
    table.add_column("raw", no_wrap=True)
    table.add_column("headline", overflow="fold", ratio=1)
    return table


def _row(table: Table, one: Waiting, first: Text, second: Text) -> None:
    card = one.packet.card
    headline = Text(plain(card.headline) or "(no headline)", "bold").append(f"  {plain(card.source)}", "dim")
    table.add_row(first, second, plain(one.packet.verdict.id), card.record, headline)


def _span(seconds: float) -> str:
    """A span as a person says it: `3 h 12 min`, `45 s`, `due 20 s ago`."""
    if seconds < 0:
        return f"due {_span(-seconds)} ago" if seconds < -1 else "due"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours < 48 else f"{hours // 24} days"
