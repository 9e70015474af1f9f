"""How well the classify stage does on labelled stories: `wire eval topics DATA`.

DATA is JSON lines (plain or gzipped) or a folder with `*topics*.jsonl*`; a row has `title`, `text`, `medtop` (the one
top-level code, or null), `accept` (the codes that count as right) and `source`. As the data's own description has it:
*micro* is the share of stories whose best topic is in `accept`; *macro* is the mean F1 over the topics of the rows with
a `medtop`, a prediction in `accept` counting as that code. Both count every story, however doubtful; *coverage* and
*precision* are those of the stage as it runs, which abstains below its threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import Usage
from pipeline.evaluation import reliability, rows
from pipeline.evaluation.judged import Judged
from pipeline.evaluation.leave_out import leave_one_out, print_left_out
from pipeline.evaluation.printing import wide
from pipeline.evaluation.topics_report import Report
from pipeline.model import Story
from pipeline.stages.classify import Classify

BATCH = 200


def run(
    paths: list[str], json_out: Path | None, limit_errors: int, plot: Path | None = None, leave_out: bool = False
) -> int:
    """Judge the rows of `paths`, print tables, write JSON to `json_out` if given; returns the exit status.

    `limit_errors`: how many of the surest mistakes to show. `plot`: an SVG of the reliability of each source's
    confidences. `leave_out`: judge each source that the model was trained on by a model trained without it.
    Raises Usage where there is nothing to read, Unavailable where training is asked for and cannot be done.
    """
    labelled = list(_rows(paths))
    if not labelled:
        raise Usage("No labelled rows found: name a JSON-lines file with title, text, medtop, accept and source.")
    stage = Classify()
    out = wide()
    judged = judge(stage, labelled)
    report = Report.of(stage.model, judged, limit_errors)
    report.print(out)
    document = report.as_dict()
    if leave_out:
        left = leave_one_out(labelled, judged)
        print_left_out(out, left)
        document["left_out"] = [one.as_dict() for one in left]
    if json_out is not None:
        json_out.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    if plot is not None:
        plot.write_text(reliability.svg(f"Topics by {stage.model}", report.curves), encoding="utf-8")
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
