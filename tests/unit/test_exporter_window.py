"""The exporter's ledger in bounded memory: what is open, what has ended, what is a repeat."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.exporter.window import Partition, Window


def _window(end: int, start: int = 0, remembered: int = 1000) -> Window:
    window = Window(remembered)
    window.partitions[0] = Partition(start, end, now=0.0)
    return window


def test_what_came_and_has_not_ended_is_outstanding() -> None:
    window = _window(end=3)
    assert window.outstanding == 3
    assert window.note("0-1", "new") == ("first", True)
    assert window.outstanding == 2
    assert window.partitions[0].below == 0
    window.note("0-0", "dead")
    assert window.partitions[0].below == 2
    assert window.outstanding == 1


@given(st.integers(1, 60), st.randoms(use_true_random=False))
def test_any_order_ends_with_nothing_open_and_nothing_kept(count: int, rng: random.Random) -> None:
    window = _window(end=count)
    offsets = list(range(count))
    rng.shuffle(offsets)
    for offset in offsets:
        assert window.note(f"0-{offset}", "new") == ("first", True)
    assert window.outstanding == 0
    assert window.oldest_seconds(now=100.0) == 0.0
    assert window.partitions[0].below == count


def test_a_redelivery_is_a_repeat_and_another_outcome_a_contradiction() -> None:
    window = _window(end=2)
    window.note("0-0", "new")
    assert window.note("0-0", "new") == ("repeat", False)
    assert window.note("0-0", "duplicate") == ("contradiction", False)


def test_stories_of_one_feed_document_count_each_and_account_for_their_record_once() -> None:
    window = _window(end=1)
    assert window.note("0-0", "new") == ("first", True)
    assert window.note("0-0.1", "new") == ("first", False)
    assert window.note("0-0.2", "duplicate") == ("first", False)
    assert window.outstanding == 0


def test_records_before_the_window_are_not_judged() -> None:
    window = _window(start=10, end=12)
    assert window.note("0-3", "new") == ("old", False)
    assert window.note("7-3", "new") == ("old", False)
    assert window.outstanding == 2


def test_a_forgotten_story_that_comes_again_is_still_a_repeat() -> None:
    window = _window(end=5, remembered=2)
    for offset in range(5):
        window.note(f"0-{offset}", "new")
    assert window.note("0-0", "new") == ("repeat", False)


def test_the_oldest_is_as_old_as_the_arrival_of_the_first_open_record() -> None:
    partition = Partition(start=0, end=1, now=0.0)
    assert partition.grow(2, now=10.0) == 1
    assert partition.grow(2, now=20.0) == 0
    assert partition.oldest_seconds(now=30.0) == 30.0
    partition.note(0)
    assert partition.oldest_seconds(now=30.0) == 20.0
    partition.note(1)
    assert partition.oldest_seconds(now=30.0) == 0.0


def test_what_retention_deletes_before_it_has_ended_is_lost() -> None:
    partition = Partition(start=0, end=10, now=0.0)
    partition.note(1)
    partition.note(5)
    assert partition.expire(first=4) == 3  # 0, 2 and 3; 1 had ended
    assert partition.below == 4
    assert partition.expire(first=4) == 0
    assert partition.note(4)
    assert partition.below == 6


def test_a_story_that_went_out_and_is_stopped_when_a_crash_brings_it_again() -> None:
    for first, second in (("new", "killed"), ("killed", "new")):
        window = _window(end=1)
        assert window.note("0-0", first) == ("first", True)
        assert window.note("0-0", second) == ("repeat", False)


def test_a_held_story_is_accounted_for_and_ends_later() -> None:
    window = _window(end=1)
    assert window.note("0-0", "held") == ("held", True)
    assert len(window.held) == 1
    assert window.note("0-0", "new") == ("first", False)
    assert not window.held
    assert window.note("0-0", "held") == ("repeat", False)
