"""Where a replay stopped: a small file that says how many records of a sequence the broker has confirmed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import orjson

from pipeline.replay.files import FeedFile
from pipeline.replay.items import log

SAVE_EVERY_SECONDS = 1.0


def sequence_hash(broker: str, topic: str, files: Sequence[FeedFile], order: Sequence[object]) -> str:
    """What tells one replay from another: where it goes, the files with size and time, and all that decides the order.

    A file that has changed makes it another replay: going on in the middle of it could leave stories out.
    """
    inputs = [(os.path.abspath(file.path), file.size, file.modified_ns) for file in files]  # noqa: PTH100
    return hashlib.sha256(orjson.dumps([broker, topic, _text(inputs), _text(order)])).hexdigest()[:32]


def _text(value: object) -> str:
    return repr(value).encode("utf-8", "backslashreplace").decode()


class Position:
    """The number of records of a sequence that are confirmed, from its start and without a gap, kept in a file."""

    def __init__(self, folder: Path, key: str) -> None:
        """`folder`: where positions are kept, made when first needed. `key`: from `sequence_hash`."""
        self._path = folder / f"{key}.json"
        self._saved = -1
        self._complained = False

    def load(self) -> int:
        """The position that was saved; 0 where none was, or none that can be read."""
        try:
            state = orjson.loads(self._path.read_bytes())
            confirmed = state["confirmed"]
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            return 0
        return confirmed if isinstance(confirmed, int) and confirmed > 0 else 0

    def save(self, confirmed: int) -> None:
        """Keep the position, atomically. A folder that cannot be written is logged once and stops nothing."""
        if confirmed == self._saved:
            return
        scratch = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_bytes(orjson.dumps({"confirmed": confirmed}))
            scratch.replace(self._path)
        except OSError as e:
            if not self._complained:
                log.warning("the position of this replay cannot be kept in %s: %s", self._path.parent, e.strerror or e)
            self._complained = True
            return
        self._saved = confirmed

    def clear(self) -> None:
        """The replay is finished: there is nothing to resume."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as e:
            log.warning("%s cannot be removed: %s", self._path, e.strerror or e)
