"""`wire audit`: dedup's memory rebuilt from the raw records, compared with what was decided and written."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from pipeline.cli.console import for_people, write_lines
from pipeline.cli.options import settings_from
from pipeline.log import configure

SHOWN = 200


def command(
    limit: Annotated[int, typer.Option(min=1, help="Differences to show; all are counted.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a difference, then the counts.")] = False,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
) -> int:
    """Decide every story anew, from wire.raw, in the order of wire.verdicts; name each difference. Exit 1 on any.

    Reads only. Records of wire.stories and wire.duplicates are compared as well. Needs about as much time and memory
    as a worker that takes in the same stories.
    """
    from pipeline.broker.auditing import audit
    from pipeline.dedup.audit import Auditor, Difference
    from pipeline.stages.dedup import Dedup

    settings = settings_from(broker=broker, topic_prefix=prefix)
    configure(settings)
    auditor = Auditor(Dedup(settings.horizon_hours * 3600))
    found: list[Difference] = []
    count = 0
    with Console(stderr=True).status("reading …") as status:

        def notice(done: int) -> None:
            if done % 1000 == 0:
                status.update(f"{done:,} verdicts decided anew, {count:,} differences")

        for difference in audit(settings, auditor, notice):
            count += 1
            if len(found) < limit:
                found.append(difference)
    counts = auditor.counts
    if as_json:
        write_lines([*(orjson.dumps(asdict(d)) for d in found), orjson.dumps(asdict(counts) | {"differences": count})])
        return int(count > 0)
    console = for_people()
    if found:
        table = Table("record", "story", "where", "what", "said", "now", box=None, pad_edge=False)
        for d in found:
            table.add_row(d.record, d.id[:40], d.where, d.what, d.said[:SHOWN], d.now[:SHOWN])
        console.print(table)
    statuses = ", ".join(f"{n:,} {status}" for status, n in sorted(counts.statuses.items()))
    console.print(f"{counts.decided:,} verdicts decided anew{': ' + statuses if statuses else ''}.", highlight=False)
    if counts.repeated or counts.taken_over:
        console.print(
            f"{counts.repeated:,} entries repeat another; {counts.taken_over:,} were taken over, for their raw record "
            "is gone or the log's beginning.",
            highlight=False,
        )
    console.print(f"{counts.compared:,} records of the output topics compared.", highlight=False)
    console.print(f"{count:,} differences." if count else "No difference.", style="bold red" if count else "bold green")
    return int(count > 0)
