"""`wire eval dedup`: verdicts of the real parse and dedup stages against labelled pairs and clusters.

Forms: pairs (`a`, `b`, `label` of version, different, series or related, perhaps `weight`, with both texts), stories in
clusters (`cluster`, `story` or `event`), each judged as `wire process` would see them. Pairs whose stream lies beside
the file (`dev-wire-reuters.jsonl.gz`, which holds their ids) are judged by streaming all of it: a pair counts as linked
when both end in one cluster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
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
UNSCORED = ("related",)
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


def packets_of(rows: Iterable[Row]) -> Iterator[Packet]:
    """The stories that parse makes of labelled rows, as they would come in a stream."""
    parse = Parse(Settings().max_story_bytes)
    for n, batch in enumerate(_batches(rows)):
        raws = [
            RawStory(orjson.dumps(story_of(row)), RecordId(0, at), RECEIVED + at / 1000, "eval")
            for at, row in enumerate(batch, n * BATCH)
        ]
        yield from (o for outcomes in parse.run(raws) for o in outcomes if isinstance(o, Packet))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def verdicts(rows: Iterable[Row]) -> dict[str, Verdict]:
    """The verdict on each row that becomes a story, by id, streamed through parse and dedup in the given order."""
    dedup = Dedup(Settings().horizon_hours * 3600)
    found: dict[str, Verdict] = {}
    packets = packets_of(rows)
    while batch := list(islice(packets, BATCH)):
        dedup.run(batch)
        found.update((p.card.id, p.verdict) for p in batch)
    return found


def story_of(row: Row) -> Row:
    """A labelled row as parse reads it in a line of JSON."""
    time = row.get("published") or row.get("time") or row.get("date") or row.get("time_ms")
    if isinstance(time, int):
        time = _iso(time / 1000)
    given = {"id": str(row["id"]), "title": row.get("title", ""), "text": row.get("text", ""), "published": time}
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
        if not rows:
            raise Usage(f"{path} is empty; it needs one JSON object a line.")
        if {"a", "b", "label"} <= rows[0].keys():
            _check(path, rows, ("a", "b", "label"), ("a_title", "a_text", "b_title", "b_text"))
            report[Path(path).name] = _pairs(path, rows, limit_errors, console)
        elif key := next((k for k in ("cluster", "story", "event") if k in rows[0]), None):
            _check(path, rows, ("id", key), ("title", "text"))
            report[Path(path).name] = _clusters(path, rows, key, limit_errors, console)
        else:
            raise Usage(f"{path} holds no labels for dedup: rows need `a`, `b` and `label`, or `cluster`.")
    if json_out is not None:
        json_out.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return 0


def _check(path: str, rows: list[Row], needed: tuple[str, ...], texts: tuple[str, ...]) -> None:
    """Raises Usage that names the first row with something missing or of the wrong kind."""
    for n, row in enumerate(rows, 1):
        for name in needed:
            if not isinstance(row.get(name), str | int) or row[name] == "":
                raise Usage(f"{path}, row {n}: `{name}` is missing or no text; every row needs {', '.join(needed)}.")
        if wrong := next((name for name in texts if not isinstance(row.get(name, ""), str | None)), None):
            raise Usage(f"{path}, row {n}: `{wrong}` is not text.")
        if not any(row.get(name) for name in texts):
            raise Usage(f"{path}, row {n} has no text: it needs one of {', '.join(texts)}.")
        if not isinstance(row.get("weight") or 1.0, int | float):
            raise Usage(f"{path}, row {n}: `weight` is not a number.")
        if "label" in needed and row["label"] not in (LINKED, *APART, *UNSCORED):
            known = ", ".join((LINKED, *APART, *UNSCORED))
            raise Usage(f"{path}, row {n}: the label is '{row['label']}'; known are {known}.")


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


def _clusters(path: str, rows: list[Row], key: str, limit: int, console: Console) -> Row:
    found = verdicts(rows)
    rows = [row for row in rows if str(row["id"]) in found]
    for row in rows:
        row["id"] = str(row["id"])
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
    _worst_threads(rows, key, found, limit, console)
    return report


def _worst_threads(rows: list[Row], key: str, found: dict[str, Verdict], limit: int, console: Console) -> None:
    """The threads that mix most stories of other clusters, and the clusters that are split most."""
    mixed: dict[Any, Counter[Any]] = {}
    split: dict[Any, Counter[Any]] = {}
    shown: dict[tuple[Any, Any], Row] = {}
    for row in rows:
        truth, thread = row[key], found[row["id"]].thread
        mixed.setdefault(thread, Counter())[truth] += 1
        split.setdefault(truth, Counter())[thread] += 1
        shown.setdefault((truth, thread), row)
    for said, groups, order in (
        (f"one thread, several of `{key}`", mixed, -1),
        (f"one `{key}`, several threads", split, 1),
    ):
        worst = sorted(groups.items(), key=lambda item: item[1].most_common(1)[0][1] - item[1].total())
        for name, parts in worst[:limit]:
            if len(parts) == 1:
                break
            console.print(f"\n{said}: {name}", style="bold", markup=False, highlight=False)
            for other, count in parts.most_common(4):
                row = shown[(name, other)[::order]]
                text = row.get("title") or row.get("text", "")
                console.print(f"  {count:>4}  {' '.join(text[:110].split())}", markup=False, highlight=False)
