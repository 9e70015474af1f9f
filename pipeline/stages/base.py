"""What a stage is: a function over a batch of stories that gives one outcome for each, in order.

A stage knows nothing of Kafka. It may raise `Rejected` or `Skipped` for a story; `isolated` makes sure that a story
that breaks a stage in any other way takes none of its neighbours with it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pipeline.errors import Rejected, Skipped
from pipeline.packet import Packet

log = logging.getLogger(__name__)
In = TypeVar("In")
Out = TypeVar("Out")


@dataclass(frozen=True, slots=True)
class Dead:
    """This story cannot go on: `code` is bounded (a metric's label), `detail` one sentence for a person."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class SkippedItem:
    """Sound, but no text story; `what` it is instead."""

    what: str
    detail: str
    id: str = ""


class PacketStage(Protocol):
    """A stage between packets: dedup, tag, classify. It writes its result into the packet."""

    name: str

    @property
    def model(self) -> str:
        """The version of what decided (model, rules), stamped on every story; empty where there is none."""
        ...

    def run(self, batch: Sequence[Packet]) -> None:
        """Add this stage's section to each packet. May raise; then the caller tries the packets one by one."""
        ...


def isolated(
    stage: str, batch: Sequence[In], run_all: Callable[[Sequence[In]], Sequence[Out]]
) -> list[Out | Dead | SkippedItem]:
    """Run `run_all` over the batch; where that raises, story by story, so that only the guilty ones fall out.

    Returns one outcome for each input, in order. `run_all` must be safe to repeat on the same input.
    """
    try:
        outcomes = run_all(batch)
        if len(outcomes) != len(batch):
            raise AssertionError(f"{stage} gave {len(outcomes)} outcomes for {len(batch)} stories")
        return list(outcomes)
    except Exception as e:
        if len(batch) == 1:
            return [_verdict_on(stage, e)]
    return [isolated(stage, [item], run_all)[0] for item in batch]


def _verdict_on(stage: str, error: Exception) -> Dead | SkippedItem:
    return SkippedItem(error.what, error.detail) if isinstance(error, Skipped) else dead_of(stage, error)


LATE_REASONS = ("too-large", "too-complex", "stage-error", "foreign-record")
"""Every code that a dead letter of a stage after parse may have."""


def dead_of(stage: str, error: Exception) -> Dead:
    """The dead letter of a story on which `stage` raised `error`."""
    match error:
        case Rejected():
            return Dead(error.code, error.detail)
        case RecursionError() | MemoryError():
            return Dead("too-complex", f"{stage} gave up on this story: {type(error).__name__}.")
        case _:
            log.error("%s failed on a story; it goes to the dead letters", stage, exc_info=error)
            return Dead("stage-error", f"{stage} failed on this story: {type(error).__name__}: {error}"[:500])
