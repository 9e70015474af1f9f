"""`wire eval entities`: names against labelled sentences, places against what Reuters' editors tagged.

Rows with `tokens` and IOB2 `tags` are labelled sentences: `source` groups them, and rows of one `doc` make one story.
Rows with `places` are wire stories of Reuters-21578: there the countries that editors gave a story are compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from pipeline.errors import Usage
from pipeline.evaluation.counting import Counts
from pipeline.evaluation.detokenise import detokenise
from pipeline.evaluation.reuters import Places, score_places
from pipeline.evaluation.rows import read
from pipeline.evaluation.tagging import tag_all
from pipeline.stages.tag import Tagging

KINDS = {
    "PER": "person", "ORG": "organisation", "LOC": "place", "person": "person", "location": "place", "GPE": "place",
    "FAC": "place", "group": "organisation", "corporation": "organisation", "PERSON": "person", "NORP": "", "MISC": "",
    "product": "", "creative-work": "",
}  # fmt: skip
"""Labels of corpora to tag types; what is neither person, organisation nor place is not looked for."""
Span = tuple[str, int, int]


@dataclass(slots=True)
class Labelled:
    """A labelled story: its paragraphs and the names in them, as characters of the text."""

    source: str
    paragraphs: list[str]
    spans: list[Span]


@dataclass(slots=True)
class Result:
    """Scores of one source."""

    typed: Counts = field(default_factory=Counts)
    untyped: Counts = field(default_factory=Counts)
    by_type: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    errors: Counter[str] = field(default_factory=Counter)


def run(paths: list[str], json_out: Path | None, limit_errors: int) -> int:
    """Score the tag stage on labelled data, print tables, write JSON if asked to. Exit status."""
    rows = list(read(paths))
    sentences = [r for r in rows if "tokens" in r and "tags" in r]
    wire = [r for r in rows if "places" in r and "tokens" not in r]
    if not sentences and not wire:
        raise Usage("No labelled entities in there: rows need `tokens` and `tags` (IOB2), or `text` and `places`.")
    stage = Tagging()
    report: dict[str, Any] = {"model": stage.model}
    console = Console()
    if sentences:
        report["sentences"] = {}
        for by in ("sentence", "document"):
            results = score_names(stage, stories(sentences, whole=by == "document"))
            if by == "document" and len(sentences) == sum(1 for _ in groupby(sentences, key=_document)):
                break
            _print_names(console, f"Names, one {by} a story", results)
            report["sentences"][by] = {
                source: {
                    "typed": r.typed.score().as_json(), "untyped": r.untyped.score().as_json(),
                    **{kind: s.score().as_json() for kind, s in sorted(r.by_type.items())},
                    "worst": r.errors.most_common(limit_errors),
                }
                for source, r in results.items()
            }  # fmt: skip
            _print_errors(console, results, limit_errors)
    if wire:
        places = score_places(stage, wire)
        _print_places(console, places, limit_errors)
        report["places"] = {name: score.as_json() for name, score in places.scores.items()}
    if json_out:
        json_out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 0


def _document(row: dict[str, Any]) -> tuple[object, object]:
    return (row.get("source"), row.get("doc") or id(row))


def stories(rows: Sequence[dict[str, Any]], whole: bool) -> list[Labelled]:
    """Labelled sentences as stories: each sentence one, or (`whole`) the sentences of a document as its paragraphs."""
    out: list[Labelled] = []
    groups = [list(g) for _, g in groupby(rows, key=_document)] if whole else [[r] for r in rows]
    for group in groups:
        story = Labelled(str(group[0].get("source", "")), [], [])
        base = 0
        for row in group:
            text, offsets = detokenise(row["tokens"])
            story.spans += [(kind, base + a, base + b) for kind, a, b in _spans(row["tags"], offsets)]
            story.paragraphs.append(text)
            base += len(text) + 2
        out.append(story)
    return out


def _spans(tags: Sequence[str], offsets: Sequence[tuple[int, int]]) -> list[Span]:
    """The names that IOB2 tags mark, of the kinds that are looked for."""
    spans: list[Span] = []
    open_label = ""
    for tag, (start, end) in zip(tags, offsets, strict=True):
        side, _, label = tag.partition("-")
        if side == "I" and label == open_label and spans:
            spans[-1] = (spans[-1][0], spans[-1][1], end)
        elif side in ("B", "I"):
            spans.append((KINDS.get(label, label), start, end))
        open_label = label if side in ("B", "I") else ""
    return [s for s in spans if s[0]]


def score_names(stage: Tagging, labelled: Sequence[Labelled]) -> dict[str, Result]:
    """Exact spans, with and without their type, per source."""
    results: dict[str, Result] = defaultdict(Result)
    for story, tags in zip(labelled, tag_all(stage, [("", s.paragraphs) for s in labelled]), strict=True):
        result = results[story.source]
        wanted = set(story.spans)
        found = {(t["type"], t["start"], t["end"]) for t in tags if t["field"] == "text" and t["type"] in _TYPES}
        result.typed.add(found, wanted)
        result.untyped.add({s[1:] for s in found}, {s[1:] for s in wanted})
        for kind in _TYPES:
            result.by_type[kind].add({s for s in found if s[0] == kind}, {s for s in wanted if s[0] == kind})
        text = "\n\n".join(story.paragraphs)
        result.errors.update(f"missed {kind}: {text[a:b]}" for kind, a, b in wanted - found)
        result.errors.update(f"wrong {kind}: {text[a:b]}" for kind, a, b in found - wanted)
    return dict(results)


_TYPES = ("person", "organisation", "place")


def _print_names(console: Console, title: str, results: dict[str, Result]) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("source", no_wrap=True)
    for column in ("names", "P", "R", "F1 typed", "F1 untyped", "person", "organisation", "place"):
        table.add_column(column, justify="right")
    for source, r in results.items():
        typed = r.typed.score()
        table.add_row(
            source, str(r.typed.wanted), f"{typed.precision:.3f}", f"{typed.recall:.3f}", f"{typed.f1:.3f}",
            f"{r.untyped.score().f1:.3f}", *(f"{r.by_type[kind].score().f1:.3f}" for kind in _TYPES),
        )  # fmt: skip
    console.print(table)


def _print_errors(console: Console, results: dict[str, Result], limit: int) -> None:
    for source, r in results.items():
        if limit and r.errors:
            console.print(f"{source}, most frequent errors:")
            for error, n in r.errors.most_common(limit):
                console.print(f"  {n:4d}  {error}", markup=False)


def _print_places(console: Console, places: Places, limit: int) -> None:
    table = Table(title="Countries against Reuters' place tags", title_justify="left")
    table.add_column("counted")
    for column in ("P", "R", "F1"):
        table.add_column(column, justify="right")
    for name, score in places.scores.items():
        table.add_row(name, f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}")
    console.print(table)
    for error, n in places.errors.most_common(limit):
        console.print(f"  {n:4d}  {error}", markup=False)
