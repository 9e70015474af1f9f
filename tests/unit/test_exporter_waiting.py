"""How long what waits has been waiting, and how long nothing of it has been done."""

from __future__ import annotations

from kafka import TopicPartition

from pipeline.exporter.waiting import REMEMBERED, Waiting

HERE = TopicPartition("wire.orders", 0)


def test_it_is_as_old_as_the_first_sighting_of_what_is_not_done() -> None:
    waiting = Waiting()
    assert waiting.seconds(HERE, end=3, done=3, now=0.0) == 0.0
    assert waiting.seconds(HERE, end=5, done=3, now=10.0) == 0.0  # seen just now
    assert waiting.seconds(HERE, end=5, done=3, now=14.0) == 4.0
    assert waiting.seconds(HERE, end=9, done=4, now=20.0) == 10.0  # the fifth record still, though others came
    assert waiting.seconds(HERE, end=9, done=5, now=21.0) == 1.0
    assert waiting.seconds(HERE, end=9, done=9, now=30.0) == 0.0


def test_a_topic_that_is_made_again_starts_anew() -> None:
    waiting = Waiting()
    waiting.seconds(HERE, end=100, done=0, now=0.0)
    assert waiting.seconds(HERE, end=2, done=0, now=50.0) == 0.0
    assert waiting.seconds(HERE, end=2, done=0, now=53.0) == 3.0


def test_partitions_are_apart() -> None:
    waiting = Waiting()
    waiting.seconds(HERE, end=1, done=0, now=0.0)
    assert waiting.seconds(TopicPartition("wire.orders", 1), end=1, done=0, now=9.0) == 0.0


def test_a_long_standstill_keeps_its_beginning_in_bounded_memory() -> None:
    waiting = Waiting()
    for second in range(20 * REMEMBERED):
        assert waiting.seconds(HERE, end=second + 1, done=0, now=float(second)) == float(second)
    assert len(waiting._seen[HERE]) <= REMEMBERED + 1


def test_a_backlog_that_shrinks_is_not_still() -> None:
    waiting = Waiting()
    assert waiting.still_seconds(HERE, end=100, done=0, now=0.0) == 0.0
    assert waiting.still_seconds(HERE, end=110, done=0, now=8.0) == 8.0
    assert waiting.still_seconds(HERE, end=120, done=1, now=9.0) == 0.0
    assert waiting.still_seconds(HERE, end=120, done=1, now=12.0) == 3.0
    assert waiting.still_seconds(HERE, end=120, done=120, now=13.0) == 0.0
    assert waiting.still_seconds(HERE, end=120, done=120, now=99.0) == 0.0  # nothing waits
    assert waiting.still_seconds(HERE, end=121, done=120, now=100.0) == 1.0
