"""What the batching transport commits: everything confirmed up to the first chunk that is not, and nothing beyond."""

from __future__ import annotations

from agents.transport import Spans


def test_nothing_is_committed_before_it_is_confirmed() -> None:
    spans = Spans()
    spans.hand_out(0, 500)
    assert spans.take_committable() is None
    spans.confirm(0)
    assert spans.take_committable() == 500
    assert spans.take_committable() is None


def test_an_unconfirmed_chunk_holds_back_those_behind_it() -> None:
    spans = Spans()
    for first in (0, 10, 20):
        spans.hand_out(first, first + 10)
    spans.confirm(10)
    spans.confirm(20)
    assert spans.take_committable() is None
    spans.confirm(0)
    assert spans.take_committable() == 30


def test_gaps_in_offsets_do_not_stop_commits() -> None:
    spans = Spans()
    spans.hand_out(0, 3)
    spans.hand_out(7, 9)  # compaction or a transaction's marker took what lay between
    spans.confirm(0)
    spans.confirm(7)
    assert spans.take_committable() == 9


def test_what_is_read_again_must_be_confirmed_again() -> None:
    spans = Spans()
    spans.hand_out(0, 10)
    spans.hand_out(10, 20)
    spans.confirm(10)
    spans.hand_out(0, 15)  # after a rebalance: cut differently
    assert spans.take_committable() is None
    spans.confirm(0)
    assert spans.take_committable() == 15


def test_a_confirmation_of_an_earlier_life_confirms_nothing() -> None:
    spans = Spans()
    spans.confirm(0)  # the partition had gone, and came back since
    spans.hand_out(0, 10)
    assert spans.take_committable() is None
