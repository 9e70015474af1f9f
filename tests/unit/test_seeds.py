"""The seeds and their manifest agree with each other; what the pipeline makes of them is tested elsewhere."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.replay.files import IGNORE_FILE
from pipeline.replay.items import FeedItem
from pipeline.replay.reading import read
from tests.seeds_manifest import (
    MANIFEST,
    SCENARIOS,
    SEEDS,
    SeedRow,
    clusters,
    feed_paths,
    load,
    record_bytes,
    wrong_clusters,
)
from tests.shared import shared_path, shared_rows

ROWS = load()
BY_SEED = {row.seed: row for row in ROWS}
STORIES = [row for row in ROWS if row.cluster]
TOP_TOPICS = {f"medtop:{number:02d}000000" for number in range(1, 18)}
STATUSES = {"new", "duplicate", "update", "correction", "kill", "dead"}
NO_SPACES = {"zh", "ja"}
BYTE_ORDER_MARK = "\ufeff"

# Ids that several lines carry on purpose: resent, a later version, or two sources that number alike.
SHARED_IDS = {
    "MNA-20260317-0007": "sent again byte for byte",
    "MNA-20260317-0011": "version 2",
    "MNA-20260317-0030": "killed",
    "MNA-20260317-0052": "corrected",
    "1001": "two sources, two stories",
}


def _text(row: SeedRow) -> str:
    """Headline and text of a story as written."""
    data = record_bytes(row)
    if row.line is not None:
        values = json.loads(data)
        return str(values.get("title", "")) + "\n\n" + str(values.get("text", ""))
    try:
        return data.decode("utf-8").removeprefix(BYTE_ORDER_MARK).replace("\r\n", "\n")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _json(row: SeedRow) -> dict[str, Any]:
    values = json.loads(record_bytes(row))
    assert isinstance(values, dict)
    return values


def _feed_files() -> list[Path]:
    files = [p for p in SEEDS.rglob("*") if p.is_file() and SCENARIOS not in p.parents]
    return [p for p in files if p not in (MANIFEST, SEEDS / "README.md", SEEDS / IGNORE_FILE)]


def test_every_file_and_line_has_exactly_one_row() -> None:
    found = []
    for path in _feed_files():
        name = path.relative_to(SEEDS).as_posix()
        lines = len(path.read_bytes().splitlines()) if path.suffix == ".jsonl" else 0
        found += [f"{name}#{number}" for number in range(1, lines + 1)] or [name]
    assert sorted(found) == sorted(row.seed for row in ROWS)
    assert len(BY_SEED) == len(ROWS)


def test_a_reader_of_the_folder_gives_the_records_in_manifest_order() -> None:
    records = [item.body for item in read([str(SEEDS)], report=lambda note: None) if isinstance(item, FeedItem)]
    assert records == [record_bytes(row) for row in ROWS]


def test_rows_stand_in_the_strict_order() -> None:
    assert [row.seed for row in ROWS] == [row.seed for row in sorted(ROWS, key=lambda row: (row.path, row.line or 0))]
    files = {row.path for row in ROWS}
    assert sorted(files) == [p.as_posix() for p in sorted(map(Path, files))], "two ways of sorting paths must agree"


def test_feed_paths_cover_the_rows_and_nothing_else() -> None:
    files = [file for path in feed_paths() for file in ([path] if path.is_file() else sorted(path.iterdir()))]
    assert [p.relative_to(SEEDS).as_posix() for p in files] == list(dict.fromkeys(row.path for row in ROWS))


def test_there_are_enough_stories() -> None:
    statuses = Counter(row.status for row in ROWS)
    assert statuses["new"] >= 60
    assert statuses["duplicate"] >= 10
    assert statuses["update"] >= 5
    assert statuses["correction"] >= 2
    assert statuses["kill"] >= 2
    assert statuses["dead"] >= 8
    assert sum(row.path.startswith("text/") for row in ROWS) >= 20
    assert sum(row.line is not None for row in STORIES) >= 45


def test_every_topic_and_language_is_there() -> None:
    new = [row for row in ROWS if row.status == "new"]
    topics = Counter(row.topics[0] for row in new)
    assert {topic for topic, count in topics.items() if count >= 3} == TOP_TOPICS
    languages = Counter(row.language for row in new)
    assert set(languages) == {"en", "de", "fr", "es", "pt", "ar", "ru", "zh", "ja"}
    assert min(languages.values()) >= 3


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.seed)
def test_a_row_is_sound(row: SeedRow) -> None:
    assert row.status in STATUSES
    assert row.why.endswith(".")
    if row.status == "dead":
        assert row.reason and not (row.of or row.cluster or row.topics)
        return
    assert row.topics and set(row.topics) <= TOP_TOPICS
    assert row.headline and row.language
    cluster = clusters(ROWS)[row.cluster or ""]
    assert (row.group is not None) == (len(cluster) > 1)
    assert {other.group for other in cluster} == {row.group}
    assert cluster[0].seed == row.cluster
    if row.status == "new":
        assert row.of is None
        assert row.cluster == row.seed
    else:
        assert row.of is not None
        parent = BY_SEED[row.of]
        assert parent.cluster == row.cluster
        assert ROWS.index(parent) < ROWS.index(row), "the strict order has parents first"
        assert parent.language == row.language


def test_one_story_in_each_cluster_is_new() -> None:
    for seed, members in clusters(ROWS).items():
        assert [row.seed for row in members if row.status == "new"] == [seed]
    groups = [members[0].group for members in clusters(ROWS).values() if members[0].group]
    assert len(groups) == len(set(groups))


@pytest.mark.parametrize("row", STORIES, ids=lambda row: row.seed)
def test_what_must_be_found_is_in_the_text(row: SeedRow) -> None:
    text = _text(row)
    assert row.headline and row.headline in text
    for name in row.people:
        assert name in text
    for name, country in row.places:
        assert name.casefold() in text.casefold(), "datelines print places in capitals"
        assert re.fullmatch(r"[A-Z]{2}", country)


@pytest.mark.parametrize("row", [row for row in STORIES if row.status != "kill"], ids=lambda row: row.seed)
def test_stories_have_the_length_of_wire_copy(row: SeedRow) -> None:
    _, _, body = _text(row).partition("\n")
    if not body.strip():
        assert row.line is not None, "only JSON lines carry title-only items"
    elif row.language in NO_SPACES:
        assert 180 <= len(body) <= 900
    else:
        assert 55 <= len(body.split()) <= 300


def test_json_lines_have_the_fields_of_the_contract() -> None:
    times = []
    for row in STORIES:
        if row.line is None:
            continue
        values = _json(row)
        assert set(values) <= {"id", "title", "text", "published", "source", "version", "slug", "dateline", "urgency"}
        assert values["id"] == row.id
        assert values["title"] == row.headline
        assert values["source"]
        published = datetime.fromisoformat(values["published"])
        assert published.tzinfo
        times.append(published)
    assert max(times) - min(times) < timedelta(hours=48)


def test_only_the_intended_ids_are_shared() -> None:
    counts = Counter(row.id for row in ROWS if row.id)
    assert {id_ for id_, count in counts.items() if count > 1} == set(SHARED_IDS)
    same_story: dict[str, set[str | None]] = {}
    for row in STORIES:
        if row.id in SHARED_IDS:
            same_story.setdefault(row.id, set()).add(row.cluster)
    assert {id_ for id_, found in same_story.items() if len(found) > 1} == {"1001"}


def test_followers_are_not_older_than_what_they_follow() -> None:
    for row in STORIES:
        if row.of and row.line is not None:
            earlier, later = (datetime.fromisoformat(_json(r)["published"]) for r in (BY_SEED[row.of], row))
            assert earlier <= later, row.seed


def test_no_cluster_mixes_text_files_and_json_lines() -> None:
    # A text file has no time of its own, so it counts as of now: outside the horizon of the lines' timeline.
    for members in clusters(ROWS).values():
        assert len({row.line is None for row in members}) == 1


def test_records_differ_except_where_one_is_sent_again() -> None:
    records = Counter(record_bytes(row) for row in ROWS if row.path.startswith(("text/",)) or row.line is not None)
    again = [row.id for row in ROWS if records[record_bytes(row)] > 1]
    assert again == ["MNA-20260317-0007"] * 2


def test_the_odd_encodings_are_what_they_claim() -> None:
    by_why = {row.path: record_bytes(row) for row in ROWS if row.path.startswith("text/")}
    assert by_why["text/14-religion-crescent.txt"].count(b"\r\n") == by_why["text/14-religion-crescent.txt"].count(
        b"\n"
    )
    assert by_why["text/15-science-penguin.txt"].startswith(b"\xef\xbb\xbf")
    with pytest.raises(UnicodeDecodeError):
        by_why["text/20-politik-bundestag.txt"].decode("utf-8")
    assert "Fußgänger" in by_why["text/20-politik-bundestag.txt"].decode("latin-1")
    wrapped = by_why["text/08-health-peshawar.txt"].decode().splitlines()
    assert max(map(len, wrapped)) <= 66
    assert all(len(data) > 0 for data in by_why.values())


def test_wrong_clusters_sees_a_split_and_a_merger() -> None:
    right = {row.seed: row.cluster for row in STORIES if row.cluster}
    assert wrong_clusters(ROWS, right) == []
    copy = next(row for row in STORIES if row.status == "duplicate")
    assert wrong_clusters(ROWS, right | {copy.seed: "elsewhere"}) == [f"the cluster of {copy.cluster} is split into 2"]
    one, other = [row for row in STORIES if row.status == "new" and not row.group][:2]
    merged = wrong_clusters(ROWS, right | {one.seed: other.seed})
    assert merged == [f"taken for one story: {', '.join(sorted((one.seed, other.seed)))}"]
    left_out = {seed: cluster for seed, cluster in right.items() if seed != one.seed}
    assert wrong_clusters(ROWS, left_out) == [f"{one.seed} has no cluster"]


def _sentences(text: str) -> set[str]:
    """Sentences of at least seven words, letters and digits only; for comparison."""
    found = set()
    for part in re.split(r"[.!?。\n]+", text):
        words = re.findall(r"\w+", part.casefold())
        if len(words) >= 7 or (words and len(part) >= 25 and not part.isascii()):
            found.add(" ".join(words))
    return found


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("dev-wire-reuters.jsonl.gz", ["title", "text"]),
        ("dev-dedup-stories-fnc.jsonl.gz", None),
        ("dev-dedup-events-basil.jsonl.gz", None),
        ("dev-topics.jsonl.gz", ["title", "text"]),
        ("dev-seeds-wikinews.jsonl.gz", ["title", "text"]),
        ("dev-keyphrases.jsonl.gz", ["title", "text"]),
    ],
)
def test_no_sentence_stands_in_the_labelled_data(name: str, fields: list[str] | None) -> None:
    ours = set().union(*(_sentences(_text(row)) for row in STORIES))
    assert len(ours) > 500
    rows = 0
    for values in shared_rows(name):
        rows += 1
        for field in fields or values:
            if isinstance(values.get(field), str):
                assert not ours & _sentences(values[field])
    assert rows


@pytest.mark.shared
def test_topics_are_those_of_the_published_list() -> None:
    topics = json.loads(shared_path("data", "mediatopics.json").read_text("utf-8"))["topics"]
    assert {topic["code"] for topic in topics if topic["level"] == 1 and not topic["retired"]} == TOP_TOPICS
