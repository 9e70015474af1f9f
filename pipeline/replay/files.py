"""From the paths on a command line to the files to read, in order; wrong paths are refused before anything is read."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePath

from pipeline.errors import Usage
from pipeline.replay.stream import ARCHIVE_ERRORS

STDIN = "-"
IGNORE_FILE = ".wireignore"
_COMPRESSED_SUFFIXES = (".gz", ".zst", ".zstd", ".bz2", ".xz")
_LINES_SUFFIXES = (".jsonl", ".ndjson", ".jsonlines")
_SHORT_TAR = {".tgz": ".tar", ".tzst": ".tar", ".tbz2": ".tar", ".txz": ".tar"}


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A file to read."""

    path: str
    """As the system knows it; `-` is standard input."""
    size: int
    """Bytes; -1 for a pipe."""
    modified_ns: int = 0

    @property
    def live(self) -> bool:
        """Whether it comes through a pipe: read once, at the other side's pace."""
        return self.size < 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where bytes stand, and what their name says."""

    name: str
    """For messages: `path!member`."""
    inner: str
    """The file's own name, or the member's path in its archive, less the suffix of a compression that was undone."""
    home: str
    """The source of a file where `inner` names no folder: the folder it lies in, or the stem of its archive."""

    @property
    def named_lines(self) -> bool:
        return self.inner.lower().endswith(_LINES_SUFFIXES)

    @property
    def stem(self) -> str:
        return _stem(self.inner) or self.home

    @property
    def folder(self) -> str:
        return PurePath(self.inner).parent.name or self.home

    def uncompressed(self) -> Place:
        """The place once a layer of compression is undone."""
        return Place(self.name, _less_suffix(self.inner, _COMPRESSED_SUFFIXES), self.home)

    def member(self, name: str) -> Place:
        """A member of the archive that stands here."""
        return Place(f"{self.name}!{name}", name, self.stem)


def place_of(file: FeedFile) -> Place:
    if file.path == STDIN:
        return Place("stdin", "stdin", "stdin")
    folder, name = os.path.split(os.path.abspath(file.path))  # noqa: PTH100 - links are taken for what they are called
    return Place(printable(file.path), printable(name), printable(os.path.basename(folder)) or "feed")  # noqa: PTH119


def find(paths: Sequence[str]) -> list[FeedFile]:
    """The files that the paths stand for. Folders: their files by name, all the way down, without hidden ones
    and those that a `.wireignore` names.

    Raises Usage for a path that is missing or cannot be read, for a folder without a file, and for `-` given twice.
    """
    found: list[FeedFile] = []
    for path in paths:
        if path == STDIN:
            if any(file.path == STDIN for file in found):
                raise Usage("standard input (-) can be read only once; name it once.")
            found.append(FeedFile(STDIN, -1))
            continue
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116
        except OSError as e:
            raise Usage(f"{printable(path)} cannot be read: {e.strerror or e}.") from e
        if stat.S_ISDIR(mode):
            inside = [_file(name) for name in _walk(path)]
            if not inside:
                raise Usage(f"the folder {printable(path)} holds no file to read (hidden ones are left out).")
            found += inside
        else:
            found.append(_file(path))
            _refuse_broken_archive(found[-1])
    return found


def _walk(folder: str) -> Iterator[str]:
    try:
        ignored = _ignored(folder)
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as e:
        raise Usage(f"{printable(str(e.filename))} cannot be read: {e.strerror}.") from e
    for entry in entries:
        if entry.name.startswith(".") or any(fnmatch(entry.name, pattern) for pattern in ignored):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        elif entry.is_file():  # pipes and sockets would block
            yield entry.path


def _ignored(folder: str) -> list[str]:
    """The patterns in the folder's `.wireignore`: names of its files and folders that are no feed, one a line."""
    path = os.path.join(folder, IGNORE_FILE)  # noqa: PTH118
    if not os.path.exists(path):  # noqa: PTH110
        return []
    with open(path, encoding="utf-8", errors="replace") as lines:  # noqa: PTH123
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _file(path: str) -> FeedFile:
    if not os.access(path, os.R_OK):
        raise Usage(f"{printable(path)} cannot be read: Permission denied.")
    found = os.stat(path)  # noqa: PTH116
    return FeedFile(path, found.st_size if stat.S_ISREG(found.st_mode) else -1, found.st_mtime_ns)


def _refuse_broken_archive(file: FeedFile) -> None:
    """A zip archive without its directory at the end is a broken download; better said now than after an hour."""
    if file.size < 4:
        return
    try:
        with open(file.path, "rb") as start:  # noqa: PTH123
            if start.read(4) == b"PK\x03\x04":
                with zipfile.ZipFile(file.path):
                    pass
    except ARCHIVE_ERRORS as e:
        raise Usage(f"{printable(file.path)} is not a zip archive that can be read: {e}.") from e


def printable(name: str) -> str:
    """A file name with bytes that are no UTF-8 replaced: it goes into messages, keys and JSON."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _stem(name: str) -> str:
    base = PurePath(_less_suffix(name, _COMPRESSED_SUFFIXES)).name
    stem = PurePath(base).stem
    return stem or base


def _less_suffix(name: str, suffixes: tuple[str, ...]) -> str:
    lower = name.lower()
    for short, long in _SHORT_TAR.items():
        if lower.endswith(short):
            return name[: -len(short)] + long
    for suffix in suffixes:
        if lower.endswith(suffix):
            return name[: -len(suffix)]
    return name
