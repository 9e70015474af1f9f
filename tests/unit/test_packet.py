"""The frame between stages: what goes in comes out, and anything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Card, RecordId, Story, Verdict
from pipeline.packet import FORMAT, BadFrame, Packet, decode_batch, encode_batch, encode_batches


def packet(id: str, text: str = "One paragraph.") -> Packet:
    made = Packet()
    made.card = Card(id=id, source="agency", record="0-1", received=1.5, event_time=1.0)
    made.story = Story(id=id, source="agency", format="text", headline="A headline", paragraphs=[text])
    made.fingerprint = b"\x01\x00\xff"
    return made


def test_a_batch_survives_the_wire() -> None:
    first, second = packet("a"), packet("b", "Zürich · 東京")
    first.verdict = Verdict("new", "a", cluster="a")
    first.stamp("dedup", 12.5, "v1")
    got = decode_batch(encode_batch([first, second]))
    assert [p.card for p in got] == [first.card, second.card]
    assert got[0].verdict == Verdict("new", "a", cluster="a")
    assert got[0].trace == {"dedup": 12500, "dedup.model": "v1"}
    assert got[1].story.text == "Zürich · 東京"
    assert got[1].fingerprint == b"\x01\x00\xff"
    assert got[1].tags == []


def test_batches_keep_order_and_size() -> None:
    packets = [packet(str(i), "x" * 1000) for i in range(20)]
    batches = encode_batches(packets, 5000)
    assert [p.card.id for data in batches for p in decode_batch(data)] == [str(i) for i in range(20)]
    assert all(len(data) <= 5000 for data in batches)
    assert len(encode_batches([packet("big", "x" * 9000)], 5000)) == 1


def test_unknown_fields_of_a_newer_writer_are_dropped() -> None:
    data = Card("a", "s", "0-0", 1.0, 1.0).to_json()[:-1] + b',"mood":"calm"}'
    assert Card.from_json(data).id == "a"


def test_a_missing_section_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        _ = Packet().card


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else_raises(data: bytes) -> None:
    try:
        decode_batch(data)
    except BadFrame:
        return
    assert data[0] == FORMAT


@given(st.integers(min_value=0, max_value=400))
def test_a_truncated_batch_is_refused(cut: int) -> None:
    data = encode_batch([packet("a"), packet("b")])
    if cut < len(data):
        with pytest.raises(BadFrame):
            decode_batch(data[:cut])


@given(st.integers(0, 1000), st.integers(0, 2**60), st.integers(0, 1000))
def test_record_ids_read_back(partition: int, offset: int, item: int) -> None:
    record = RecordId(partition, offset, item)
    assert RecordId.parse(str(record)) == record
