"""Who had it first: told in the evidence of whatever joins a thread, and bounded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli.main import run
from pipeline.dedup.origins import SOURCES
from pipeline.dedup.snapshot import Loader, dump
from pipeline.dedup.state import State
from tests.unit.test_dedup import QUAKE, packet

HOUR = 3600.0


def test_also_from() -> None:
    stage = State(72 * HOUR)

    def also(offset: int, at: float, source: str, provider: str = "", paragraphs: list[str] = QUAKE) -> object:
        made = packet(offset, "Quake shakes northern Chile", paragraphs, at, source=source, provider=provider)
        return next(stage.decide([made.card], [made.fingerprint])).evidence.get("also")

    assert also(1, 0, "afp") is None
    assert also(2, 60, "afp") is None
    assert also(3, 300, "wires", "Reuters") == {"first": "afp", "behind": 300, "sources": ["afp"]}
    assert also(4, 600, "dpa", paragraphs=QUAKE[:2]) == {"first": "afp", "behind": 600, "sources": ["afp", "Reuters"]}
    assert also(5, -120, "efe") == {"first": "afp", "behind": -120, "sources": ["afp", "Reuters", "dpa"]}
    assert also(6, 700, "afp") == {"first": "efe", "behind": 820, "sources": ["Reuters", "dpa", "efe"]}
    again = State(72 * HOUR)
    loader = Loader(again)
    loader.feed(b"".join(dump(stage)))
    loader.finish()
    stage = again
    assert also(7, 900, "ansa") == {"first": "efe", "behind": 1020, "sources": ["afp", "Reuters", "dpa", "efe"]}
    for n in range(8, 60):
        last = also(n, 1000 + n, f"site{n}")
    assert isinstance(last, dict) and len(last["sources"]) == SOURCES


def test_a_thread_that_is_forgotten_leaves_no_origin() -> None:
    stage = State(HOUR)
    for n in range(400):
        text = [f"{line} {n // 4}x{n // 4} zone{n // 4}" for line in QUAKE]
        made = packet(n, f"Quake {n // 4} zone{n // 4}", text, n * 120.0, source=f"s{n % 4}")
        list(stage.decide([made.card], [made.fingerprint]))
    assert 0 < len(stage.origins.threads) < 60


def test_why_says_who_had_it_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feed = tmp_path / "feed.jsonl"
    rows = [
        ("a", "afp", "2026-03-01T10:00:00Z", "Rescuers search the coast after the quake."),
        ("b", "reuters", "2026-03-01T10:12:00Z", "Officials count the damage."),
    ]
    stories = (
        {"id": id, "source": source, "published": at, "title": "Quake shakes Chile", "text": " ".join([*QUAKE, end])}
        for id, source, at, end in rows
    )
    feed.write_text("".join(json.dumps(row) + "\n" for row in stories))
    assert run(["why", "a", "b", "--in", str(feed)]) == 0
    assert "afp; dated 12 min after the first, afp" in capsys.readouterr().out
