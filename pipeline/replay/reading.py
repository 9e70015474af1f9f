"""Reading feeds: files, folders, archives, JSON lines, compressed or not, and standard input, one record at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple

from pipeline.replay.archives import tar_members, zip_members
from pipeline.replay.files import STDIN, FeedFile, Place, find, place_of
from pipeline.replay.items import RECORD_LIMIT, FeedItem, Item, Note, Oversized, Report, log_note
from pipeline.replay.jsonfeed import elements, identify, lines
from pipeline.replay.sniff import ARCHIVES, COMPRESSED, Kind, format_hint, kind_of
from pipeline.replay.stream import Damaged, Stream, TooMuch, decompressed, file_stream

__all__ = ["FeedItem", "Item", "Note", "Oversized", "read", "read_files", "records"]

ARRAY_LIMIT = 256 * 1024 * 1024
"""Bytes of a JSON array that is taken apart; it is held in memory."""


def read(paths: Sequence[str], *, source: str = "", report: Report = log_note) -> Iterator[Item]:
    """The records of the named inputs, lazily and in order.

    `paths`: files, folders (all the way down, in order of name, hidden files left out), `.zip` and `.tar.*` archives,
    `-` for standard input. What an input holds is told from its bytes, not from its name. One record is: a line of JSON
    lines, an element of a JSON array of objects, or a file. Bytes are passed on as they are, broken ones too.
    `source` names the feed; else it is a JSON record's own `source`, the file's stem for lines, the folder for files.
    `report` is told of what could not be read, and of empty files.

    Raises Usage, before it returns, for paths that are missing or cannot be read.
    """
    return read_files(find(paths), source=source, report=report)


def read_files(files: Sequence[FeedFile], *, source: str = "", report: Report = log_note) -> Iterator[Item]:
    """As `read`, for files that were found already."""
    for record in records(files, report):
        if record.size > RECORD_LIMIT:
            yield Oversized(record.name, record.size)
        else:
            yield _item(record, source)


class Record(NamedTuple):
    """A record's bytes before anything is known of them."""

    body: bytes
    name: str
    place: Place
    part: bool
    """Whether it is one of several in its file: a line or an element."""
    size: int
    """Bytes; of a record that is too large the only thing known."""


def records(files: Sequence[FeedFile], report: Report = log_note) -> Iterator[Record]:
    """Every record of the files, undecoded: enough to count them."""
    for file in files:
        place = place_of(file)
        try:
            if file.path == STDIN:
                yield from _contents(file_stream(sys.stdin.buffer), place, file, report)
            else:
                # unbuffered where it is a pipe, so that what has arrived is not kept waiting for more
                with open(file.path, "rb", buffering=0 if file.live else -1) as opened:  # noqa: PTH123
                    if _is_zip(opened, file):
                        yield from _archive(zip_members(opened, place, file.size, report), report)
                    else:
                        yield from _contents(file_stream(opened), place, file, report)
        except Damaged as e:
            report(Note(place.name, str(e)))
        except OSError as e:
            report(Note(place.name, f"cannot be read ({e.strerror or e})"))


def _is_zip(opened: IO[bytes], file: FeedFile) -> bool:
    if file.live:
        return False
    start = opened.read(4)
    opened.seek(0)
    return start in (b"PK\x03\x04", b"PK\x05\x06")


def _contents(stream: Stream, place: Place, file: FeedFile, report: Report) -> Iterator[Record]:
    """A file's records; of compressed ones those of what they hold. Raises Damaged."""
    kind = kind_of(stream, named_lines=place.named_lines, live=file.live)
    size = file.size
    if kind in COMPRESSED:
        stream, place, size = decompressed(stream, kind.value), place.uncompressed(), -1
        kind = kind_of(stream, named_lines=place.named_lines, live=file.live)
    if kind is Kind.TAR:
        yield from _archive(tar_members(stream, place, file.size, report), report)
    elif kind is Kind.ZIP:
        raise Damaged("a zip archive that comes through a pipe or is compressed again; save it and name the file")
    else:
        yield from _plain(stream, kind, place, size, report)


def _archive(members: Iterator[tuple[Place, Stream, int]], report: Report) -> Iterator[Record]:
    for place, packed, size in members:
        stream = packed
        try:
            kind = kind_of(stream, named_lines=place.named_lines)
            if kind in COMPRESSED:
                stream, place, size = decompressed(stream, kind.value), place.uncompressed(), -1
                kind = kind_of(stream, named_lines=place.named_lines)
            if kind in ARCHIVES:
                report(Note(place.name, "an archive within an archive; unpack it and name it itself"))
            else:
                yield from _plain(stream, kind, place, size, report)
        except TooMuch:
            raise
        except Damaged as e:
            report(Note(place.name, str(e)))


def _plain(stream: Stream, kind: Kind, place: Place, size: int, report: Report) -> Iterator[Record]:
    if kind in COMPRESSED:
        report(Note(place.name, "compressed twice; undo that and name it again"))
    elif kind is Kind.EMPTY:
        report(Note(place.name, "empty", lost=False))
        yield Record(b"", place.name, place, False, 0)
    elif kind is Kind.LINES:
        for number, line in lines(stream, RECORD_LIMIT):
            name = f"{place.name}#{number}"
            if isinstance(line, int):
                yield Record(b"", name, place, True, line)
            else:
                yield Record(line, name, place, True, len(line))
    else:
        yield from _document(stream, place, size)


def _document(stream: Stream, place: Place, size: int) -> Iterator[Record]:
    array = stream.peek_line(1024).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["
    limit = ARRAY_LIMIT if array else RECORD_LIMIT
    if size > limit:
        yield Record(b"", place.name, place, False, size)
        return
    body, size = stream.read_all(limit)
    parts = elements(body) if array else None
    if parts is None:
        yield Record(body, place.name, place, False, size)
        return
    for number, part in enumerate(parts, 1):
        yield Record(part, f"{place.name}#{number}", place, True, len(part))


def _item(record: Record, source: str) -> FeedItem:
    hint = format_hint(record.body)
    feed_id, own_source = identify(record.body) if hint == "json" else ("", "")
    if not source:
        source = own_source or (record.place.stem if record.part else record.place.folder)
    return FeedItem(record.body, source, record.name, hint, feed_id)
