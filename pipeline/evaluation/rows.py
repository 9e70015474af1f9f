"""Labelled data as rows: JSON lines, plain or compressed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import zstandard

from pipeline.errors import Usage


def read(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The objects of JSON-lines files (`.gz` and `.zst` too). Raises Usage for what cannot be read."""
    for name in paths:
        path = Path(name)
        try:
            data = path.read_bytes()
        except OSError as e:
            raise Usage(f"{path} cannot be read: {e.strerror}.") from e
        try:
            if path.suffix == ".gz":
                data = gzip.decompress(data)
            elif path.suffix == ".zst":
                data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as e:
            raise Usage(f"{path} is not what its name says, or cut short: {e}.") from e
        for n, line in enumerate(data.splitlines(), 1):
            if line.strip():
                try:
                    row = orjson.loads(line)
                except orjson.JSONDecodeError as e:
                    raise Usage(f"{path}, line {n} is not JSON: {e}.") from e
                if isinstance(row, dict):
                    yield row
