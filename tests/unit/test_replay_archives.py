"""Archives are read in place, within bounds, and what is left out is said."""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import Usage
from pipeline.replay import archives
from pipeline.replay.items import FeedItem, Note, Oversized
from pipeline.replay.reading import read

MEMBERS = {
    "wire/one.txt": b"One\n\nText.\n",
    "feed.jsonl": b'{"id": 1, "source": "dpa"}\n{"id": 2}\n',
    "packed.jsonl.gz": gzip.compress(b'{"id": 3}\n'),
    "top.xml": b"<nitf/>",
}
EXPECTED = [
    (b"One\n\nText.\n", "wire", "wire/one.txt"),
    (b'{"id": 1, "source": "dpa"}', "dpa", "feed.jsonl#1"),
    (b'{"id": 2}', "feed", "feed.jsonl#2"),
    (b'{"id": 3}', "packed", "packed.jsonl.gz#1"),
    (b"<nitf/>", "bundle", "top.xml"),
]


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tar_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def items_of(path: Path, notes: list[Note]) -> list[FeedItem]:
    found = []
    for item in read([str(path)], report=notes.append):
        assert isinstance(item, FeedItem)
        found.append(item)
    return found


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bundle.zip", zip_of(MEMBERS)),
        ("bundle.tar", tar_of(MEMBERS)),
        ("bundle.tar.gz", gzip.compress(tar_of(MEMBERS))),
        ("bundle.tgz", gzip.compress(tar_of(MEMBERS))),
        ("bundle.tar.zst", zstandard.ZstdCompressor().compress(tar_of(MEMBERS))),
        ("bundle.dat", zip_of(MEMBERS)),
    ],
)
def test_members_are_records_wherever_they_lie(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    notes: list[Note] = []
    found = [(item.body, item.source, item.name.removeprefix(f"{path}!")) for item in items_of(path, notes)]
    assert found == EXPECTED
    assert not notes


@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_archives_within_archives_and_escaping_names_are_left_out_and_said(tmp_path: Path, make: object) -> None:
    assert callable(make)
    path = tmp_path / "a.archive"
    path.write_bytes(
        make(
            {
                "inner.zip": zip_of(MEMBERS),
                "inner.tar.gz": gzip.compress(tar_of(MEMBERS)),
                "../../etc/passwd": b"no",
                "/etc/shadow": b"no",
                "twice.gz": gzip.compress(gzip.compress(b"x")),
                ".DS_Store": b"no",
                "__MACOSX/x": b"no",
                "good.txt": b"good",
            }
        )
    )
    notes: list[Note] = []
    assert [item.body for item in items_of(path, notes)] == [b"good"]
    said = sorted(note.name.removeprefix(f"{path}!") for note in notes)
    assert said == ["../../etc/passwd", "/etc/shadow", "inner.tar.gz", "inner.zip", "twice.gz"]
    assert all(note.lost for note in notes)


def test_links_in_a_tar_are_not_followed(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    (tmp_path / "a.tar").write_bytes(out.getvalue())
    notes: list[Note] = []
    assert items_of(tmp_path / "a.tar", notes) == []
    assert [note.lost for note in notes] == [False]


def test_an_archive_that_grows_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ALWAYS_ALLOWED_BYTES", 100_000)
    monkeypatch.setattr(archives, "MAX_GROWTH", 2)
    bomb = {f"{n}.txt": bytes(60_000) for n in range(50)}
    for name, data in [("a.zip", zip_of(bomb)), ("a.tar.gz", gzip.compress(tar_of(bomb)))]:
        (tmp_path / name).write_bytes(data)
        notes: list[Note] = []
        assert len(items_of(tmp_path / name, notes)) <= 1
        assert len(notes) == 1
        assert "unpacks to more than" in notes[0].detail


def test_an_archive_of_too_many_members_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives.Budget.__init__, "__defaults__", (3,))
    for name, data in [
        ("a.zip", zip_of(dict.fromkeys("abcde", b"x"))),
        ("a.tar", tar_of(dict.fromkeys("abcde", b"x"))),
    ]:
        (tmp_path / name).write_bytes(data)
        notes: list[Note] = []
        assert len(items_of(tmp_path / name, notes)) == 3
        assert len(notes) == 1
        assert "members" in notes[0].detail


def test_a_member_too_large_for_a_record_is_accounted_for(tmp_path: Path) -> None:
    size = 17 * 1024 * 1024
    for name, data in [
        ("a.zip", zip_of({"big.txt": bytes(size)})),
        ("a.tar.gz", gzip.compress(tar_of({"big.txt": bytes(size)}), 1)),
    ]:
        (tmp_path / name).write_bytes(data)
        assert list(read([str(tmp_path / name)])) == [Oversized(f"{tmp_path / name}!big.txt", size)]


def test_a_damaged_member_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    data = bytearray(zip_of({"a.txt": b"first", "b.txt": b"damage me", "c.txt": b"third"}, zipfile.ZIP_STORED))
    data[data.index(b"damage me")] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(data)
    notes: list[Note] = []
    assert [item.body for item in items_of(tmp_path / "a.zip", notes)] == [b"first", b"third"]
    assert [note.name.rpartition("!")[2] for note in notes] == ["b.txt"]


def test_an_archive_cut_short_gives_what_is_there_and_a_note(tmp_path: Path) -> None:
    tar = tar_of({f"{n}.txt": b"x" * 5000 for n in range(20)})
    for name, data in [("a.tar", tar[:40_000]), ("b.tar.gz", gzip.compress(tar, 0)[:40_000])]:
        (tmp_path / name).write_bytes(data)
        notes: list[Note] = []
        found = items_of(tmp_path / name, notes)
        assert 3 <= len(found) < 20
        assert {item.body for item in found} == {b"x" * 5000}
        assert notes
        assert all(note.lost for note in notes)


def test_a_zip_that_needs_a_password_says_so(tmp_path: Path) -> None:
    data = bytearray(zip_of({"a.txt": b"secret", "b.txt": b"open"}, zipfile.ZIP_STORED))
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flag] |= 1  # "encrypted", for the first member
    (tmp_path / "a.zip").write_bytes(data)
    notes: list[Note] = []
    assert [item.body for item in items_of(tmp_path / "a.zip", notes)] == [b"open"]
    assert "password" in notes[0].detail


BROKEN_BASES = [
    zip_of(MEMBERS),
    tar_of(MEMBERS),
    gzip.compress(tar_of(MEMBERS)),
    zstandard.ZstdCompressor().compress(tar_of(MEMBERS)),
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_to_an_archive_raises_anything_but_usage(tmp_path: Path, data: st.DataObject) -> None:
    packed = bytearray(data.draw(st.sampled_from(BROKEN_BASES)))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(packed) - 1))
        packed[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9)) or b"\0"
    path = tmp_path / "any"
    path.write_bytes(packed)
    with contextlib.suppress(Usage):
        for item in read([str(path)], report=lambda note: None):
            assert isinstance(item, FeedItem | Oversized)
