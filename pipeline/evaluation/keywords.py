"""`wire eval keywords`: the keywords of stories against those that people chose (rows with `text` and `keys`).

People choose freely and many; so what counts is whether the handful given is among theirs: precision, the share of
stories with at least one right, and recall of what they chose. A keyword is right where it equals one of theirs, or
(lenient) where one contains the other as whole words; letters' case and a plural s are ignored.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.markup import escape
from rich.table import Table

from pipeline.errors import Usage
from pipeline.evaluation.counting import Counts
from pipeline.evaluation.printing import wide
from pipeline.evaluation.rows import read
from pipeline.evaluation.tagging import tag_all
from pipeline.stages.tag import Tagging

_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class Result:
    """Counts over all stories."""

    exact: Counts = field(default_factory=Counts)
    lenient: Counts = field(default_factory=Counts)
    stories: int = 0
    hit: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    worst: list[tuple[float, str, list[str], list[str]]] = field(default_factory=list)
    """For each story the share of its keywords that nobody chose, its headline, what was given, what people chose."""
    by_source: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    """Lenient hits, by the rows' `source` where they have one."""


def run(paths: list[str], json_out: Path | None, limit_errors: int) -> int:
    """Score keywords on labelled stories, print a table, write JSON if asked to. Exit status."""
    rows = [r for r in read(paths) if r.get("keys")]
    if not rows:
        raise Usage("No labelled keywords in there: rows need `title` or `text`, and `keys`.")
    stage = Tagging()
    result = score(stage, rows)
    table = Table(title="Keywords against people's", title_justify="left")
    for column in ("stories", "counted", "P", "R", "F1", "stories with a hit"):
        table.add_column(column, justify="right")
    for name, counts in (("exact", result.exact), ("lenient", result.lenient)):
        s = counts.score()
        share = f"{result.hit / result.stories:.3f}" if name == "lenient" else ""
        table.add_row(str(result.stories), name, f"{s.precision:.3f}", f"{s.recall:.3f}", f"{s.f1:.3f}", share)
    console = wide()
    console.print(table)
    if len(result.by_source) > 1:
        table = Table("source", "P", "R", "F1", title="By source, lenient", title_justify="left")
        for source, counts in sorted(result.by_source.items()):
            s = counts.score()
            table.add_row(source, f"{s.precision:.3f}", f"{s.recall:.3f}", f"{s.f1:.3f}")
        console.print(table)
    for word, n in result.wrong.most_common(limit_errors):
        console.print(f"  {n:4d}  nobody chose: {word}", markup=False)
    worst = sorted(result.worst, key=lambda story: -story[0])[:limit_errors]
    if worst:
        table = Table("missed", "story", "given", title="Worst stories", title_justify="left")
        for missed, title, given, _ in worst:
            table.add_row(f"{missed:.2f}", escape(title), escape(", ".join(given)))
        console.print(table)
    if json_out:
        report = {
            "model": stage.model, "stories": result.stories, "hit": round(result.hit / result.stories, 4),
            "exact": result.exact.score().as_json(), "lenient": result.lenient.score().as_json(),
            "by_source": {source: counts.score().as_json() for source, counts in sorted(result.by_source.items())},
            "worst": [{"missed": m, "title": t, "given": g, "chosen": c} for m, t, g, c in worst],
        }  # fmt: skip
        json_out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 0


def score(stage: Tagging, rows: list[dict[str, Any]]) -> Result:
    """Counts over labelled stories."""
    texts = [
        (str(r.get("title") or ""), [p for p in re.split(r"\n\s*\n", str(r.get("text") or "")) if p.strip()])
        for r in rows
    ]
    result = Result()
    for row, tags in zip(rows, tag_all(stage, texts), strict=True):
        wanted = {normal(str(k)) for k in row["keys"]} - {""}
        found = {normal(t["name"]) for t in tags if t["type"] == "keyword"}
        near = {f for f in found if any(_holds(f, w) or _holds(w, f) for w in wanted)}
        result.exact.add(found, wanted)
        reached = {w for w in wanted if any(_holds(f, w) or _holds(w, f) for f in found)}
        result.lenient.right += len(near)
        result.lenient.found += len(found)
        result.lenient.wanted += len(near) + len(wanted) - len(reached)
        result.stories += 1
        result.hit += bool(near)
        result.wrong.update(found - near)
        of_source = result.by_source[str(row.get("source") or "all")]
        of_source.right += len(near)
        of_source.found += len(found)
        of_source.wanted += len(near) + len(wanted) - len(reached)
        share = len(found - near) / len(found) if found else 1.0
        result.worst.append(
            (share, str(row.get("title") or row.get("text") or "")[:100], sorted(found), sorted(wanted))
        )
    return result


def normal(phrase: str) -> str:
    """Small letters, words only, without a plural s."""
    return " ".join(w[:-1] if len(w) > 3 and w.endswith("s") else w for w in _WORD.findall(phrase.lower()))


def _holds(longer: str, shorter: str) -> bool:
    return f" {shorter} " in f" {longer} "
