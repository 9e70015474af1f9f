"""`wire dead`: what could not be processed, by cause; one letter with its bytes; and back into the stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.broker import deadletters
from pipeline.broker.deadletters import Cause, Replayed
from pipeline.cli.console import for_people, write_lines
from pipeline.cli.options import settings_from
from pipeline.cli.records import clock, dead_document, dead_letter, escaped, first_bytes, plain
from pipeline.errors import Unavailable, Usage
from pipeline.headers import DeadLetter
from pipeline.log import configure
from pipeline.topics import DEAD, RAW

_HEX_WIDTH = 16
_SHOWN_BYTES = 64 * 1024
_KEPT_BYTES = 1024
"""Of each body while letters are listed: there may be many, and each may be large."""


def command(
    as_list: Annotated[bool, typer.Option("--list", help="One line a letter, oldest first.")] = False,
    show: Annotated[str | None, typer.Option(help="One letter whole: its number in --list, or its raw record.")] = None,
    replay: Annotated[bool, typer.Option("--replay", help="Send the original bytes to wire.raw again.")] = False,
    export: Annotated[Path | None, typer.Option(help="Write bodies and an index into this folder.")] = None,
    reason: Annotated[str, typer.Option(help="Only letters of this reason.")] = "",
    stage: Annotated[str, typer.Option(help="Only letters of this stage.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, for machines.")] = False,
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
) -> int:
    """List dead letters by cause, look into them, send them again."""
    if sum((as_list, show is not None, replay, export is not None)) > 1:
        raise Usage("--list, --show, --replay and --export are different things to do: give one of them.")
    settings = settings_from(broker=broker, topic_prefix=prefix)
    configure(settings)
    letters = deadletters.letters(settings, deadletters.Choice(stage, reason))
    console = for_people()

    if replay:
        raw = settings.topic(RAW)
        with Console(stderr=True).status(f"sending to {raw} …") as status:
            done = deadletters.replay(settings, letters, lambda n: status.update(f"sending to {raw}: {n}"))
        print(_replayed(done, raw))
    elif export is not None:
        try:
            count = deadletters.export(export, letters, _without_body)
        except OSError as e:
            raise Unavailable(f"{export} cannot be written ({e.strerror or e}): name another folder.") from e
        print(f"{count} dead letter{'s' * (count != 1)} in {export}: bodies/, and letters.jsonl with the reasons.")
    elif show is not None:
        wanted = _wanted(_in_order(letters), show)
        whole = next(filter(wanted, deadletters.letters(settings)), None)
        if whole is None:
            raise Unavailable(f"the dead letter {show} has just expired from {settings.topic(DEAD)}.")
        _show(console, whole, as_json)
    elif as_list:
        ordered = _in_order(letters)
        if as_json:
            _write_lines({"number": n, **_without_body(letter)} for n, letter in enumerate(ordered, 1))
        elif not ordered:
            print(_nothing(settings.topic(DEAD), stage, reason))
        else:
            console.print(_letter_table(ordered))
    else:
        found = deadletters.causes(letters)
        if as_json:
            _write_lines(asdict(cause) for cause in found)
        elif not found:
            print(_nothing(settings.topic(DEAD), stage, reason))
        else:
            console.print(_cause_table(found))
            print("`wire dead --list --reason …` lists them, `--show N` shows one, `--replay` sends them again.")
    return 0


@dataclass(frozen=True, slots=True)
class _Listed:
    """A letter without most of its body, and the size that it had."""

    letter: DeadLetter
    size: int


def _in_order(letters: Iterable[DeadLetter]) -> list[_Listed]:
    """Oldest first; the place in this list is the number that --show takes."""
    found = [
        _Listed(replace(letter, raw=replace(letter.raw, body=letter.raw.body[:_KEPT_BYTES])), len(letter.raw.body))
        for letter in letters
    ]
    return sorted(found, key=lambda listed: (listed.letter.at, listed.letter.raw.record))


def _wanted(ordered: list[_Listed], asked: str) -> Callable[[DeadLetter], bool]:
    """Recognises the letter that was asked for by number or raw record. Raises Usage where there is none."""
    if asked.isdigit():
        if not 1 <= int(asked) <= len(ordered):
            raise Usage(f"there are {len(ordered)} such dead letters; --show takes a number from `wire dead --list`.")
        chosen = ordered[int(asked) - 1].letter
    else:
        matching = [listed.letter for listed in ordered if str(listed.letter.raw.record) == asked]
        if not matching:
            raise Usage(f"there is no dead letter of a raw record {asked}; `wire dead --list` shows those there are.")
        chosen = matching[0]

    def is_it(letter: DeadLetter) -> bool:
        return (letter.raw.record, letter.stage, letter.reason, letter.at) == (
            chosen.raw.record,
            chosen.stage,
            chosen.reason,
            chosen.at,
        )

    return is_it


def _cause_table(causes: list[Cause]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("stage")
    table.add_column("reason", style="bold")
    table.add_column("letters", justify="right")
    table.add_column("last")
    table.add_column("such as", ratio=1, overflow="fold")
    for cause in causes:
        example = Text(plain(cause.example)).append(f"  (raw {cause.example_record})", "dim")
        table.add_row(plain(cause.stage), plain(cause.reason), f"{cause.count:,}", clock(cause.last), example)
    return table


def _letter_table(ordered: list[_Listed]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("raw record", no_wrap=True)
    table.add_column("died", no_wrap=True)
    table.add_column("reason", style="bold", overflow="fold")
    table.add_column("source", overflow="fold")
    table.add_column("bytes", justify="right")
    table.add_column("why, and how it begins", ratio=1, overflow="fold")
    for number, listed in enumerate(ordered, 1):
        letter = listed.letter
        why = Text(plain(letter.detail)).append(f"\n{first_bytes(letter.raw.body, 100)}", "dim")
        died = f"{clock(letter.at)} {plain(letter.stage)}"
        record = str(letter.raw.record) if deadletters.replayable(letter) else "elsewhere"
        cells = (str(number), record, died, plain(letter.reason), plain(letter.raw.source), f"{listed.size:,}")
        table.add_row(*cells, why)
    return table


def _show(console: Console, letter: DeadLetter, as_json: bool) -> None:
    if as_json:
        _write_lines([dead_document(letter)])
        return
    console.print(dead_letter(letter))
    raw = letter.raw
    console.print()
    for name, value in (
        ("received", clock(raw.received)), ("source", raw.source), ("id", raw.feed_id), ("format", raw.format),
        ("content type", raw.content_type), ("forged as", raw.truth),
    ):  # fmt: skip
        if value:
            console.print(Text(f"  {name:<13}{plain(value)}"))
    console.print()
    body = raw.body[:_SHOWN_BYTES]
    try:
        text = body.decode()
    except UnicodeDecodeError as e:
        # a body that is cut for showing may end inside a character
        text = body[: e.start].decode() if len(raw.body) > len(body) and e.start > len(body) - 4 else ""
    if text or not body:
        for line in text.splitlines():
            console.print(Text(escaped(line)), soft_wrap=True)
    else:
        for line in _hex(body):
            console.print(Text(line), soft_wrap=True)
    if len(raw.body) > len(body):
        console.print(Text(f"… {len(raw.body) - len(body):,} more bytes; `wire dead --export DIR` writes all.", "dim"))


def _hex(body: bytes) -> list[str]:
    """Offset, bytes, and the printable ones of them, as hexdump prints it."""
    lines = []
    for at in range(0, len(body), _HEX_WIDTH):
        row = body[at : at + _HEX_WIDTH]
        printable = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        lines.append(f"{at:08x}  {row.hex(' '):<{3 * _HEX_WIDTH}} {printable}")
    return lines


def _without_body(listed: _Listed | DeadLetter) -> dict[str, Any]:
    letter = listed.letter if isinstance(listed, _Listed) else listed
    document = dead_document(letter)
    document.pop("body", None)
    document.pop("body_base64", None)
    if isinstance(listed, _Listed):
        document["bytes"] = listed.size
    return document


def _replayed(done: Replayed, raw: str) -> str:
    lines = [f"{done.sent} record{'s' * (done.sent != 1)} sent to {raw} again, as they came."]
    if done.again:
        many = done.again != 1
        lines.append(
            f"{done.again} more {'were of stories' if many else 'was of a story'} in the same record{'s' * many}."
        )
    if done.foreign:
        lines.append(f"{done.foreign} left out: not from {raw}, so there is nothing to send again.")
    if done.sent:
        lines.append("Their letters stay on record; what becomes of them now is on the output topics.")
    return "\n".join(lines)


def _nothing(topic: str, stage: str, reason: str) -> str:
    if stage or reason:
        asked = " ".join(
            part for part in (f"stage {stage}" if stage else "", f"reason {reason}" if reason else "") if part
        )
        return f"{topic} holds no dead letter with {asked}; `wire dead` shows the causes there are."
    return f"{topic} is empty: nothing has died."


def _write_lines(documents: Iterable[dict[str, Any]]) -> None:
    write_lines(map(orjson.dumps, documents))
