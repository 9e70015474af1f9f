"""A stage that lies behind pauses its whole topic, and none but its own."""

from __future__ import annotations

from types import SimpleNamespace

from faust.types import TP

from agents.transport import Consumer

RAW = [TP("wire.raw", n) for n in range(4)]
UNIQUE = [TP("wire.unique", n) for n in range(4)]


def consumer() -> Consumer:
    made = object.__new__(Consumer)  # no broker: what is paused is a matter of three sets
    made.app = SimpleNamespace(in_recovery=False)
    made._active_partitions = {*RAW, *UNIQUE}
    made._buffered_partitions = set()
    made.assignment = lambda: {*RAW, *UNIQUE}
    return made


def test_all_partitions_of_the_topic_are_paused_together() -> None:
    here = consumer()
    here.on_buffer_full(RAW[2])
    assert here._active_partitions == set(UNIQUE)


def test_they_flow_again_together() -> None:
    here = consumer()
    here.on_buffer_full(RAW[2])
    here.on_buffer_drop(RAW[2])
    assert here._active_partitions == {*RAW, *UNIQUE}
    assert not here._buffered_partitions
