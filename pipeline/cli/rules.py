"""`wire rules`: check a desk's vocabulary, and see what another one would change before switching to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from pipeline.cli.console import for_people
from pipeline.cli.options import settings_from
from pipeline.errors import Usage
from pipeline.log import configure

if TYPE_CHECKING:
    from pipeline.model import RawStory
    from pipeline.settings import Settings
    from pipeline.vocabulary.difference import Difference
    from pipeline.vocabulary.rules import Rules

app = typer.Typer(help="Check a desk's vocabulary, and see what a changed one would do.", no_args_is_help=True)

NOTHING = "none"
"""In the place of a file: no vocabulary."""
SAMPLES = 3


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="Vocabulary files.", metavar="FILE…")],
) -> int:
    """Check vocabulary files: every flaw with its line. Exit status 2 where there are any."""
    from pipeline.vocabulary.entries import Needle

    flawed = []
    for file in files:
        try:
            vocabulary = _rules(str(file)).vocabulary
        except Usage as e:
            flawed.append(str(e))
            continue
        needles: list[Needle] = [needle for entry in vocabulary.entries for needle in entry.needles]
        patterns = sum(needle.kind == "pattern" for needle in needles)
        print(
            f"{file}: sound ({vocabulary.version}): {_count(len(vocabulary.tags), 'tag')}, "
            f"{_count(len(vocabulary.topics), 'topic')}, {_count(len(vocabulary.adjustments), 'Media Topic')} changed, "
            f"{_count(len(needles) - patterns, 'term')}, {_count(patterns, 'pattern')}"
        )
    if flawed:
        raise Usage("\n".join(["not sound:", *flawed]))
    return 0


@app.command("diff")
def diff(
    old: Annotated[str, typer.Argument(help=f"The vocabulary in use; '{NOTHING}' for no vocabulary.", metavar="OLD")],
    new: Annotated[str, typer.Argument(help="The one that may come.", metavar="NEW")],
    paths: Annotated[
        list[str] | None, typer.Argument(help="Recorded stories: as for wire process.", metavar="PATH…")
    ] = None,
    from_topic: Annotated[
        str | None, typer.Option(help="Take the stories of a topic of the running Kafka: stories, raw.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many records; of a topic, the latest.")
    ] = None,
    samples: Annotated[int, typer.Option(min=0, help="Stories shown for each change.")] = SAMPLES,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write all changes here as JSON.")] = None,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
) -> int:
    """Say which tags and topics recorded stories would gain and lose under NEW: counts and samples."""
    from pipeline.stages.classify import Classify
    from pipeline.vocabulary.difference import Difference, compare, stories

    settings = settings_from(broker=broker)
    configure(settings)
    if bool(paths) == bool(from_topic):
        raise Usage("name the recorded stories: files or folders, or --from-topic, not both.")
    before, after = _rules(old), _rules(new)
    difference = Difference()
    raws = _from_topic(settings, from_topic, limit) if from_topic else _from_paths(paths or [], limit)
    recorded = stories(raws, settings.max_story_bytes, difference)
    compare(before, after, recorded, difference, samples, Classify())
    if json_out is not None:
        json_out.write_bytes(orjson.dumps(difference.as_dict(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    _print(difference, before, after)
    return 0


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _rules(name: str) -> Rules:
    from pipeline.vocabulary.rules import NONE, RulesFile

    return NONE if name == NOTHING else RulesFile(Path(name)).current()


def _from_paths(paths: list[str], limit: int | None) -> Iterator[RawStory]:
    from pipeline.replay.reading import FeedItem, read
    from pipeline.vocabulary.difference import raw

    for number, item in enumerate(islice(read(paths), limit)):
        if isinstance(item, FeedItem):
            yield raw(item.body, number, item.source, item.format)


def _from_topic(settings: Settings, topic: str, limit: int | None) -> Iterator[RawStory]:
    from pipeline.broker.reading import find_topic, read
    from pipeline.vocabulary.difference import raw

    name, spec = find_topic(settings, topic)
    if spec is not None and spec.suffix not in ("stories", "raw", "duplicates"):
        raise Usage(f"{name} holds no stories as they came or went out; choose stories, duplicates or raw.")
    records = read(settings, name, latest=limit)
    try:
        for number, record in enumerate(records):
            yield raw(record.value or b"", number)
    finally:
        records.close()


def _print(difference: Difference, before: Rules, after: Rules) -> None:
    from rich.markup import escape
    from rich.table import Table

    out = for_people()
    found = difference.as_dict()
    names = " → ".join(rules.version or "no vocabulary" for rules in (before, after))
    out.print(
        f"{names}: {difference.touched:,} of {difference.read:,} stories change"
        + (f"; {difference.confidences:,} more in confidence only" if difference.confidences else "")
        + (f"; {_count(difference.unreadable, 'record')} without a story" if difference.unreadable else "")
        + ".",
        highlight=False,
    )
    if not found["changes"]:
        return
    table = Table("what", "change", "stories", "which, and such as these")
    for change in found["changes"]:
        name = change["name"] + (f"  ({change['code']})" if change["code"] else "")
        lines = [] if change["what"] == "first topic" else [f"[bold]{escape(name)}[/bold]"]
        for sample in change["samples"]:
            why = f"  [dim]{escape(sample['evidence'])}[/dim]" if sample["evidence"] else ""
            lines.append(escape(sample["headline"][:100]) + why)
        table.add_row(change["what"], escape(change["change"]), f"{change['stories']:,}", "\n".join(lines))
    out.print(table)
