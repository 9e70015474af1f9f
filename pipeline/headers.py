"""The headers of records on `wire.raw` and `wire.dead`: their names, and how they are written and read.

Values are UTF-8 text; times are whole milliseconds since the epoch. All are optional on `wire.raw`, where any producer
may write: whatever is missing or cannot be read counts as not given, for a header alone never kills a story.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.model import RawStory, RecordId

Headers = list[tuple[str, bytes]]
"""As both Kafka clients take them."""

ReadHeaders = Iterable[tuple[str, bytes | None]] | None
"""As both Kafka clients give them: the protocol lets a value, or all of them, be null."""

# On wire.raw: how the bytes came.
SOURCE = "source"
FORMAT = "format"
RECEIVED = "received"
ID = "id"
CONTENT_TYPE = "content-type"
TRUTH = "truth"
REPLAY_OF = "replay-of"
"""On a raw record that `wire dead --replay` sent again: the raw record (`RecordId` as text) it repeats."""

# On wire.dead, besides those of the raw record.
STAGE = "stage"
REASON = "reason"
DETAIL = "detail"
RAW = "raw"
"""The raw record that died (`RecordId` as text)."""
AT = "at"
"""When it died."""

_LATEST_MS = 253_402_300_799_999  # the year 9999: a larger number is no time in milliseconds


@dataclass(slots=True)
class DeadLetter:
    """A record of `wire.dead`: the raw record as it came, and why it went no further."""

    raw: RawStory
    stage: str
    reason: str
    """One of a bounded set of codes."""
    detail: str
    """One sentence for a person."""
    at: float
    """Epoch seconds at which it died."""


def raw_headers(
    *,
    received: float,
    source: str = "",
    format: str = "",
    id: str = "",
    content_type: str = "",
    truth: str = "",
    replay_of: str = "",
) -> Headers:
    """The headers of a raw record. `received` is in epoch seconds; empty strings are left out."""
    return _encode(
        (RECEIVED, _millis(received)),
        (SOURCE, source),
        (FORMAT, format),
        (ID, id),
        (CONTENT_TYPE, content_type),
        (TRUTH, truth),
        (REPLAY_OF, replay_of),
    )


def read_raw(headers: ReadHeaders, *, body: bytes | None, partition: int, offset: int, timestamp_ms: int) -> RawStory:
    """A record of `wire.raw` as a `RawStory`.

    `body` is the record's value (null counts as empty); `timestamp_ms` is Kafka's time of the record, used where the
    producer gave no readable `received`. Where a header stands twice the last one counts.
    """
    texts = _decode(headers)
    return _raw(texts, body, RecordId(partition, offset), timestamp_ms)


def dead_headers(letter: DeadLetter) -> Headers:
    """The headers of a dead letter; its value is `letter.raw.body`, its key `str(letter.raw.record)`."""
    raw = letter.raw
    return _encode(
        (STAGE, letter.stage),
        (REASON, letter.reason),
        (DETAIL, letter.detail),
        (RAW, str(raw.record)),
        (AT, _millis(letter.at)),
    ) + raw_headers(
        received=raw.received,
        source=raw.source,
        format=raw.format,
        id=raw.feed_id,
        content_type=raw.content_type,
        truth=raw.truth,
    )


def read_dead(headers: ReadHeaders, *, body: bytes | None, timestamp_ms: int) -> DeadLetter:
    """A record of `wire.dead`. Headers that are missing read as empty, times as Kafka's time of the record."""
    texts = _decode(headers)
    try:
        record = RecordId.parse(texts.get(RAW, ""))
    except ValueError:
        record = RecordId(-1, -1)  # a foreign record: still worth showing
    return DeadLetter(
        raw=_raw(texts, body, record, timestamp_ms),
        stage=texts.get(STAGE, ""),
        reason=texts.get(REASON, ""),
        detail=texts.get(DETAIL, ""),
        at=_seconds(texts.get(AT, ""), timestamp_ms),
    )


def _raw(texts: dict[str, str], body: bytes | None, record: RecordId, timestamp_ms: int) -> RawStory:
    return RawStory(
        body=body or b"",
        record=record,
        received=_seconds(texts.get(RECEIVED, ""), timestamp_ms),
        source=texts.get(SOURCE, ""),
        format=texts.get(FORMAT, ""),
        feed_id=texts.get(ID, ""),
        content_type=texts.get(CONTENT_TYPE, ""),
        truth=texts.get(TRUTH, ""),
    )


def _encode(*pairs: tuple[str, str]) -> Headers:
    # "replace": a lone surrogate from a file name must not keep a story from being sent
    return [(name, value.encode("utf-8", "replace")) for name, value in pairs if value]


def _decode(headers: ReadHeaders) -> dict[str, str]:
    return {name: value.decode("utf-8", "replace") for name, value in headers or () if value is not None}


def _millis(seconds: float) -> str:
    return str(round(seconds * 1000))


def _seconds(millis: str, otherwise_ms: int) -> float:
    if millis.isascii() and millis.isdigit() and 0 < len(millis) <= 15 and int(millis) <= _LATEST_MS:
        return int(millis) / 1000
    return otherwise_ms / 1000
