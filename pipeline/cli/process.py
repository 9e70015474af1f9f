"""`wire process`: the stages without a broker, JSON lines out."""

from __future__ import annotations

import sys
from typing import Annotated

import orjson
import typer

from pipeline.cli.options import settings_from
from pipeline.errors import Usage
from pipeline.log import configure


def command(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, archives, JSON lines; - for standard input.")],
    source: Annotated[str, typer.Option(help="Name of the feed; else a story's own, or the file's name.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many records.")] = None,
    horizon_hours: Annotated[float | None, typer.Option(help="How far back dedup looks. [WIRE_HORIZON_HOURS]")] = None,
    pretty: Annotated[bool, typer.Option("--pretty", help="Indented, for reading.")] = False,
) -> int:
    """Parse, deduplicate, tag and classify any input without Kafka: one JSON object a story on standard output."""
    from itertools import islice

    from pipeline.offline import Offline
    from pipeline.replay.reading import read

    if not paths:
        raise Usage("name at least one file or folder, or - for standard input.")
    settings = settings_from(horizon_hours=horizon_hours)
    configure(settings)
    option = orjson.OPT_INDENT_2 if pretty else 0
    out = sys.stdout.buffer
    items = read(paths, source=source)
    for document in Offline(settings).process(islice(items, limit)):
        out.write(orjson.dumps(document, option=option | orjson.OPT_APPEND_NEWLINE))
    out.flush()
    return 0
