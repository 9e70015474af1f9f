"""Files, folders, JSON lines and documents become records: original bytes, a source, an id, a place."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import random
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Usage
from pipeline.replay.items import RECORD_LIMIT, FeedItem, Item, Note, Oversized
from pipeline.replay.jsonfeed import elements, lines
from pipeline.replay.reading import read
from pipeline.replay.stream import CHUNK, Stream

LINES = b'{"id": "a", "source": "reuters", "title": "One"}\n\n{"id": 7, "text": "Two"}\r\n{"broken": \n  \n"scalar"\n'
RECORDS = [
    b'{"id": "a", "source": "reuters", "title": "One"}',
    b'{"id": 7, "text": "Two"}',
    b'{"broken": ',
    b'"scalar"',
]


def items_of(*paths: Path | str, source: str = "") -> list[FeedItem]:
    found = []
    for item in read([str(path) for path in paths], source=source, report=unexpected):
        assert isinstance(item, FeedItem)
        found.append(item)
    return found


def unexpected(note: Note) -> None:
    raise AssertionError(str(note))


def bodies(*paths: Path | str) -> list[bytes]:
    return [item.body for item in items_of(*paths)]


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_json_lines_are_records_with_id_source_and_line_and_broken_lines_pass(tmp_path: Path) -> None:
    feed = write(tmp_path / "feed.jsonl", LINES)
    found = items_of(feed)
    assert [item.body for item in found] == RECORDS
    assert [item.feed_id for item in found] == ["a", "7", "", ""]
    assert [item.source for item in found] == ["reuters", "feed", "feed", "feed"]
    assert [item.name for item in found] == [f"{feed}#{n}" for n in (1, 3, 4, 6)]
    assert [item.format for item in found] == ["json", "json", "json", "text"]
    assert found[0].key == b"reuters/a"
    assert found[2].key == f"{feed}#4".encode()


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".gz", gzip.compress),
        (".zst", zstandard.ZstdCompressor().compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        ("", gzip.compress),  # the bytes tell, whatever the name says
    ],
)
def test_compressed_lines(tmp_path: Path, suffix: str, pack: object) -> None:
    assert callable(pack)
    found = items_of(write(tmp_path / f"feed.jsonl{suffix}", pack(LINES)))
    assert [item.body for item in found] == RECORDS
    assert {item.source for item in found} == {"reuters", "feed"}


def test_several_compressed_parts_in_one_file(tmp_path: Path) -> None:
    one, two = b'{"id": 1}\n', b'{"id": 2}\n'
    compress = zstandard.ZstdCompressor().compress
    assert bodies(write(tmp_path / "a.jsonl.gz", gzip.compress(one) + gzip.compress(two))) == [
        b'{"id": 1}',
        b'{"id": 2}',
    ]
    assert bodies(write(tmp_path / "a.jsonl.zst", compress(one) + compress(two))) == [b'{"id": 1}', b'{"id": 2}']


def test_a_loose_text_is_one_record_named_after_its_folder(tmp_path: Path) -> None:
    text = b"Headline\n\nFirst paragraph.\n"
    [item] = items_of(write(tmp_path / "agency" / "story.txt", text))
    assert (item.body, item.source, item.format, item.feed_id) == (text, "agency", "text", "")
    [item] = items_of(write(tmp_path / "agency" / "story.txt.gz", gzip.compress(text)))
    assert (item.body, item.source) == (text, "agency")


def test_the_folder_of_a_bare_file_name_is_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "desk" / "story.txt", b"x")
    monkeypatch.chdir(tmp_path / "desk")
    assert [item.source for item in items_of("story.txt")] == ["desk"]
    (tmp_path / "desk" / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "desk" / "sub")
    assert [item.source for item in items_of("../story.txt")] == ["desk"]


def test_a_given_source_names_everything(tmp_path: Path) -> None:
    feed = write(tmp_path / "feed.jsonl", LINES)
    assert {item.source for item in items_of(feed, source="mine")} == {"mine"}


@pytest.mark.parametrize("name", ["story.json", "story", "story.jsonl"])
def test_a_json_document_over_several_lines_is_one_record(tmp_path: Path, name: str) -> None:
    document = json.dumps({"id": "x", "source": "aap", "text": "one\ntwo"}, indent=2).encode()
    [item] = items_of(write(tmp_path / name, document))
    assert (item.body, item.source, item.feed_id) == (document, "aap", "x")


@pytest.mark.parametrize("name", ["feed.json", "feed.txt", "feed"])
def test_json_lines_under_another_name(tmp_path: Path, name: str) -> None:
    assert bodies(write(tmp_path / name, b'{"id": 1}\n{"id": 2}\n{"id": ')) == [b'{"id": 1}', b'{"id": 2}', b'{"id": ']


def test_a_document_on_one_line_is_a_document(tmp_path: Path) -> None:
    [item] = items_of(write(tmp_path / "desk" / "story.json", b'{"id": 1}\n  \n'))
    assert (item.source, item.name) == ("desk", str(tmp_path / "desk" / "story.json"))


def test_an_array_of_objects_gives_its_elements_as_they_stand(tmp_path: Path) -> None:
    parts = ['{"id": 1,  "title": "é"}', '{"id":2, "a": {"b": [1, "]"]}}']
    array = write(tmp_path / "day.json", ("[ " + " ,\n".join(parts) + " ]\n").encode())
    found = items_of(array)
    assert [item.body for item in found] == [part.encode() for part in parts]
    assert [(item.name, item.source, item.feed_id) for item in found] == [
        (f"{array}#1", "day", "1"),
        (f"{array}#2", "day", "2"),
    ]


@pytest.mark.parametrize(
    "array", [b"[]", b'[{"id": 1}, 2]', b"[1, 2]", b'[{"id": 1}', b'[{"id": 1}] x', b"[" * 100_000]
)
def test_any_other_array_is_one_record(tmp_path: Path, array: bytes) -> None:
    assert bodies(write(tmp_path / "day.json", array)) == [array]


def test_a_byte_order_mark_belongs_to_the_file_not_to_its_first_line(tmp_path: Path) -> None:
    assert bodies(write(tmp_path / "feed.jsonl", b'\xef\xbb\xbf{"id": 1}\n{"id": 2}\n')) == [b'{"id": 1}', b'{"id": 2}']


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"<?xml version='1.0'?><rss/>", "xml"),
        (b"<!-- x --><!DOCTYPE html><html>", "html"),
        ("Überschrift".encode(), "text"),
        ("Wide".encode("utf-16"), ""),
        (b"\x00\x01\x02", ""),
    ],
)
def test_other_bytes_are_one_record_with_a_hint(tmp_path: Path, data: bytes, hint: str) -> None:
    [item] = items_of(write(tmp_path / "any.bin", data))
    assert (item.body, item.format) == (data, hint)


def test_an_empty_file_is_an_empty_record_and_is_reported(tmp_path: Path) -> None:
    notes: list[Note] = []
    path = write(tmp_path / "empty.txt", b"")
    [item] = read([str(path)], report=notes.append)
    assert isinstance(item, FeedItem)
    assert item.body == b""
    assert [(note.name, note.lost) for note in notes] == [(str(path), False)]


def test_a_folder_is_read_all_the_way_down_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "a.txt", ".hidden", "b/.git/x", "c.jsonl"):
        write(tmp_path / name, b'{"n": 1}\n{"n": 2}\n' if name.endswith("jsonl") else name.encode())
    assert bodies(tmp_path) == [b"a.txt", b"b/1.txt", b"b/2.txt", b'{"n": 1}', b'{"n": 2}']


def test_a_folder_may_say_what_in_it_is_no_feed(tmp_path: Path) -> None:
    for name in ("README.md", "a.txt", "drafts/x.txt"):
        write(tmp_path / name, name.encode())
    write(tmp_path / ".wireignore", b"# not feeds\n*.md\ndrafts\n")
    assert bodies(tmp_path) == [b"a.txt"]


def test_wrong_paths_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    good = str(write(tmp_path / "good.txt", b"x"))
    (tmp_path / "void").mkdir()
    write(tmp_path / "bad.zip", b"PK\x03\x04 cut off")
    for name, words in [("missing", "No such file"), ("void", "holds no file"), ("bad.zip", "not a zip archive")]:
        with pytest.raises(Usage, match=words):
            read([good, str(tmp_path / name)])
    with pytest.raises(Usage, match="only once"):
        read(["-", "-"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "secret.txt", b"x")
    path.chmod(0)
    with pytest.raises(Usage, match="Permission denied"):
        read([str(path)])


def test_what_no_record_can_carry_is_accounted_for(tmp_path: Path) -> None:
    long = b'{"text": "' + b"x" * RECORD_LIMIT + b'"}'
    feed = write(tmp_path / "feed.jsonl", b'{"id": 1}\n' + long + b'\n{"id": 3}\n' + long)
    big = write(tmp_path / "big.txt", b"x" * (RECORD_LIMIT + 1))
    packed = write(tmp_path / "big.txt.gz", gzip.compress(b"x" * (RECORD_LIMIT + 1), 1))
    found: list[Item] = list(read([str(feed), str(big), str(packed)], report=unexpected))
    names = [item.name for item in found if isinstance(item, Oversized)]
    assert [item.body for item in found if isinstance(item, FeedItem)] == [b'{"id": 1}', b'{"id": 3}']
    assert names == [f"{feed}#2", f"{feed}#4", str(big), str(packed)]
    assert [item.size for item in found if isinstance(item, Oversized)][:3] == [len(long), len(long), RECORD_LIMIT + 1]


@pytest.mark.parametrize("suffix", ["gz", "zst", "xz"])
def test_a_damaged_feed_gives_what_can_be_read_and_a_note(tmp_path: Path, suffix: str) -> None:
    def pack(data: bytes) -> bytes:
        if suffix == "xz":
            return lzma.compress(data, preset=0)
        return gzip.compress(data, 1) if suffix == "gz" else zstandard.ZstdCompressor().compress(data)

    rng = random.Random(1)
    whole = b"".join(b'{"id": "%d", "text": "%s"}\n' % (n, rng.randbytes(100).hex().encode()) for n in range(8_000))
    packed = pack(whole)
    feed = write(tmp_path / f"feed.jsonl.{suffix}", packed[: len(packed) // 2])
    after = write(tmp_path / "good.txt", b"good")
    notes: list[Note] = []
    found = [item.body for item in read([str(feed), str(after)], report=notes.append) if isinstance(item, FeedItem)]
    *first, last = found[:-1]
    assert first == whole.splitlines()[: len(first)]
    assert len(first) > 1000
    assert whole.splitlines()[len(first)].startswith(last)
    assert found[-1] == b"good"
    assert [(note.name, note.lost) for note in notes] == [(str(feed), True)]


def test_standard_input_is_lines_or_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    for data, expected in [
        (b'\n {"id": 1}\n{"broken\n', [b' {"id": 1}', b'{"broken']),
        (b'{"id": 1}', [b'{"id": 1}']),
        (b'{"id":\n 1}\n', [b'{"id":\n 1}\n']),
        (b"Headline\n\nText\n", [b"Headline\n\nText\n"]),
        (gzip.compress(b'{"id": 1}\n{"id": 2}\n'), [b'{"id": 1}', b'{"id": 2}']),
    ]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        found = items_of("-")
        assert [item.body for item in found] == expected
        assert {item.source for item in found} == {"stdin"}


def test_a_pipe_gives_each_line_as_it_comes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    asked = threading.Event()

    def feed() -> None:
        with pipe.open("wb", buffering=0) as out:
            out.write(b'{"id": 1}\n')
            asked.wait(10)
            out.write(b'{"id": 2}\n')

    writer = threading.Thread(target=feed)
    writer.start()
    found = read([str(pipe)], report=unexpected)
    first = next(found)  # would wait for ever if it wanted more than the first line
    asked.set()
    rest = list(found)
    writer.join()
    assert isinstance(first, FeedItem)
    assert first.body == b'{"id": 1}'
    assert len(rest) == 1


def chunked(data: bytes, sizes: Iterator[int]) -> Stream:
    source = io.BytesIO(data)
    return Stream(lambda size: source.read(min(size, next(sizes, size))))


@given(st.binary(max_size=300), st.lists(st.integers(1, 20)))
def test_lines_do_not_depend_on_how_the_bytes_arrive(data: bytes, sizes: list[int]) -> None:
    expected = [
        (number, line.rstrip(b"\r"))
        for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
        if line.strip(b" \t\r\n\v\f")
    ]
    whole = list(lines(chunked(data, iter([])), CHUNK))
    assert whole == expected
    if not data.startswith(b"\xef"):  # reading peeks before it splits, so that a mark never arrives in pieces
        assert list(lines(chunked(data, iter(sizes)), CHUNK)) == expected


@given(st.lists(st.binary(max_size=40).filter(lambda b: b"\n" not in b and b.strip() and b.rstrip(b"\r") == b)))
def test_long_lines_cost_their_neighbours_nothing(parts: list[bytes]) -> None:
    data = b"\n".join(parts)
    if data.startswith(b"\xef\xbb\xbf"):
        return
    found = [line for _, line in lines(chunked(data, iter([7] * 1000)), 20)]
    assert found == [part if len(part) <= 20 else len(part) for part in parts]


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=10) | st.integers() | st.none()), min_size=1))
def test_elements_of_any_array_of_objects(stories: list[dict[str, object]]) -> None:
    parts = elements(json.dumps(stories, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if parts is not None:
        assert [json.loads(part) for part in parts] == stories
    else:
        assert any("\ud800" <= c <= "\udfff" for c in json.dumps(stories, ensure_ascii=False))
