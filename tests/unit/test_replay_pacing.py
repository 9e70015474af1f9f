"""Rates do not drift, original times are kept, shuffles and loops are the same each time. On a clock of our own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Usage
from pipeline.replay import sequence
from pipeline.replay.items import FeedItem, Item, Oversized
from pipeline.replay.pacing import AtRate, AtSpeed, Pacer
from pipeline.replay.sequence import passes, shuffled


class FakeClock:
    """Time that passes only when somebody sleeps, or when told."""

    def __init__(self, start: float = 1000.0) -> None:
        self.time = start

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def item(number: int, published: object = None) -> FeedItem:
    return FeedItem(
        json.dumps({"id": str(number), "published": published}).encode(), "s", f"n#{number}", "json", str(number)
    )


def ids(items: Iterable[Item]) -> list[str]:
    return [i.feed_id for i in items if isinstance(i, FeedItem)]


def release_times(pacer: Pacer, clock: FakeClock, items: Sequence[Item], work: float = 0.0) -> list[float]:
    """When each item goes out, seconds from the first, if sending takes `work` seconds."""
    start = clock.now()
    times = []
    for each in items:
        wait = pacer.due_at(each) - clock.now()
        if wait > 0:
            clock.sleep(wait)
        times.append(clock.now() - start)
        clock.sleep(work)
    return times


@pytest.mark.parametrize("rate", [0.1, 1.0, 333.0, 50_000.0])
def test_a_rate_is_kept_without_drift(rate: float) -> None:
    clock = FakeClock()
    count = 100_000 if rate > 1000 else 500
    times = release_times(Pacer(AtRate(rate), clock), clock, [Oversized("x", 1)] * count, work=0.3 / rate)
    assert times[0] == 0
    assert times[-1] == pytest.approx((count - 1) / rate, rel=1e-9)
    assert times[count // 2] == pytest.approx(count // 2 / rate, rel=1e-9)


def test_after_a_stall_the_rate_catches_up() -> None:
    clock = FakeClock()
    pacer = Pacer(AtRate(10), clock)
    items = [item(n) for n in range(100)]
    release_times(pacer, clock, items[:20])
    clock.sleep(5)  # the broker was away
    late = release_times(pacer, clock, items[20:])
    assert late[:40] == [0.0] * 40  # what was due in the meantime
    assert late[-1] == pytest.approx(9.9 - 1.9 - 5, abs=1e-6)


def test_without_a_schedule_everything_is_due_now() -> None:
    clock = FakeClock()
    assert release_times(Pacer(None, clock), clock, [item(n) for n in range(3)]) == [0, 0, 0]


def at(*offsets: float | None) -> list[Item]:
    return [item(n, None if o is None else 1_709_296_200 + o) for n, o in enumerate(offsets)]


def test_original_times_are_kept_at_the_speed_asked_for() -> None:
    clock = FakeClock()
    times = release_times(Pacer(AtSpeed(60), clock), clock, at(0, 60, 600, 600, 3600))
    assert times == pytest.approx([0, 1, 10, 10, 60])


def test_without_a_time_or_with_an_earlier_one_a_story_goes_with_the_one_before() -> None:
    clock = FakeClock()
    items = [*at(None, 0, 10, None, 5, 20), Oversized("x", 1)]
    assert release_times(Pacer(AtSpeed(1), clock), clock, items) == pytest.approx([0, 0, 10, 10, 10, 20, 20])


def test_a_long_gap_can_be_cut_short() -> None:
    clock = FakeClock()
    items = at(0, 10, 1_000_000, 1_000_005)
    assert release_times(Pacer(AtSpeed(1, 30), clock), clock, items) == pytest.approx([0, 10, 40, 45])


def test_a_new_pass_begins_at_once() -> None:
    clock = FakeClock()
    speed = AtSpeed(1)
    pacer = Pacer(speed, clock)
    first = release_times(pacer, clock, at(0, 10))
    speed.new_pass()
    assert first == pytest.approx([0, 10])
    assert release_times(pacer, clock, at(0, 10)) == pytest.approx([0, 10])


@pytest.mark.parametrize("wrong", [0, -1, float("nan")])
def test_a_rate_or_speed_that_makes_no_sense(wrong: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        AtRate(wrong)
    with pytest.raises(ValueError, match="more than 0"):
        AtSpeed(wrong)


@given(st.integers(0, 60), st.integers(0, 20), st.text(max_size=3))
def test_a_shuffle_keeps_every_record_and_is_the_same_each_time(count: int, window: int, seed: str) -> None:
    items = [item(n) for n in range(count)]
    found = ids(shuffled(items, seed, window))
    assert sorted(found, key=int) == ids(items)
    assert found == ids(shuffled(items, seed, window))
    if window:
        assert all(int(id) - place <= window for place, id in enumerate(found))


def test_seeds_differ_and_a_window_holds_no_more_than_itself() -> None:
    items = [item(n) for n in range(100)]
    assert ids(shuffled(items, "1")) != ids(shuffled(items, "2")) != ids(items)
    taken = 0

    def counting() -> Iterator[Item]:
        nonlocal taken
        for each in items:
            taken += 1
            yield each

    next(shuffled(counting(), "1", 10))
    assert taken == 11


def test_an_input_too_large_to_shuffle_whole_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequence, "MAX_SHUFFLED_BYTES", 100)
    with pytest.raises(Usage, match="--shuffle-window"):
        list(shuffled([item(n) for n in range(100)], "1"))
    assert len(list(shuffled([item(n) for n in range(100)], "1", window=5))) == 100


def test_passes_repeat_ids_or_number_them() -> None:
    told: list[int] = []

    def run(fresh: bool) -> list[Item]:
        loop = passes(lambda number: [item(1), Oversized("x", 1)], loop=True, fresh_ids=fresh, on_pass=told.append)
        return [next(loop) for _ in range(6)]

    assert ids(run(False)) == ["1", "1", "1"]
    numbered = run(True)
    assert ids(numbered) == ["1", "1~2", "1~3"]
    assert [json.loads(i.body)["id"] for i in numbered if isinstance(i, FeedItem)] == ["1", "1~2", "1~3"]
    assert told == [1, 2, 3, 1, 2, 3]


def test_a_loop_over_nothing_ends() -> None:
    assert list(passes(lambda number: [], loop=True, fresh_ids=False, on_pass=lambda number: None)) == []
