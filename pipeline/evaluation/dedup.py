"""`wire eval dedup`: verdicts of the real parse and dedup stages against labelled pairs and clusters.

Forms: pairs (`a`, `b`, `label` of version, different, series or related, perhaps `weight`, with both texts), stories in
clusters (`cluster`, `story` or `event`), each judged as `wire process` would see them. Pairs whose stream lies beside
the file (`dev-wire-reuters.jsonl.gz`, which holds their ids) are judged by streaming all of it: a pair counts as linked
when both end in one cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from pipeline.errors import Usage
from pipeline.evaluation.agreement import Score, adjusted_rand, cluster_score
from pipeline.evaluation.rows import read
from pipeline.model import RawStory, RecordId, Verdict
from pipeline.packet import Packet
from pipeline.settings import Settings
from pipeline.stages.dedup import Dedup
from pipeline.stages.parse import Parse

STREAM = "dev-wire-reuters.jsonl.gz"
LINKED = "version"
APART = ("different", "series")
BATCH = 100
RECEIVED = 1_800_000_000.0
"""Any time after the data's own: event time counts, not when the measurement is made."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A labelled pair and what was made of it."""

    row: Row
    linked: bool

    @property
    def wrong(self) -> bool:
        label = self.row["label"]
        return (label == LINKED) != self.linked and (label == LINKED or label in APART)


def verdicts(rows: Iterable[Row]) -> dict[str, Verdict]:
    """The verdict on each row that becomes a story, by id, streamed through parse and dedup in the given order."""
    settings = Settings()
    parse, dedup = Parse(settings.max_story_bytes), Dedup(settings.horizon_hours * 3600)
    found: dict[str, Verdict] = {}
    batch: list[RawStory] = []

    def work() -> None:
        packets = [o for outcomes in parse.run(batch) for o in outcomes if isinstance(o, Packet)]
        dedup.run(packets)
        found.update((p.card.id, p.verdict) for p in packets)
        batch.clear()

    for n, row in enumerate(rows):
        batch.append(RawStory(orjson.dumps(story_of(row)), RecordId(0, n), RECEIVED + n / 1000, "eval"))
        if len(batch) >= BATCH:
            work()
    work()
    return found


def story_of(row: Row) -> Row:
    """A labelled row as parse reads it in a line of JSON."""
    time = row.get("published") or row.get("time") or row.get("date") or row.get("time_ms")
    if isinstance(time, int):
        time = _iso(time / 1000)
    given = {"id": row["id"], "title": row.get("title", ""), "text": row.get("text", ""), "published": time}
    return {name: value for name, value in given.items() if value}


def _iso(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat()


def judge_pairs(rows: list[Row], stream: Path | None) -> list[Pair]:
    """Each pair, linked or not: in the whole stream where there is one, else the two stories alone."""
    if stream is not None:
        found = verdicts(read([str(stream)]))
        known = [row for row in rows if row["a"] in found and row["b"] in found]
        return [Pair(row, found[row["a"]].cluster == found[row["b"]].cluster) for row in known]
    pairs = []
    for row in rows:
        two = [{"id": row[s], "title": row.get(f"{s}_title", ""), "text": row.get(f"{s}_text", "")} for s in ("a", "b")]
        found = verdicts(two)
        pairs.append(Pair(row, len(found) == 2 and len({v.cluster for v in found.values()}) == 1))
    return pairs


def score_pairs(pairs: Iterable[Pair]) -> Score:
    """Weighted by the rows' `weight`, 1 where they give none; `related` is not scored."""
    hits = false = missed = 0.0
    for pair in pairs:
        weight = float(pair.row.get("weight") or 1.0)
        if pair.row["label"] == LINKED:
            hits, missed = (hits + weight, missed) if pair.linked else (hits, missed + weight)
        elif pair.row["label"] in APART and pair.linked:
            false += weight
    return Score(hits, false, missed)


def run(paths: list[str], json_out: Path | None, limit_errors: int) -> int:
    """Score the files one by one, print tables, write JSON if asked to. Exit status."""
    console, report = Console(), {}
    for path in paths:
        rows = list(read([path]))
        if rows and {"a", "b", "label"} <= rows[0].keys():
            report[Path(path).name] = _pairs(path, rows, limit_errors, console)
        elif rows and (key := next((k for k in ("cluster", "story", "event") if k in rows[0]), None)):
            report[Path(path).name] = _clusters(path, rows, key, console)
        else:
            raise Usage(f"{path} holds no labels for dedup: rows need `a`, `b` and `label`, or `cluster`.")
    if json_out is not None:
        json_out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 0


def _pairs(path: str, rows: list[Row], limit_errors: int, console: Console) -> Row:
    stream = Path(path).with_name(STREAM)
    ways: dict[str, list[Pair]] = {}
    if stream.exists():
        ways["in the stream"] = judge_pairs(rows, stream)
    ways["two by two"] = judge_pairs(rows, None)
    table = Table(title=f"{Path(path).name}: pairs", title_justify="left")
    for column in ("judged", "pairs", "precision", "recall", "F1", "look-alikes linked"):
        table.add_column(column, justify="right")
    report: Row = {}
    for way, pairs in ways.items():
        score = score_pairs(pairs)
        apart = [p for p in pairs if p.row["label"] in APART]
        linked = sum(p.linked for p in apart)
        figures = (f"{score.precision:.4f}", f"{score.recall:.4f}", f"{score.f1:.4f}")
        table.add_row(way, str(len(pairs)), *figures, f"{linked} of {len(apart)}")
        report[way] = score.as_json() | {"pairs": len(pairs), "apart": len(apart), "apart_linked": linked}
    console.print(table)
    for pair in _worst(next(iter(ways.values())), limit_errors):
        console.print(f"\n{pair.row['label']}, taken for {'one' if pair.linked else 'two'}:", style="bold")
        for side in ("a", "b"):
            console.print(
                f"  {pair.row.get(f'{side}_title', '')}: {pair.row.get(f'{side}_text', '')[:300]}", markup=False
            )
    return report


def _worst(pairs: list[Pair], limit: int) -> Iterator[Pair]:
    wrong = sorted((p for p in pairs if p.wrong), key=lambda p: -float(p.row.get("weight") or 1.0))
    yield from wrong[:limit]


def _clusters(path: str, rows: list[Row], key: str, console: Console) -> Row:
    found = verdicts(rows)
    rows = [row for row in rows if row["id"] in found]
    truth = [row[key] for row in rows]
    table = Table(title=f"{Path(path).name}: clusters by `{key}`", title_justify="left")
    for column in ("by", "stories", "pair precision", "pair recall", "pair F1", "ARI"):
        table.add_column(column, justify="right")
    report: Row = {}
    for way in ("thread", "cluster"):
        got = [getattr(found[row["id"]], way) or found[row["id"]].cluster for row in rows]
        score, rand = cluster_score(truth, got), adjusted_rand(truth, got)
        figures = (f"{score.precision:.4f}", f"{score.recall:.4f}", f"{score.f1:.4f}", f"{rand:.4f}")
        table.add_row(way, str(len(rows)), *figures)
        report[way] = score.as_json() | {"stories": len(rows), "ari": round(rand, 4)}
    console.print(table)
    return report
