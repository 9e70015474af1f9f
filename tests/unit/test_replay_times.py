"""A story's own time is found without parsing it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.replay.items import FeedItem
from pipeline.replay.times import parse_time, peek_time
from tests.shared import shared_rows

T = datetime(2024, 3, 1, 12, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "body",
    [
        b'{"published": "2024-03-01T12:30:00Z"}',
        b'\xef\xbb\xbf {"time": "2024-03-01T13:30:00+01:00"}',
        b'{"date": "2024-03-01T12:30:00"}',
        b'{"published": "soon", "versioncreated": "2024-03-01T12:30:00+0000"}',
        b'{"time": 1709296200}',
        b'{"time": 1709296200000}',
        b"<item><versionCreated>2024-03-01T12:30:00Z</versionCreated></item>",
        b"<x><FirstCreated>20240101T000000Z</FirstCreated><ThisRevisionCreated>20240301T123000+0000</ThisRevisionCreated></x>",
        b"<NewsEnvelope><DateAndTime>20240301T133000+0100</DateAndTime></NewsEnvelope>",
        b"<rss><item><pubDate>Fri, 01 Mar 2024 12:30:00 GMT</pubDate></item></rss>",
        b"<entry><published>2024-03-01T12:30:00Z</published></entry>",
        b"<item><dc:date>2024-03-01T12:30:00Z</dc:date></item>",
        b'<nitf><date.issue norm="20240301T123000Z"/></nitf>',
        b"From: desk@example.org\r\nDate: Fri, 1 Mar 2024 13:30:00 +0100\r\n\r\nText",
        '<?xml version="1.0"?><published>2024-03-01T12:30:00Z</published>'.encode("utf-16"),
    ],
)
def test_the_time_is_found(body: bytes) -> None:
    assert peek_time(body) == T
    assert FeedItem(body, "s", "n").published == T


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"published": true}',
        b'{"published": ""}',
        b'{"time": -5}',
        b"Plain text, no date.",
        b"<a><date/></a>",
    ],
)
def test_no_time_is_none(body: bytes) -> None:
    assert peek_time(body) is None


@given(
    st.binary(max_size=200)
    | st.text(max_size=60).map(lambda t: f"<published>{t}</published>".encode("utf-8", "replace"))
)
def test_peeking_never_raises(body: bytes) -> None:
    assert peek_time(body) is None or isinstance(peek_time(body), float)


@given(st.text(max_size=40))
def test_parsing_never_raises(text: str) -> None:
    assert parse_time(text) is None or isinstance(parse_time(text), float)


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_iso_time_is_read(moment: datetime) -> None:
    assert parse_time(moment.isoformat()) == moment.timestamp()


@pytest.mark.shared
def test_every_story_of_a_real_wire_has_its_time() -> None:
    import orjson

    found = [peek_time(orjson.dumps(row)) for row in shared_rows("dev-wire-reuters.jsonl.gz")]
    assert None not in found
    assert len({t for t in found if t is not None}) > 5_000
