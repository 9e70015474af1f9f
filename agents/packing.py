"""A state packed by a forked child, which has the memory as it was at that moment, and handed over through a pipe.

So writing a snapshot neither stalls the feed nor holds two copies of a gigabyte.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import struct
import warnings
from collections.abc import AsyncIterator

import xxhash
import zstandard

from pipeline.dedup.snapshot import dump
from pipeline.dedup.state import State

PIECE = 1 << 21
"""Bytes of a part before it is packed."""
DIGEST_BYTES = 8
"""Length of the last frame, the checksum; every other is longer."""
_LENGTH = struct.Struct("<I")


class Packing:
    """A forked process that packs a state and writes it to a pipe."""

    def __init__(self, state: State) -> None:
        self._read, write = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: the child uses none of them
            self._pid = os.fork()
        if not self._pid:
            _pack(state, write)
        os.close(write)

    async def frames(self) -> AsyncIterator[bytes]:
        """What the child writes, frame by frame: packed parts, then the checksum (xxh3, 64 bits) of what was packed."""
        reader = asyncio.StreamReader(limit=4 * PIECE)
        pipe = os.fdopen(self._read, "rb")
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        try:
            while True:
                try:
                    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
                    yield await reader.readexactly(length)
                except asyncio.IncompleteReadError:
                    return
        finally:
            transport.close()

    async def close(self) -> None:
        """End it and wait for its end."""
        try:
            os.kill(self._pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        await asyncio.get_running_loop().run_in_executor(None, os.waitpid, self._pid, 0)


def _pack(state: State, write: int) -> None:
    """The life of the child. It touches nothing but the state and its end of the pipe."""
    status = 1
    try:
        gc.disable()
        os.closerange(3, write)
        os.closerange(write + 1, 4096)
        os.nice(5)
        packer, digest = zstandard.ZstdCompressor(level=1, write_checksum=True), xxhash.xxh3_64()
        for piece in dump(state, PIECE):
            digest.update(piece)
            _put(write, packer.compress(piece))
        _put(write, digest.intdigest().to_bytes(DIGEST_BYTES, "little"))
        status = 0
    finally:
        os._exit(status)


def _put(write: int, data: bytes) -> None:
    view = memoryview(_LENGTH.pack(len(data)) + data)
    while len(view):
        view = view[os.write(write, view) :]
