"""Bytes that can be looked at before they are read, from files, pipes, archive members and through decompressors."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, cast

import zstandard

CHUNK = 256 * 1024
_ZSTD_WINDOW = 128 * 1024 * 1024
"""What `zstd --long` needs; a frame that asks for more memory than that is refused."""

_ZSTD_FEED = 4 * 1024
"""Input given to zstd at a time: four bytes may stand for 128 KiB, and what they give is in memory at once."""

_NONBLANK = re.compile(rb"[^ \t\r\n\v\f]")

ReadSome = Callable[[int], bytes]
"""At most so many bytes, fewer where only fewer are there yet; none at the end."""

READ_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError)
"""What reading damaged compressed data raises."""

ARCHIVE_ERRORS = (
    *READ_ERRORS,
    zipfile.BadZipFile,
    tarfile.TarError,
    struct.error,
    ValueError,  # sizes and names that make no sense
    OverflowError,
    RuntimeError,  # a password is needed
    NotImplementedError,  # a version or compression that Python does not know
)
"""What zipfile and tarfile raise for archives that are damaged or beyond them."""


class Damaged(Exception):
    """An input cannot be read to its end. The message is the rest of a sentence that starts with the input's name."""


class TooMuch(Damaged):
    """An archive unpacks to more than it may; none of the rest is read."""


class Stream:
    """Reads on demand and keeps what was only peeked at. Damage is raised when reading gets to it, not before."""

    def __init__(self, read_some: ReadSome) -> None:
        self._read_some = read_some
        self._held = bytearray()
        self._ended = False
        self._damage: Damaged | None = None

    def peek(self, size: int) -> bytes:
        """The first `size` bytes without taking them; fewer only at the end. Raises Damaged."""
        while len(self._held) < size and self._more():
            pass
        return bytes(self._held[:size])

    def peek_line(self, limit: int) -> bytes:
        """Without taking it: everything up to the end of the first line that is not blank, or `limit` bytes of it.

        Looks no further than it must: on a pipe the next line may be an hour away. Raises Damaged.
        """
        first, searched = -1, 0
        while True:
            if first < 0 and (match := _NONBLANK.search(self._held, searched)) is not None:
                first = match.start()
            if first >= 0 and (end := self._held.find(b"\n", max(first, searched))) >= 0:
                return bytes(self._held[: min(end + 1, limit)])
            searched = len(self._held)
            if searched >= limit or not self._more():
                return bytes(self._held[:limit])

    def read(self, size: int) -> bytes:
        """At most `size` bytes, what was peeked at first; none at the end. Raises Damaged."""
        if self._held:
            data = bytes(self._held[:size])
            del self._held[:size]
            return data
        if self._damage is not None:
            raise self._damage
        return b"" if self._ended else self._some(size)

    def read_all(self, limit: int) -> tuple[bytes, int]:
        """Everything, and its size. Stops soon after `limit` bytes, without a body: one cut short would be a lie."""
        parts: list[bytes] = []
        size = 0
        while data := self.read(CHUNK):
            size += len(data)
            if size > limit:
                return b"", size
            parts.append(data)
        return b"".join(parts), size

    def _more(self) -> bool:
        if not self._ended:
            try:
                self._held += self._some(CHUNK)
            except Damaged as e:
                self._damage, self._ended = e, True
                if not self._held:
                    raise
        return not self._ended

    def _some(self, size: int) -> bytes:
        try:
            data = self._read_some(size)
        except READ_ERRORS as e:
            raise Damaged(f"damaged or cut short ({_first_line(e)}); what follows was not read") from e
        self._ended = not data
        return data


def file_stream(file: IO[bytes]) -> Stream:
    """The stream of an open file. One that can give what is there without waiting for more (a pipe) is read so."""
    return Stream(cast(ReadSome, getattr(file, "read1", file.read)))


def decompressed(stream: Stream, kind: str) -> Stream:
    """The stream of what is compressed in another. `kind`: `gzip`, `zstd`, `bzip2` or `xz`."""
    source = cast(IO[bytes], io.BufferedReader(_Raw(stream), CHUNK))
    match kind:
        case "gzip":
            return Stream(gzip.GzipFile(fileobj=source).read1)
        case "zstd":
            return Stream(_Zstd(source).read_some)
        case "bzip2":
            return Stream(bz2.BZ2File(source).read1)
        case "xz":
            return Stream(lzma.LZMAFile(source).read1)
    raise ValueError(f"unknown compression {kind!r}")


class _Zstd:
    """Frame after frame. The library's own reader takes a frame that is cut short for the end, without a word."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._unused = b""

    def read_some(self, _size: int) -> bytes:
        """What the next few bytes of input give; none at the end. Raises EOFError inside a frame."""
        while True:
            data, self._unused = self._unused or self._source.read(_ZSTD_FEED), b""
            if not data:
                if self._frame is not None:
                    raise EOFError("ends inside a zstd frame")
                return b""
            if self._frame is None:
                self._frame = self._decompressor.decompressobj()
            out = self._frame.decompress(data)
            if self._frame.eof:
                self._unused, self._frame = self._frame.unused_data, None
            if out:
                return out


def as_file(stream: Stream) -> IO[bytes]:
    """The stream as a file that can only be read forward."""
    return cast(IO[bytes], io.BufferedReader(_Raw(stream), CHUNK))


class _Raw(io.RawIOBase):
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed wants any buffer
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
