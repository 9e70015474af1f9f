"""A snapshot is the state: whatever comes after it gets the same verdict; what is no snapshot of ours is refused."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.horizon import START, batches
from pipeline.dedup.snapshot import Loader, Unfit, dump
from pipeline.dedup.state import State
from pipeline.model import Card, Verdict

HOUR = 3600.0


def stories(count: int, seed: int, hours: float) -> tuple[list[Card], list[bytes]]:
    """Stories over so many hours, some of them late, some killed, some versions of others."""
    cards: list[Card] = []
    prints: list[bytes] = []
    for more, data in batches(count, seed):
        cards += more
        prints += data
    for n, card in enumerate(cards):
        card.received = START + n * hours * HOUR / count
        card.event_time = card.received - (n % 11 == 0) * 40 * HOUR - n % 7 * 60
        card.version = str(n % 3) if n % 5 == 0 else ""
        card.signal = "kill" if n % 53 == 0 else ""
        if n % 9 == 0 and n:
            card.id = cards[n - 4].id
    return cards, prints


def decided(state: State, cards: list[Card], prints: list[bytes]) -> list[Verdict]:
    return list(state.decide(cards, prints))


def copied(state: State, cut: int, like: State) -> State:
    loader = Loader(like)
    stream = b"".join(dump(state, 1 << 16))
    for at in range(0, len(stream), cut):
        loader.feed(stream[at : at + cut])
    return loader.finish()


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 1000), before=st.integers(0, 900), after=st.integers(1, 400),
    hours=st.sampled_from([1, 30, 200]),
    small=st.booleans(), cut=st.integers(1 << 16, 1 << 22),
)  # fmt: skip
def test_a_snapshot_decides_the_same(seed: int, before: int, after: int, hours: float, small: bool, cut: int) -> None:
    cards, prints = stories(before + after, seed, hours)
    capacity = (400, 100) if small else (2_000_000, 500_000)
    first = State(24 * HOUR, *capacity)
    decided(first, cards[:before], prints[:before])
    second = copied(first, cut, State(24 * HOUR, *capacity))
    assert second.stats() == first.stats()
    assert decided(second, cards[before:], prints[before:]) == decided(first, cards[before:], prints[before:])
    assert decided(second, cards[-50:], prints[-50:]) == decided(first, cards[-50:], prints[-50:])
    assert second.stats() == first.stats()


def test_long_identifiers_survive() -> None:
    cards, prints = stories(3, 1, 1)
    cards[1].id = "x" * 70_000
    first = State(HOUR)
    expected = decided(first, cards, prints)
    second = copied(first, 1 << 20, State(HOUR))
    assert [second.redelivered(card) for card in cards] == expected


def stream() -> bytearray:
    cards, prints = stories(200, 2, 1)
    state = State(HOUR, 1000, 100)
    decided(state, cards, prints)
    return bytearray(b"".join(dump(state)))


def load(data: bytes, horizon: float = HOUR) -> None:
    loader = Loader(State(horizon, 1000, 100))
    loader.feed(data)
    loader.finish()


def test_what_does_not_fit_is_refused_with_its_reason() -> None:
    data = bytes(stream())
    size = int.from_bytes(data[:4], "little")
    head = orjson.loads(data[4 : 4 + size])

    def with_head(**changed: object) -> bytes:
        new = orjson.dumps(head | changed)
        return len(new).to_bytes(4, "little") + new + data[4 + size :]

    load(with_head())
    with pytest.raises(Unfit, match="format 99"):
        load(with_head(format=99))
    with pytest.raises(Unfit, match="setting of horizon"):
        load(data, 2 * HOUR)
    with pytest.raises(Unfit, match="cut short"):
        load(data[:-1])
    with pytest.raises(Unfit, match="longer"):
        load(data + b"x")
    with pytest.raises(Unfit, match="head"):
        load(b"\x05\x00\x00\x00xxxxx")
    with pytest.raises(Unfit, match="head"):
        load(with_head(arrays=[["memory.numbers", "O", [3]]]))
    with pytest.raises(Unfit, match="agree"):
        load(with_head(scalars={}))
