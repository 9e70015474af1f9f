"""Headers written are read back; foreign or broken ones never kill a record."""

from __future__ import annotations

from pipeline.headers import DeadLetter, dead_headers, raw_headers, read_dead, read_raw
from pipeline.model import RawStory, RecordId


def test_raw_headers_come_back() -> None:
    headers = raw_headers(
        received=1_700_000_000.123, source="reuters", format="text", id="r-1", content_type="text/plain; charset=x",
        truth="new",
    )  # fmt: skip
    raw = read_raw(headers, body=b"Hello", partition=2, offset=7, timestamp_ms=5)
    assert raw == RawStory(
        b"Hello", RecordId(2, 7), 1_700_000_000.123, "reuters", "text", "r-1", "text/plain; charset=x", "new"
    )


def test_what_was_not_given_is_left_out() -> None:
    assert raw_headers(received=1.0) == [("received", b"1000")]


def test_a_foreign_record_without_headers_has_kafkas_time() -> None:
    raw = read_raw(None, body=None, partition=0, offset=0, timestamp_ms=1_500)
    assert (raw.body, raw.received, raw.source) == (b"", 1.5, "")


def test_unreadable_headers_count_as_not_given() -> None:
    for received in (b"yesterday", b"-5", b"9" * 40, b"", "٣".encode(), b"\xff"):
        assert read_raw([("received", received)], body=b"", partition=0, offset=0, timestamp_ms=2_000).received == 2.0
    assert read_raw([("source", b"\xff\xfe"), ("id", None)], body=b"", partition=0, offset=0, timestamp_ms=0).source


def test_a_surrogate_in_a_file_name_is_replaced() -> None:
    assert ("source", b"feed-?") in raw_headers(received=1.0, source="feed-\udcff")


def test_dead_letters_come_back_whole() -> None:
    raw = RawStory(b"\x00\xff", RecordId(3, 44, 2), 10.5, "afp", "json", "x", "text/html", "broken")
    letter = DeadLetter(raw, "parse", "bad-json", "The line is not JSON: it ends inside a string.", 11.25)
    assert read_dead(dead_headers(letter), body=raw.body, timestamp_ms=0) == letter


def test_a_dead_letter_from_elsewhere_is_still_readable() -> None:
    letter = read_dead([("raw", b"nonsense")], body=b"x", timestamp_ms=3_000)
    assert (letter.raw.record, letter.at, letter.reason) == (RecordId(-1, -1), 3.0, "")
