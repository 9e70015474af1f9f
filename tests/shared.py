"""Where the labelled data lies that is not part of the repository, and the skip that says so."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_path(*parts: str) -> Path:
    """A path below the shared folder; skips the test with a clear message where it is not there."""
    base = Path(os.environ.get("WIRE_SHARED", ROOT.parent / "shared"))
    path = base.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {'/'.join(parts)} of the shared data (set WIRE_SHARED to its folder)")
    return path


def shared_rows(name: str) -> Iterator[dict[str, Any]]:
    """The rows of a gzipped JSON-lines file of the shared data."""
    with gzip.open(shared_path("data", name), "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
