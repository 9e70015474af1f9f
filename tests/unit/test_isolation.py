"""A story that breaks a stage takes none of its neighbours with it."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import Rejected, Skipped
from pipeline.stages.base import Dead, SkippedItem, isolated


def double(batch: Sequence[int]) -> list[int]:
    for n in batch:
        if n == 13:
            raise ValueError("unlucky")
        if n == 14:
            raise Rejected("bad-number", "Fourteen is not allowed.")
        if n == 15:
            raise Skipped("picture", "Fifteen is a picture.")
        if n == 16:
            raise RecursionError
    return [2 * n for n in batch]


def test_sound_batches_run_at_once() -> None:
    calls = []

    def once(batch: Sequence[int]) -> list[int]:
        calls.append(len(batch))
        return double(batch)

    assert isolated("double", [1, 2, 3], once) == [2, 4, 6]
    assert calls == [3]


def test_only_the_guilty_fall_out() -> None:
    outcomes = isolated("double", [1, 13, 2, 14, 15, 16, 3], double)
    assert [o for o in outcomes if isinstance(o, int)] == [2, 4, 6]
    assert outcomes[3] == Dead("bad-number", "Fourteen is not allowed.")
    assert outcomes[4] == SkippedItem("picture", "Fifteen is a picture.")
    broken, endless = outcomes[1], outcomes[5]
    assert isinstance(broken, Dead) and broken.code == "stage-error" and "unlucky" in broken.detail
    assert isinstance(endless, Dead) and endless.code == "too-complex"


def test_a_stage_that_loses_a_story_is_caught() -> None:
    outcomes = isolated("lossy", [1, 2], lambda batch: list(batch)[1:])
    assert all(isinstance(o, Dead) and o.code == "stage-error" for o in outcomes)
