"""`wire tail`: read a topic as a person would."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, TypeVar

import typer

from pipeline.cli.console import for_people, write_lines
from pipeline.cli.options import settings_from
from pipeline.log import configure

LATEST = 10
"""Shown where neither --limit nor --from-start is given."""

T = TypeVar("T")


def command(
    topic: Annotated[str, typer.Argument(help="Suffix (stories, duplicates, dead, …) or full name.")] = "stories",
    from_start: Annotated[bool, typer.Option("--from-start", help="From the oldest record on.")] = False,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", "-f", help="Go on with what comes.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="At most so many stories.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines: the values as they are.")] = False,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
) -> int:
    """Show the latest stories of a topic, or all of them, or those that come.

    Without options the latest 10. --limit N: the latest N; with --from-start the first N; with --follow the next N.
    """
    from pipeline.broker.reading import find_topic, read
    from pipeline.cli.records import as_json as json_lines
    from pipeline.cli.records import render

    settings = settings_from(broker=broker, topic_prefix=prefix)
    configure(settings)
    name, spec = find_topic(settings, topic)
    latest = None if from_start else 0 if follow and limit else (limit or LATEST)

    def notice(text: str) -> None:
        print(f"wire: {text}", file=sys.stderr)

    records = read(settings, name, latest=latest, follow=follow, notice=notice)
    try:
        if as_json:
            lines = (line for record in records for line in json_lines(spec, record))
            write_lines(_choice(lines, limit, latest, follow))
            return 0
        console = for_people()
        shown = 0
        for item in _choice((item for record in records for item in render(spec, record)), limit, latest, follow):
            console.print(item)
            console.print()
            shown += 1
        if not shown:
            print(f"{name} holds nothing yet.", file=sys.stderr)
    finally:
        records.close()
    return 0


def _choice(items: Iterable[T], limit: int | None, latest: int | None, follow: bool) -> Iterator[T]:
    """Of what a record gives, for a batch gives several: the last `latest`, or the first `limit`."""
    if latest and not follow:
        yield from list(items)[-latest:]
    else:
        yield from islice(items, limit)
