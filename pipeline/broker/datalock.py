"""One embedded broker on one data folder at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.errors import Unavailable

_PATIENCE_SECONDS = 30.0
"""How long a broker whose owner is gone may take to stop: its grace, and a little."""
_POLL_SECONDS = 0.2


@contextlib.contextmanager
def locked(data_dir: Path, waiting: Callable[[], None]) -> Iterator[int]:
    """Hold the folder's lock, as a file descriptor for a child to inherit: the lock holds while any of them lives.

    Where the holder's owner is gone (killed, and its broker stopping) this waits, calling `waiting` now and then.
    Raises Unavailable where the owner is alive or it takes too long.
    """
    with (data_dir / "lock").open("a+") as file:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _taken(file.fileno()):
            file.seek(0)
            owner = file.read().strip()
            if (owner and _alive(int(owner))) or time.monotonic() > deadline:
                by = f", started by process {owner}" if owner else ""
                raise Unavailable(
                    f"Another embedded Kafka runs on {data_dir}{by}: stop it, or choose another data folder."
                )
            waiting()
            time.sleep(_POLL_SECONDS)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
