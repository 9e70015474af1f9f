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
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from pipeline.errors import Usage
from pipeline.evaluation import reliability
from pipeline.evaluation.counting import Counts
from pipeline.evaluation.detokenise import detokenise
from pipeline.evaluation.entities_report import TYPES, print_details, print_names, print_places
from pipeline.evaluation.printing import wide
from pipeline.evaluation.reuters import score_places
from pipeline.evaluation.rows import read
from pipeline.evaluation.tagging import tag_all
from pipeline.evaluation.trainer import TAUGHT_BY, shared, trainer
from pipeline.model import Tag
from pipeline.stages.tag import Tagging
from pipeline.tags.tagger import Tagger
from pipeline.tags.weights import Weights

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
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What a name was and what it was taken for, `none` where the other side has no name there."""
    answers: list[tuple[float, bool]] = field(default_factory=list)
    """The confidence of each name given, and whether it was right."""

    def as_json(self, limit_errors: int) -> dict[str, Any]:
        curve = reliability.bins(self.answers)
        return {
            "typed": self.typed.score().as_json(),
            "untyped": self.untyped.score().as_json(),
            **{kind: counts.score().as_json() for kind, counts in sorted(self.by_type.items())},
            "confusion": [{"gold": a, "given": b, "names": n} for (a, b), n in self.confusion.most_common()],
            "reliability": curve,
            "calibration_error": round(reliability.error(curve), 4),
            "worst": self.errors.most_common(limit_errors),
        }


def run(
    paths: list[str], json_out: Path | None, limit_errors: int, plot: Path | None = None, leave_out: bool = False
) -> int:
    """Score the tag stage on labelled data, print tables, write JSON if asked to. Exit status.

    `plot`: an SVG of the reliability of confidences by source. `leave_out`: score each source that the model was
    trained on by a model trained without it. Raises Usage for data without labels, Unavailable where training is asked
    for and cannot be done.
    """
    rows = list(read(paths))
    sentences = [r for r in rows if "tokens" in r and "tags" in r]
    wire = [r for r in rows if "places" in r and "tokens" not in r]
    if not sentences and not wire:
        raise Usage("No labelled entities in there: rows need `tokens` and `tags` (IOB2), or `text` and `places`.")
    stage = Tagging()
    report: dict[str, Any] = {"model": stage.model}
    console = wide()
    if sentences:
        report["sentences"] = {}
        for by in ("sentence", "document"):
            results = score_names(stage, stories(sentences, whole=by == "document"))
            if by == "document" and len(sentences) == sum(1 for _ in groupby(sentences, key=_document)):
                break
            print_names(console, f"Names, one {by} a story", results)
            report["sentences"][by] = {source: r.as_json(limit_errors) for source, r in results.items()}
            print_details(console, results, limit_errors)
            if plot is not None:
                curves = {source: reliability.bins(r.answers) for source, r in results.items()}
                plot.write_text(reliability.svg(f"Names by {stage.model}", curves), encoding="utf-8")
        if leave_out:
            left = leave_one_out(sentences)
            print_names(console, "Each source that the model learns from, by a model trained without it", left)
            report["left_out"] = {source: r.as_json(limit_errors) for source, r in left.items()}
    if wire:
        places = score_places(stage, wire)
        print_places(console, places, limit_errors)
        report["places"] = {name: score.as_json() for name, score in places.scores.items()}
    if json_out:
        json_out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 0


def leave_one_out(sentences: Sequence[dict[str, Any]]) -> dict[str, Result]:
    """The result of each source that the shipped model was trained on, by a model trained without it."""
    results: dict[str, Result] = {}
    for source in TAUGHT_BY["entities"]:
        rows = [row for row in sentences if row.get("source") == source]
        if rows:
            with TemporaryDirectory() as folder:
                path = Path(folder) / "names.npz"
                trainer("tags.build").without(source, shared() / "data", path)
                stage = Tagging(tagger=Tagger(Weights.load(path)))
            results |= score_names(stage, stories(rows, whole=False))
    return results


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
        found = {(t["type"], t["start"], t["end"]) for t in tags if t["field"] == "text" and t["type"] in TYPES}
        result.typed.add(found, wanted)
        result.untyped.add({s[1:] for s in found}, {s[1:] for s in wanted})
        for kind in TYPES:
            result.by_type[kind].add({s for s in found if s[0] == kind}, {s for s in wanted if s[0] == kind})
        text = "\n\n".join(story.paragraphs)
        _confuse(result, tags, found, wanted)
        result.errors.update(f"missed {kind}: {text[a:b]}" for kind, a, b in wanted - found)
        result.errors.update(f"wrong {kind}: {text[a:b]}" for kind, a, b in found - wanted)
    return dict(results)


def _confuse(result: Result, tags: Sequence[Tag], found: set[Span], wanted: set[Span]) -> None:
    """Count which kind was taken for which on the same words, and how sure each answer was."""
    kind_of = {span[1:]: span[0] for span in wanted}
    given = {span[1:]: span[0] for span in found}
    for place in kind_of.keys() | given.keys():
        result.confusion[kind_of.get(place, "none"), given.get(place, "none")] += 1
    for tag in tags:
        span = (tag["type"], tag["start"], tag["end"])
        if tag["field"] == "text" and span in found and "confidence" in tag:
            result.answers.append((tag["confidence"], span in wanted))
