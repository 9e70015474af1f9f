"""`wire desks`: check routing rules, see which stories would go where and why, and what a change of rules changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.table import Table
from rich.text import Text

from pipeline.cli.console import for_people, write_lines
from pipeline.cli.options import settings_from
from pipeline.cli.records import plain
from pipeline.demo.show import STYLES
from pipeline.desks.reading import load
from pipeline.desks.rules import Desks
from pipeline.desks.trial import Routed, routed
from pipeline.errors import Usage
from pipeline.log import configure
from pipeline.rulefiles.lines import Flawed
from pipeline.settings import Settings
from pipeline.topics import desk_topic


class Action(StrEnum):
    """What to do with the rules."""

    check = "check"
    try_ = "try"
    diff = "diff"


def command(
    action: Annotated[Action, typer.Argument(help="What to do.")],
    paths: Annotated[
        list[str] | None, typer.Argument(help="check [FILE], try FILE PATH…, or diff OLD NEW PATH…", metavar="FILE…")
    ] = None,
    desk: Annotated[str | None, typer.Option(help="Only stories of this desk.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, for machines.")] = False,
) -> int:
    """Check routing rules, or try them on stories without a broker.

    check [FILE]: all that is wrong, with line numbers; exit 1 then. Without FILE the one that WIRE_DESKS_FILE names.

    try FILE PATH…: which stories of an input (as for wire process) go to which desk, and why.

    diff OLD NEW PATH…: the stories that two files route differently, and why.
    """
    settings = settings_from()
    configure(settings)
    given = paths or []
    match action:
        case Action.check:
            if len(given) > 1:
                raise Usage("wire desks check takes one file.")
            return _check(settings, Path(given[0]) if given else settings.desks_file, as_json)
        case Action.try_:
            if len(given) < 2:
                raise Usage("wire desks try takes the rules and at least one file or folder with stories.")
            return _try(_known(load(Path(given[0])), desk), _documents(settings, given[1:]), desk, as_json)
        case Action.diff:
            if len(given) < 3:
                raise Usage("wire desks diff takes the old rules, the new ones, and stories to try them on.")
            old, new = (load(Path(path)) for path in given[:2])
            _known(Desks([*old.desks, *new.desks]), desk)
            return _diff(old, new, list(_documents(settings, given[2:])), desk, as_json)


def _known(desks: Desks, desk: str | None) -> Desks:
    if desk is not None and desk not in desks.names:
        raise Usage(f"there is no desk {desk}; there are {', '.join(desks.names) or 'none'}.")
    return desks


def _documents(settings: Settings, paths: list[str]) -> Iterator[dict[str, Any]]:
    from pipeline.offline import Offline
    from pipeline.replay.reading import read

    return Offline(settings.model_copy(update={"desks_file": None})).process(read(paths))


def _check(settings: Settings, path: Path | None, as_json: bool) -> int:
    if path is None:
        raise Usage("name a file of rules, or set WIRE_DESKS_FILE.")
    try:
        desks = load(path)
    except Flawed as e:
        if as_json:
            write_lines(orjson.dumps({"file": str(path), "line": f.line, "flaw": f.message}) for f in e.flaws)
        else:
            print(e)
            print(f"{len(e.flaws)} thing{'s' * (len(e.flaws) != 1)} to mend; nothing of this file is taken up.")
        return 1
    if as_json:
        write_lines(orjson.dumps({"desk": d.name, "title": d.title, "line": d.line}) for d in desks.desks)
        return 0
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("desk", "topic", "title"):
        table.add_column(name, overflow="fold")
    table.add_column("line", justify="right")
    for one in desks.desks:
        table.add_row(one.name, settings.topic(desk_topic(one.name)), plain(one.title), str(one.line))
    console = for_people()
    if desks.desks:
        console.print(table)
    many = len(desks.desks) != 1
    console.print(f"{path} is sound: {len(desks.desks)} desk{'s' * many}.")
    return 0


def _try(desks: Desks, documents: Iterator[dict[str, Any]], only: str | None, as_json: bool) -> int:
    stories = routed(desks, documents)
    if as_json:
        write_lines(orjson.dumps(asdict(story)) for story in stories if only is None or only in story.desks)
        return 0
    console = for_people()
    found: Counter[str] = Counter()
    count = nowhere = 0
    for story in stories:
        count += 1
        nowhere += not story.desks
        found.update(story.desks.keys())
        if only is not None and only not in story.desks:
            continue
        console.print(_head(story))
        for name, why in story.desks.items():
            if only in (None, name):
                console.print(Text(f"    {name:<16} ", "cyan").append(plain(why), "dim"))
        if not story.desks:
            console.print(Text("    no desk", "yellow"))
    console.print()
    parts = [f"{name} {found[name]}" for name in desks.names]
    console.print(
        Text("; ".join([f"{count} stories", *([", ".join(parts)] if parts else []), f"to no desk {nowhere}."]))
    )
    return 0


def _diff(old: Desks, new: Desks, documents: list[dict[str, Any]], only: str | None, as_json: bool) -> int:
    pairs = list(zip(routed(old, documents), routed(new, documents), strict=True))
    changed = [(a, b) for a, b in pairs if _moved(a, b, only)]
    if as_json:
        write_lines(
            orjson.dumps({"id": a.id, "headline": a.headline, "gained": _more(b, a), "lost": _more(a, b)})
            for a, b in changed
        )
        return 0
    console = for_people()
    for a, b in changed:
        console.print(_head(a))
        for sign, style, more in (("-", "red", _more(a, b)), ("+", "green", _more(b, a))):
            for name, why in more.items():
                if only in (None, name):
                    console.print(Text(f"  {sign} {name:<16} ", style).append(plain(why), "dim"))
    console.print()
    names = dict.fromkeys((*old.names, *new.names))
    counts = []
    for name in names:
        plus = sum(name in _more(b, a) for a, b in pairs)
        minus = sum(name in _more(a, b) for a, b in pairs)
        if plus or minus:
            counts.append(f"{name} +{plus} -{minus}")
    console.print(Text(f"{len(changed)} of {len(pairs)} stories go elsewhere{': ' * bool(counts)}{', '.join(counts)}."))
    return 0


def _more(one: Routed, other: Routed) -> dict[str, str]:
    return {name: why for name, why in one.desks.items() if name not in other.desks}


def _moved(a: Routed, b: Routed, only: str | None) -> bool:
    moved = a.desks.keys() ^ b.desks.keys()
    return bool(moved) if only is None else only in moved


def _head(story: Routed) -> Text:
    head = Text(f"{story.status:<11}", STYLES.get(story.status, ""))
    return head.append(plain(story.headline) or "(no headline)", "bold").append(f"  {plain(story.id)}", "dim")
