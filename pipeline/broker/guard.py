"""A small process between us and the broker's Java, so that Java never outlives us, however we die.

It starts the command, writes its process id to stdout, and waits for it. When its stdin closes (we asked for a stop,
or we are gone: even SIGKILL closes our end of the pipe) it asks the command to end, and after the grace kills it. It is
run by path, imports nothing of ours, and lives in a session of its own, which Ctrl-C in the terminal does not reach.

    python -I -S guard.py GRACE_SECONDS COMMAND…
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

_PARENT_CHECK_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


def main() -> int:
    """Returns the command's exit status, 128 and the signal's number where one ended it."""
    grace = float(sys.argv[1])
    parent = os.getppid()
    command = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=2, preexec_fn=_die_with_guard())
    print(command.pid, flush=True)
    stop = threading.Event()

    def end() -> None:
        while not stop.is_set():
            # stdin alone does not tell where a forked child of our parent holds the other end open
            readable, _, _ = select.select([0], [], [], _PARENT_CHECK_SECONDS)
            if (readable and not os.read(0, 4096)) or os.getppid() != parent:
                break
        command.terminate()
        try:
            command.wait(grace)
        except subprocess.TimeoutExpired:
            command.kill()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=end, daemon=True).start()
    status = command.wait()
    return status if status >= 0 else 128 - status


def _die_with_guard() -> Callable[[], None] | None:
    """On Linux the kernel kills the command where the guard itself is killed. Safe after fork: no threads run yet."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main())
