"""`wire why`: what dedup makes of two stories, and why."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli.options import settings_from
from pipeline.dedup.fingerprint import decode
from pipeline.dedup.frequency import Frequency
from pipeline.dedup.likeness import Likeness, compare
from pipeline.dedup.passages import Words, names, numbers, passages
from pipeline.errors import Usage
from pipeline.model import RawStory, RecordId, Verdict
from pipeline.packet import Packet
from pipeline.replay.reading import FeedItem, read
from pipeline.stages.dedup import Dedup
from pipeline.stages.parse import Parse

STYLES = {"shared": "", "first": "red", "second": "green"}
MARKS = {"shared": ("", ""), "first": ("[-", "-]"), "second": ("{+", "+}")}
"""Said in signs too, for output without colours."""
RULES = {
    "exact": "the same words and numbers in the same order",
    "near": "nearly the same text, and no number or name that speaks against it",
    "contained": "one text stands in the other, nearly whole",
    "expanded": "the earlier text stands in the later, which has more",
    "reworked": "a good part of the text, the figures and the names are the same",
    "marked": "the wire says it is an update, and text and names agree",
    "corrected": "the wire says it is a correction, of a story with that headline and most of that text",
    "same-figures": "the same figures under the same headline",
    "flash-filled": "the headline came first, the text follows",
    "headline": "a headline that a story already bears",
    "version": "the feed gives both the same id or uri, and the content changed",
    "same-id": "the feed gives both the same id or uri, and the same content",
    "older-version": "this is an older version, by its number or its time, of a story that has moved on",
    "kill": "the wire withdraws the story",
    "kill-unknown": "the wire withdraws a story that has not been seen",
    "killed-before": "the story was withdrawn",
    "series": "the same form filled in anew: other numbers, names or headline",
    "new": "nothing seen is like it",
}


def command(
    a: Annotated[str, typer.Argument(help="A file with one story; with --in, an id.", metavar="A")],
    b: Annotated[str, typer.Argument(help="The later one.", metavar="B")],
    inside: Annotated[list[str] | None, typer.Option("--in", help="Input that holds both, read in order.")] = None,
) -> int:
    """Show what two stories share, how they differ, and the rule by which dedup decides."""
    settings = settings_from()
    if inside is None:
        for path in (a, b):
            if not Path(path).is_file():
                raise Usage(f"there is no file {path}; name two files, or two ids and --in INPUT.")
    parse, dedup = Parse(settings.max_story_bytes), Dedup(settings.horizon_hours * 3600)
    found: list[Packet | None] = [None, None]
    for n, item in enumerate(read(inside or [a, b])):
        for packet in _packets(parse, item, n):
            dedup.run([packet])
            if inside is None:
                place = 0 if found[0] is None else 1
                found[place] = found[place] or packet
            for place, wanted in enumerate((a, b)):
                if inside and wanted in (packet.card.id, packet.verdict.id, packet.card.uri):
                    found[place] = packet
    for name, packet_ in zip((a, b), found, strict=True):
        if packet_ is None:
            where = f"is not in {', '.join(inside)}" if inside else "holds no story that can be read"
            raise Usage(f"{name} {where}.")
    first, second = found
    assert first is not None and second is not None
    _show(Console(), first, second)
    return 0


def _packets(parse: Parse, item: object, offset: int) -> list[Packet]:
    """The stories of one item of input."""
    if not isinstance(item, FeedItem):
        return []
    raw = RawStory(item.body, RecordId(0, offset), time.time(), item.source, item.format, item.feed_id)
    return [outcome for outcomes in parse.run([raw]) for outcome in outcomes if isinstance(outcome, Packet)]


def _show(console: Console, a: Packet, b: Packet) -> None:
    for side, packet in (("A", a), ("B", b)):
        verdict, card = packet.verdict, packet.card
        console.print(Text.assemble((f"{side}  ", "bold"), (packet.story.headline or "(no headline)", "bold")))
        console.print(Text(f"   {verdict.id} · {card.source} · {packet.story.published or 'no time'}", style="dim"))
        console.print(Text(f"   {_said(verdict)}"))
    console.print()
    table = Table(show_header=False, box=None, pad_edge=False)
    verdict = b.verdict
    together = a.verdict.cluster == verdict.cluster
    thread = a.verdict.thread == verdict.thread
    table.add_row("together", "yes, one chain" if together else "one thread, two stories" if thread else "no")
    table.add_row("rule", f"{verdict.rule}: {RULES.get(verdict.rule, verdict.rule)}")
    if also := verdict.evidence.get("also"):
        table.add_row("also from", _also(also))
    like = _likeness(a, b)
    table.add_row("resemblance", f"{like.resemblance:.2f} of all three-word runs are in both")
    table.add_row("containment", f"{like.containment:.2f} of the shorter text stands in the longer")
    if like.headline >= 0:
        table.add_row("headlines", f"{like.headline:.2f} alike by the weight of their words")
    for label, words in (("numbers", numbers(a.story, b.story)), ("names", names(a.story, b.story))):
        table.add_row(label, _compared(words))
    console.print(table)
    console.print()
    text = Text()
    for passage in passages(a.story, b.story):
        opening, closing = MARKS[passage.kind]
        text.append(f"{opening}{passage.text}{closing} ", style=STYLES[passage.kind])
    console.print(text or Text("(no text)"))
    console.print(Text.assemble(("\n[-only in A-]", "red"), "   ", ("{+only in B+}", "green"), "   in both"))


def _also(also: dict[str, Any]) -> str:
    """Who told the event before, and how much later or earlier this story is dated."""
    seconds = abs(also["behind"])
    apart = (
        f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds} s"
    )
    when = "at the same time as" if not seconds else f"{apart} {'after' if also['behind'] > 0 else 'before'}"
    return f"{', '.join(also['sources'])}; dated {when} the first, {also['first'] or 'a feed without a name'}"


def _said(verdict: Verdict) -> str:
    of = f" of {verdict.of}" if verdict.of else ""
    series = f", in a series with {verdict.evidence['series']}" if "series" in verdict.evidence else ""
    return f"{verdict.status}{of}{series}"


def _likeness(a: Packet, b: Packet) -> Likeness:
    return compare(decode(a.fingerprint), decode(b.fingerprint), Frequency().weigh)


def _compared(words: Words) -> Text:
    parts = ((words.shared, "both", ""), (words.first, "only A", "red"), (words.second, "only B", "green"))
    text = Text()
    for found, label, style in parts:
        if found:
            more = f" and {len(found) - 12} more" if len(found) > 12 else ""
            text.append(f"{label}: {', '.join(found[:12])}{more}   ", style=style)
    return text or Text("none")
