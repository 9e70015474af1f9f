"""How well the classify stage does on labelled stories: `wire eval topics DATA`.

DATA is JSON lines (plain or gzipped) or a folder with `*topics*.jsonl*`; a row has `title`, `text`, `medtop` (the one
top-level code, or null), `accept` (the codes that count as right) and `source`. As the data's own description has it:
*micro* is the share of stories whose best topic is in `accept`; *macro* is the mean F1 over the topics of the rows with
a `medtop`, a prediction in `accept` counting as that code. Both count every story, however doubtful; *coverage* and
*precision* are those of the stage as it runs, which abstains below its threshold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from pipeline.errors import Usage
from pipeline.evaluation import rows
from pipeline.mediatopics import vocabulary
from pipeline.model import Story
from pipeline.stages.classify import Classify

BATCH = 200
BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled story and what the stage made of it."""

    row: dict[str, Any]
    best: str
    confidence: float
    answered: bool
    """False where the stage abstains."""

    @property
    def right(self) -> bool:
        return self.best in self.row["accept"]

    @property
    def source(self) -> str:
        return str(self.row.get("source") or "unnamed")


@dataclass(slots=True)
class Scores:
    """The figures of one group of stories."""

    stories: int
    micro: float
    macro: float
    coverage: float
    precision: float
    by_topic: dict[str, dict[str, float]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def run(paths: list[str], json_out: Path | None, limit_errors: int) -> int:
    """Judge the rows of `paths`, print tables, write JSON to `json_out` if given; returns the exit status.

    `limit_errors`: how many of the surest mistakes to show. Raises Usage where there is nothing to read.
    """
    labelled = list(_rows(paths))
    if not labelled:
        raise Usage("No labelled rows found: name a JSON-lines file with title, text, medtop, accept and source.")
    stage = Classify()
    judged = judge(stage, labelled)
    by_source: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_source[one.source].append(one)
    groups = {source: score(some) for source, some in sorted(by_source.items())}
    if len(groups) > 1:
        groups["all"] = score(judged)
        others = [one for one in judged if one.source != "huffpost"]
        if len(others) < len(judged):
            groups["all but huffpost"] = score(others)
    mistakes = sorted((one for one in judged if not one.right), key=lambda one: -one.confidence)[:limit_errors]
    confusion = confused(judged)
    curve = reliability(judged)
    _print(stage.model, groups, curve, confusion, mistakes)
    if json_out is not None:
        report = {
            "model": stage.model,
            "groups": {name: scores.as_dict() for name, scores in groups.items()},
            "reliability": curve,
            "confusion": confusion,
            "errors": [
                {"id": one.row.get("id"), "source": one.source, "title": one.row.get("title"),
                 "gold": one.row["accept"], "best": one.best, "confidence": round(one.confidence, 3)}
                for one in mistakes
            ],
        }  # fmt: skip
        json_out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 0


def judge(stage: Classify, labelled: Sequence[dict[str, Any]]) -> list[Judged]:
    """What the stage makes of each row."""
    judged = []
    for begin in range(0, len(labelled), BATCH):
        part = labelled[begin : begin + BATCH]
        stories = [_story(row) for row in part]
        for row, (best, confidence, answered) in zip(part, stage.best(stories), strict=True):
            judged.append(Judged(row, best, confidence, answered))
    return judged


def score(judged: Sequence[Judged]) -> Scores:
    """The figures of a group; see the module for what they mean."""
    answered = [one for one in judged if one.answered]
    by_topic = _by_topic(judged)
    return Scores(
        stories=len(judged),
        micro=_share(one.right for one in judged),
        macro=sum(t["f1"] for t in by_topic.values()) / len(by_topic) if by_topic else 0.0,
        coverage=len(answered) / len(judged),
        precision=_share(one.right for one in answered),
        by_topic=by_topic,
    )


def _by_topic(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of each topic that is some row's `medtop`."""
    pairs = [
        (one.row["medtop"], one.row["medtop"] if one.right else one.best) for one in judged if one.row.get("medtop")
    ]
    gold, given = Counter(g for g, _ in pairs), Counter(p for _, p in pairs)
    hits = Counter(g for g, p in pairs if g == p)
    return {
        topic: {
            "stories": gold[topic],
            "precision": hits[topic] / given[topic] if given[topic] else 0.0,
            "recall": hits[topic] / gold[topic],
            "f1": 2 * hits[topic] / (gold[topic] + given[topic]),
        }
        for topic in sorted(gold)
    }


def reliability(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Ten bins of the best topic's confidence: how sure it was against how often it was right."""
    bins: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        bins[min(int(one.confidence * BINS), BINS - 1)].append(one)
    return [
        {
            "from": at / BINS,
            "to": (at + 1) / BINS,
            "stories": len(some),
            "confidence": sum(one.confidence for one in some) / len(some),
            "right": _share(one.right for one in some),
        }
        for at, some in sorted(bins.items())
    ]


def confused(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Which topic was taken for which, most often first; rows that accept several topics count under their `medtop`."""
    counts = Counter((one.row["medtop"], one.best) for one in judged if one.row.get("medtop") and not one.right)
    return [{"gold": gold, "best": best, "stories": count} for (gold, best), count in counts.most_common()]


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0


def _story(row: dict[str, Any]) -> Story:
    paragraphs = [part for part in (row.get("text") or "").split("\n") if part.strip()]
    return Story(id=str(row.get("id", "")), source="", format="json", headline=row.get("title") or "", language="en",
                 paragraphs=paragraphs)  # fmt: skip


def _rows(paths: Sequence[str]) -> Iterator[dict[str, Any]]:
    files: list[str] = []
    for path in map(Path, paths):
        files += map(str, sorted(path.glob("*topics*.jsonl*"))) if path.is_dir() else [str(path)]
    for row in rows.read(files):
        if "accept" not in row:
            raise Usage("A row has no `accept`: these are not labelled topics (title, text, medtop, accept, source).")
        yield row


def _print(
    model: str,
    groups: dict[str, Scores],
    curve: list[dict[str, float]],
    confusion: list[dict[str, Any]],
    mistakes: Sequence[Judged],
) -> None:
    known = vocabulary.topics()
    out = Console()
    table = Table("source", "stories", "micro", "macro", "coverage", "precision", title=f"Topics by {model}")
    for name, s in groups.items():
        table.add_row(name, str(s.stories), *(f"{x:.3f}" for x in (s.micro, s.macro, s.coverage, s.precision)))
    out.print(table)
    for name, s in groups.items():
        if name.startswith("all") or len(groups) == 1:
            table = Table("topic", "stories", "precision", "recall", "F1", title=f"By topic, {name}")
            for code, t in s.by_topic.items():
                figures = (f"{t[x]:.3f}" for x in ("precision", "recall", "f1"))
                table.add_row(f"{code} {known[code].name}", str(t["stories"]), *figures)
            out.print(table)
    table = Table("confidence", "stories", "mean", "right", title="Reliability of the best topic's confidence")
    for b in curve:
        table.add_row(
            f"{b['from']:.1f}-{b['to']:.1f}", str(b["stories"]), f"{b['confidence']:.3f}", f"{b['right']:.3f}"
        )
    out.print(table)
    table = Table("gold", "taken for", "stories", title="Most often confused")
    for c in confusion[:12]:
        table.add_row(known[c["gold"]].name, known[c["best"]].name if c["best"] else "(nothing)", str(c["stories"]))
    out.print(table)
    if mistakes:
        table = Table("sure", "taken for", "accepted", "headline or text", title="Surest mistakes")
        for one in mistakes:
            text = one.row.get("title") or one.row.get("text") or ""
            accepted = known[one.row["medtop"]].name if one.row.get("medtop") else f"{len(one.row['accept'])} topics"
            best = known[one.best].name if one.best else "(nothing)"
            table.add_row(f"{one.confidence:.2f}", best, accepted, f"{one.source}: {text[:90]}")
        out.print(table)
