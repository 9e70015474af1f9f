"""`wire kills`: the receipt of every kill: which story, which outputs, and how soon."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.text import Text

from pipeline.broker.receipts import Receipt, receipts
from pipeline.cli.console import for_people, write_lines
from pipeline.cli.options import settings_from
from pipeline.cli.records import clock, plain
from pipeline.errors import Usage
from pipeline.log import configure
from pipeline.settings import Settings
from pipeline.topics import RECEIPTS

LATEST = 20


def command(
    id: Annotated[str | None, typer.Argument(help="Only the kill of this id, raw record, or killed story.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="The latest so many.")] = LATEST,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, for machines.")] = False,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
) -> int:
    """Show which story each kill took back, from which outputs, and how long that took from when the kill came in."""
    settings = settings_from(broker=broker, topic_prefix=prefix)
    configure(settings)
    found = receipts(settings)
    if id is not None:
        found = [one for one in found if id in (one.kill, one.record, one.of, one.cluster) or _carried(one, id)]
        if not found:
            raise Usage(f"no receipt speaks of {id!r}; `wire kills` lists all, `wire trace {id}` looks everywhere.")
    if as_json:
        write_lines(orjson.dumps(one.document()) for one in found[-limit:])
        return 0
    if not found:
        print(f"{settings.topic(RECEIPTS)} is empty: nothing was killed.")
        return 0
    console = for_people()
    for one in found[-limit:]:
        _show(console, one, settings)
    if len(found) > limit:
        console.print(Text(f"(the latest {limit} of {len(found)}; --limit shows more)", "dim"))
    return 0


def _carried(receipt: Receipt, id: str) -> bool:
    return any(id in ids for ids in receipt.reached.values())


def _show(console: Console, one: Receipt, settings: Settings) -> None:
    head = Text(f"{clock(one.received)}  ").append("KILL", "bold red")
    head.append(f"  {plain(one.source)} · {plain(one.kill)} · raw {one.record}", "dim")
    console.print(head)
    console.print(Text(f"  {plain(one.headline) or '(no headline)'}", "bold"))
    if one.of:
        console.print(Text(f"  of {plain(one.of)}"))
    for output, ids in one.reached.items():
        line = Text("  taken back from ").append(f"{settings.topic_prefix}{plain(output)}", "cyan")
        console.print(line.append(f": {', '.join(map(plain, ids))}"))
    if one.held:
        console.print(Text(f"  ended while held: raw {', '.join(map(plain, one.held))}"))
    if one.before_story:
        console.print(Text("  came before its story, which is stopped when it comes", "yellow"))
    elif not one.reached and not one.held:
        console.print(Text("  had gone nowhere", "yellow"))
    console.print(Text(f"  everywhere at {clock(one.confirmed)}, {one.took:.2f} s after it came in", "green"))
    console.print()
