"""The members of zip and tar archives, read in place: nothing is unpacked to disk, and no archive can run away."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO, cast

from pipeline.replay.files import Place, printable
from pipeline.replay.items import Note, Report
from pipeline.replay.stream import ARCHIVE_ERRORS, Damaged, Stream, TooMuch, as_file

MAX_MEMBERS = 1_000_000
MAX_GROWTH = 200
"""An archive may unpack to so many times its size; wire copy compresses to a tenth, seldom to a fiftieth."""
ALWAYS_ALLOWED_BYTES = 1024**3
"""…but to this much in any case."""

Member = tuple[Place, Stream, int]
"""Where it stands, its bytes, its size as the archive gives it."""


class Budget:
    """What is left of what an archive may unpack to."""

    def __init__(self, archive_bytes: int, members: int = MAX_MEMBERS) -> None:
        self.limit = max(ALWAYS_ALLOWED_BYTES, MAX_GROWTH * max(archive_bytes, 0))
        self._left = self.limit
        self._members = members

    def member(self) -> None:
        """One member more. Raises TooMuch."""
        self._members -= 1
        if self._members < 0:
            raise TooMuch(f"holds more than {MAX_MEMBERS:,} members; unpack it yourself and name the folder")

    def bounded(self, read_some: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """The same reads, counted. They raise TooMuch where the archive grows beyond its bound."""

        def read(size: int) -> bytes:
            data = read_some(size)
            self._left -= len(data)
            if self._left < 0:
                raise TooMuch(
                    f"unpacks to more than {self.limit:,} bytes, which no feed does; "
                    "if you trust it, unpack it yourself and name the folder"
                )
            return data

        return read


def zip_members(file: IO[bytes], place: Place, size: int, report: Report) -> Iterator[Member]:
    """The members in the order of the archive's directory. Raises Damaged."""
    budget = Budget(size)
    try:
        archive = zipfile.ZipFile(file)
    except ARCHIVE_ERRORS as e:
        raise Damaged(f"not a zip archive that can be read ({e})") from e
    with archive:
        for info in archive.infolist():
            budget.member()
            name = printable(info.filename)
            if name.endswith("/") or not _wanted(name, place, report):
                continue
            try:
                member = cast(zipfile.ZipExtFile, archive.open(info))
            except ARCHIVE_ERRORS as e:
                report(Note(f"{place.name}!{name}", f"cannot be read ({e})"))
                continue
            with member:
                yield place.member(name), Stream(budget.bounded(_as_damage(member.read1))), info.file_size


def tar_members(stream: Stream, place: Place, size: int, report: Report) -> Iterator[Member]:
    """The members in the order of the archive, which is read once, forward. Raises Damaged."""
    budget = Budget(size)
    try:
        with tarfile.open(fileobj=as_file(Stream(budget.bounded(stream.read))), mode="r|") as archive:
            while (info := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # else it keeps the headers of a million members
                budget.member()
                name = printable(info.name)
                if info.isdir() or not _wanted(name, place, report):
                    continue
                if not info.isfile():
                    report(Note(f"{place.name}!{name}", "a link or device, left out", lost=False))
                    continue
                member = cast(IO[bytes], archive.extractfile(info))
                yield place.member(name), Stream(_as_damage(member.read)), info.size
    except ARCHIVE_ERRORS as e:
        raise Damaged(f"not a tar archive that can be read to its end ({e})") from e


def _wanted(name: str, place: Place, report: Report) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        report(Note(f"{place.name}!{name}", "a name that points out of its archive; left out"))
        return False
    return not any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _as_damage(read_some: Callable[[int], bytes]) -> Callable[[int], bytes]:
    def read(size: int) -> bytes:
        try:
            return read_some(size)
        except ARCHIVE_ERRORS as e:
            raise Damaged(f"damaged ({e})") from e

    return read
