"""`wire ledger`: every record of `wire.raw` ends exactly once; which do not, and how far they have got."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli.console import for_people, write_lines
from pipeline.cli.options import settings_from
from pipeline.cli.records import clock
from pipeline.demo.show import STYLES
from pipeline.errors import Unavailable, Usage
from pipeline.log import configure
from pipeline.topics import RAW, STORIES

if TYPE_CHECKING:
    from pipeline.ledger import LedgerReader
    from pipeline.settings import Settings
    from pipeline.trace.walk import Step

DELIVERED = ("new", "update", "correction", "kill")
OTHERS = ("duplicate", "superseded", "held", "killed", "skipped", "dead")
NAMED = 50
"""Of records that have not ended, so many are looked for on the topics between the stages."""

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def command(
    since: Annotated[str, typer.Option(help="Raw records from then on: 90m, 24h, 2d, an ISO time, or 'all'.")] = "24h",
    wait: Annotated[float, typer.Option(min=0, help="Seconds that records on their way are given to end.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
) -> int:
    """Check that every raw record has ended, once: in = delivered + duplicate + … + dead. Exit 1 where not.

    Looked at are the records that are there when it starts. wire.stories keeps earlier versions of an id for two days;
    further back these may seem not to have ended.
    """
    from pipeline.broker.clients import consumer

    begin = _moment(since)
    settings = settings_from(broker=broker, topic_prefix=prefix)
    configure(settings)
    with consumer(settings) as client:  # first of all, for its sentences where Kafka or the topics are not there
        for spec in (RAW, STORIES):
            if not client.partitions_for_topic(settings.topic(spec)):
                raise Unavailable(f"there is no topic {settings.topic(spec)} on the broker: `wire topics` creates it.")
        with Console(stderr=True).status("reading …"):
            found = _read(settings, client, begin, wait)
    if as_json:
        write_lines([orjson.dumps(found, option=orjson.OPT_INDENT_2)])
    else:
        _show(for_people(), found)
    return 0 if found["balanced"] else 1


def _moment(since: str) -> float | None:
    if since == "all":
        return None
    if span := _SPAN.fullmatch(since.strip()):
        return time.time() - float(span[1]) * _SECONDS[span[2]]
    try:
        moment = datetime.fromisoformat(since).timestamp()
    except (ValueError, OverflowError):
        raise Usage(f"--since takes a span such as 90m, 24h or 2d, an ISO time, or 'all', not {since!r}.") from None
    if moment > time.time():
        raise Usage(f"--since {since} is in the future: there is nothing to count yet.")
    return moment


def _read(settings: Settings, client: Any, begin: float | None, wait: float) -> dict[str, Any]:
    from pipeline.ledger import LedgerReader
    from pipeline.trace.far import how_far
    from pipeline.trace.search import Search

    reader = LedgerReader(settings, begin)
    try:
        ends = reader.raw_ends()
        deadline: float | None = None
        while True:
            ledger = reader.poll()
            if not reader.caught_up:
                continue
            deadline = deadline or time.monotonic() + wait
            missing = reader.open(ends)
            if not missing or time.monotonic() > deadline:
                break
        search = Search(client, settings)
        missing += _decided_only(search, reader, begin, missing)
        far = how_far(search, missing[:NAMED])
        received = sum(max(0, end - reader.begins[place]) for place, end in ends.items())
    finally:
        reader.close()
    counts = ledger.counts
    return {
        "since": begin,
        "received": received,
        "stories": sum(counts.values()),
        "delivered": {status: counts[status] for status in DELIVERED},
        **{outcome: counts[outcome] for outcome in OTHERS},
        "dead_because": dict(ledger.reasons.most_common()),
        "again": ledger.repeats,
        "balanced": not missing and not ledger.contradictions,
        "not_ended": [{"record": name, **_last(far.get(name))} for name in missing],
        "twice": [{"record": name, "outcomes": [a, b]} for name, a, b in ledger.contradictions],
    }


def _decided_only(search: Any, reader: LedgerReader, begin: float | None, missing: list[str]) -> list[str]:
    """Stories that dedup has decided on and that have not ended, though another of the same raw record has."""
    from pipeline.topics import VERDICTS
    from pipeline.trace.tracer import packets_of

    ended, known = reader.ledger.ended, frozenset(missing)
    names = dict.fromkeys(
        packet.card.record
        for packet in packets_of(search.between([VERDICTS], [b""], begin or 0.0, time.time() - 60.0))
        if packet.card.record not in ended and reader.counts(packet.card.record)
    )
    return [name for name in names if name.partition(".")[0] not in known]


def _last(step: Step | None) -> dict[str, Any]:
    if step is None:
        return {"last": None}
    return {"last": step.topic, "partition": step.partition, "offset": step.offset, "at": step.at}


def _show(console: Console, found: dict[str, Any]) -> None:
    since = f" since {clock(found['since'])}" if found["since"] else ""
    line = Text(f"in: {found['received']:,} records{since}", "bold")
    if found["stories"] != found["received"]:
        line.append(f", with {found['stories']:,} stories", "")
    console.print(line)
    delivered = found["delivered"]
    line = Text(f"  = {sum(delivered.values()):,} delivered").append(
        f" ({', '.join(f'{count:,} {status}' for status, count in delivered.items() if count) or 'none'})", "dim"
    )
    for outcome in OTHERS:
        line.append(f" + {found[outcome]:,} {outcome}", STYLES.get(outcome, ""))
    console.print(line)
    if found["dead_because"]:
        causes = ", ".join(f"{count:,} {reason}" for reason, count in found["dead_because"].items())
        console.print(Text(f"    dead because of: {causes}", "dim"))
    if found["balanced"]:
        console.print(Text("it balances: every record has ended, exactly once.", "green"))
        return
    missing, twice = found["not_ended"], found["twice"]
    parts = [f"{len(missing):,} have not ended"] if missing else []
    parts += [f"{len(twice):,} ended twice"] if twice else []
    console.print(Text(f"IT DOES NOT BALANCE: {' and '.join(parts)}.", "bold red"))
    if missing:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in ("raw record", "has got to", "there since"):
            table.add_column(name, no_wrap=True)
        for one in missing[:NAMED]:
            place = f"{one['last']} {one['partition']}-{one['offset']}" if one["last"] else "nowhere: it is gone"
            table.add_row(one["record"], place, clock(one["at"]) if one["last"] else "")
        console.print(table)
        if len(missing) > NAMED:
            console.print(f"… and {len(missing) - NAMED:,} more; --json lists them all.")
    for one in twice:
        console.print(Text(f"{one['record']} is both {' and '.join(one['outcomes'])}", "red"))
    console.print("`wire trace RECORD` follows one of them; docs/runbooks/ledger-out-of-balance.md says what to do.")
