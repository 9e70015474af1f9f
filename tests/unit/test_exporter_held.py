"""What `wire.held` holds, as the exporter counts it, and which of it ought to have gone out."""

from __future__ import annotations

import pytest

from pipeline.exporter.held import Held
from pipeline.packet import encode_batch
from tests.unit.living import NOW, Living

HOUR = 3600.0


def _packet(embargo: str) -> bytes:
    living = Living()
    living.feed(id="speech", title="Budget speech", text="The minister will say so.", embargo=embargo)
    return encode_batch([living.last])


def test_a_story_is_overdue_from_the_end_of_its_embargo_until_it_is_let_go() -> None:
    held = Held()
    held.note("0-1", _packet("2026-03-19T10:00:00Z"))  # an hour after NOW
    held.note("0-2", _packet("2026-03-19T12:00:00Z"))
    assert len(held) == 2
    assert held.overdue_seconds(NOW) == 0.0
    assert held.overdue_seconds(NOW + HOUR + 90) == 90.0
    held.note("0-1", None)
    assert len(held) == 1
    assert held.overdue_seconds(NOW + HOUR + 90) == 0.0


def test_a_story_whose_embargo_has_no_readable_end_is_never_overdue() -> None:
    held = Held()
    held.note("0-1", _packet("when the minister stands up"))
    assert len(held) == 1
    assert held.overdue_seconds(NOW + 1000 * HOUR) == 0.0


def test_what_holds_no_story_is_refused() -> None:
    with pytest.raises(ValueError, match=r"record|frame|batch|section"):
        Held().note("0-1", b"nothing of ours")
    with pytest.raises(ValueError, match="empty"):
        Held().note("0-1", encode_batch([]))
