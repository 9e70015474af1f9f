"""The stories that every contender is given: a labelled wire where it lies beside us, else our own seeds, made many."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from bench.process import ROOT
from pipeline.errors import Usage
from pipeline.replay.faults import forge
from pipeline.replay.reading import FeedItem, read

Story = tuple[str, bytes]
"""Id and body."""

SHARED = Path("data") / "dev-wire-reuters.jsonl.gz"
FAULTS = {"duplicates": 0.05, "near": 0.05, "late-parent": 0.02, "kill": 0.002, "garbage": 0.005}
SEED = 8
MADE = 11_000


def feed(path: Path | None) -> tuple[list[Story], str]:
    """The stories, and what they are. Raises Usage for a `path` that cannot be read or holds no JSON lines."""
    if path is not None:
        return _lines(path), path.name
    shared = Path(os.environ.get("WIRE_SHARED", ROOT.parent / "shared")) / SHARED
    if shared.exists():
        return _lines(shared), shared.name
    return _from_seeds(MADE), "seeds/, with the replayer's faults"


def of_size(stories: Sequence[Story], count: int, size: int = 3000) -> list[Story]:
    """So many stories with bodies of `size` characters, joined from these; each begins with another one."""
    rows = [row for _, body in stories if isinstance((row := _object(body)).get("text"), str)]
    made: list[Story] = []
    at = 0
    while len(made) < count:
        row = dict(rows[at % len(rows)])
        texts: list[str] = []
        while sum(map(len, texts)) < size:
            texts.append(rows[at % len(rows)]["text"])
            at += 1
        row |= {"id": f"{row.get('id', '')}-{len(made)}", "text": "\n\n".join(texts)[:size]}
        made.append((row["id"], orjson.dumps(row)))
    return made


def _lines(path: Path) -> list[Story]:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        rows = [orjson.loads(line) for line in data.splitlines() if line.strip()]
    except (OSError, EOFError, orjson.JSONDecodeError) as e:
        raise Usage(f"--feed: {path} cannot be read as JSON lines: {e}") from e
    stories = []
    for row in rows:
        if not isinstance(row, dict) or "id" not in row:
            raise Usage(f"--feed: every line of {path} must be a JSON object with an id.")
        given = {"id": row["id"], "title": row.get("title"), "text": row.get("text"), "published": row.get("time")}
        stories.append((str(row["id"]), orjson.dumps({k: v for k, v in given.items() if v})))
    if not stories:
        raise Usage(f"--feed: {path} holds no stories.")
    return stories


def _from_seeds(count: int) -> list[Story]:
    """The seeds' JSON stories over and over, their words turned round each time, with seeded faults among them."""
    items = forge(_turned(count), FAULTS, SEED)
    return [(item.identity, item.body) for item in items if isinstance(item, FeedItem)]


def _turned(count: int) -> Iterator[FeedItem]:
    texts = [i.body for i in read([str(ROOT / "seeds")]) if isinstance(i, FeedItem) and i.format == "json"]
    rows = [row for row in map(_object, texts) if isinstance(row.get("text"), str) and not row.get("embargo")]
    for n in range(count):
        row = dict(rows[n % len(rows)])
        words = row["text"].split(" ")
        turned = n * 7 % max(1, len(words))  # other word order: as long, but no copy of the pass before
        row |= {"id": f"{row.get('id')}-{n}", "text": " ".join(words[turned:] + words[:turned])}
        yield FeedItem(orjson.dumps(row), "bench", row["id"], feed_id=row["id"])


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
