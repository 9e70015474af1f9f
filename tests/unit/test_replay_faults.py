"""Forged records say what they are made of, come beside the originals, and are the same for the same seed."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import pairwise

import pytest

from pipeline.errors import Usage
from pipeline.replay.edit import draft_of, with_id
from pipeline.replay.faults import REACH, forge, parse_faults
from pipeline.replay.items import FeedItem, Item, Oversized
from pipeline.replay.rewording import reword
from tests.unit.parsing import story_of

HEADLINE = "Floods cut off villages near the river"
PARAGRAPHS = [
    "Rescue teams said on Monday that more than 40 people were taken to safety after heavy rain.",
    "The meeting of ministers following the floods began in the capital, according to officials.",
    "Roads remain closed. Schools open again on Thursday.",
    "Insurers expect losses of about 20 million euros due to the storm, their association announced.",
    "Weather services expect less rain for the rest of the week across the region.",
]


def text_item(number: int) -> FeedItem:
    text = "\n\n".join([f"{HEADLINE} {number}", *PARAGRAPHS])
    return FeedItem(text.encode(), "desk", f"story-{number}.txt", "text")


def json_item(number: int) -> FeedItem:
    story = {"id": f"s-{number}", "title": f"{HEADLINE} {number}", "text": "\n\n".join(PARAGRAPHS), "extra": [number]}
    return FeedItem(json.dumps(story).encode(), "desk", f"feed#{number}", "json", f"s-{number}")


def forged(items: list[Item], shares: dict[str, float], seed: int = 1) -> list[FeedItem]:
    return [item for item in forge(items, shares, seed) if isinstance(item, FeedItem)]


ITEMS: list[Item] = [text_item(n) if n % 2 else json_item(n) for n in range(2000)]
ALL = {"duplicates": 0.1, "near": 0.05, "truncate": 0.02, "reorder": 0.05, "garbage": 0.01}


@pytest.fixture(scope="module")
def run() -> list[FeedItem]:
    return forged(ITEMS, ALL)


ORIGINAL = ("original", "late-parent", "killed")
"""The truth that the feed's own records are given."""


def kind(item: FeedItem) -> str:
    return item.truth.partition(":")[0]


def test_shares_are_kept(run: list[FeedItem]) -> None:
    counts = Counter(map(kind, run))
    assert counts["original"] == len(ITEMS)
    for name, truth in [
        ("duplicates", "duplicate-of"),
        ("near", "near-of"),
        ("truncate", "truncated"),
        ("garbage", "garbage"),
    ]:
        expected = ALL[name] * len(ITEMS)
        assert abs(counts[truth] - expected) < 4 * expected**0.5, (name, counts)


def test_originals_all_go_out_unchanged_and_before_their_copies(run: list[FeedItem]) -> None:
    originals = {item.feed_id: item for item in run if item.truth in ORIGINAL}
    assert {item.body for item in originals.values()} == {item.body for item in ITEMS if isinstance(item, FeedItem)}
    places = {item.feed_id: place for place, item in enumerate(run) if item.truth in ORIGINAL}
    for place, item in enumerate(run):
        if item.truth.startswith(("duplicate-of:", "near-of:", "truncated:")):
            assert places[item.truth.partition(":")[2]] < place


def test_each_fault_is_what_it_says(run: list[FeedItem]) -> None:
    originals = {item.feed_id: item for item in run if item.truth in ORIGINAL}
    for item in run:
        original = originals.get(item.truth.partition(":")[2])
        match kind(item):
            case "duplicate-of":
                assert original is not None
                assert (item.body, item.feed_id) == (original.body, original.feed_id)
            case "near-of":
                assert original is not None
                assert item.feed_id not in originals
                assert item.body != original.body
            case "truncated":
                assert original is not None
                assert original.body.startswith(item.body)
                assert 0 < len(item.body) < len(original.body)
            case "garbage":
                assert item.feed_id not in originals


def test_the_same_seed_gives_the_same_faults_and_another_gives_others(run: list[FeedItem]) -> None:
    assert forged(ITEMS, ALL) == run
    assert forged(ITEMS, ALL, seed=2) != run


def test_a_fault_more_leaves_the_others_as_they_were(run: list[FeedItem]) -> None:
    fewer = forged(ITEMS, {"near": ALL["near"]})
    near = {item.truth: item for item in fewer if item.truth != "original"}
    assert near == {item.truth: item for item in run if kind(item) == "near-of"}


def test_reordered_records_come_late_but_come() -> None:
    run = forged([json_item(n) for n in range(500)], {"reorder": 0.2})
    order = [int(item.feed_id[2:]) for item in run]
    assert sorted(order) == list(range(500))
    moved = [n for n, (a, b) in enumerate(pairwise(order)) if b < a]
    assert len(moved) > 30
    assert all(place - n <= REACH for place, n in enumerate(order))


def test_what_cannot_be_forged_passes() -> None:
    items: list[Item] = [Oversized("big", 1), FeedItem(b"", "s", "empty"), FeedItem(b"<nitf/>", "s", "x", "xml")]
    run = list(forge(items, {"near": 1.0, "truncate": 1.0}, 1))
    assert run[0] == items[0]
    assert [item.truth for item in run[1:] if isinstance(item, FeedItem)] == ["original", "original", "truncated:x"]


@pytest.mark.parametrize(
    ("fault", "truth", "original"), [("kill-first", "kill-of", "killed"), ("late-parent", "version-of", "late-parent")]
)
def test_some_go_out_before_their_original(fault: str, truth: str, original: str) -> None:
    run = forged([json_item(n) for n in range(50)], {fault: 1.0})
    places = {item.truth: place for place, item in enumerate(run) if item.truth not in ORIGINAL}
    originals = {item.feed_id: place for place, item in enumerate(run) if item.truth == original}
    assert len(places) == len(originals) == 50
    assert all(
        places[f"{truth}:{id}"] < place <= places[f"{truth}:{id}"] + 2 * REACH for id, place in originals.items()
    )


def test_a_kill_is_one_to_parse_and_bears_the_storys_id() -> None:
    for item in (json_item(1), text_item(1)):
        (_, notice) = forged([item], {"kill": 1.0})
        assert notice.feed_id == (item.feed_id or item.name)
        story = story_of(notice.body)
        assert (story.signal, story.headline) == ("kill", f"KILL: {HEADLINE} 1")
        assert PARAGRAPHS[0] not in story.text


def test_a_version_that_overtakes_its_parent_is_marked_and_longer() -> None:
    update, parent = forged([json_item(1)], {"late-parent": 1.0})
    assert parent.truth == "late-parent"
    assert story_of(update.body).signal == "update"
    assert len(story_of(update.body).paragraphs) == len(PARAGRAPHS) + 1


DRAFTS = [
    text_item(1).body,
    json_item(1).body,
    b'{"title": "Only a headline"}',
    b'{"id": 1, "text": "Nur ein Absatz ohne Titel, auf Deutsch."}',
    b"Nachrichten\n\nEin Absatz. Noch ein Satz.\n\nZweiter Absatz ist kurz.",
]


@pytest.mark.parametrize("body", DRAFTS)
@pytest.mark.parametrize("seed", range(30))
def test_rewording_changes_little_but_something(body: bytes, seed: int) -> None:
    draft, before = draft_of(body), draft_of(body)
    assert draft is not None
    assert before is not None
    reword(draft, random.Random(seed))
    changed = (draft.headline, draft.paragraphs) != (before.headline, before.paragraphs)
    assert changed
    assert -1 <= len(draft.paragraphs) - len(before.paragraphs) <= 1
    kept = {word for text in draft.paragraphs for word in text.split()}
    words = [word for text in before.paragraphs for word in text.split()]
    assert sum(word in kept for word in words) >= 0.7 * len(words)


def test_a_reworded_json_story_keeps_its_other_fields_and_gets_an_id() -> None:
    draft = draft_of(json_item(1).body)
    assert draft is not None
    reword(draft, random.Random(3))
    story = json.loads(draft.to_bytes("s-1~near"))
    assert story["id"] == "s-1~near"
    assert story["extra"] == [1]


@pytest.mark.parametrize("body", [b"", b"<a/>", b"[1]", b'{"id": 1}', b"{broken", b"\xff\xfe\x00", b"a\x00b"])
def test_what_is_no_plain_story_is_not_taken_apart(body: bytes) -> None:
    assert draft_of(body) is None


def test_ids_are_set_only_where_there_is_one() -> None:
    assert json.loads(with_id(b'{"a": 1, "id": 5}', "n")) == {"a": 1, "id": "n"}
    for body in (b'{"a": 1}', b"text", b"{broken", b""):
        assert with_id(body, "n") == body


def test_faults_are_read_from_text() -> None:
    assert parse_faults("duplicates=0.1, near=0.05,") == {"duplicates": 0.1, "near": 0.05}
    assert parse_faults("") == {}
    for wrong in ("duplicate=0.1", "near", "near=x", "near=1.5", "near=-1", "near=nan"):
        with pytest.raises(Usage, match="--faults"):
            parse_faults(wrong)
