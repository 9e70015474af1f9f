"""Ctrl-C and SIGTERM without leaving anything half done."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

T = TypeVar("T")


class Interrupts:
    """Notes a signal while records are handed over, and raises at once while we only wait (for input, or for time).

    A second signal raises KeyboardInterrupt whatever goes on.
    """

    def __init__(self) -> None:
        self._came = False
        self._waiting = False

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Within it signals come here; in another thread than the main one they stay where they were."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def while_waiting(self, wait: Callable[[], T]) -> T:
        """The result of `wait()`; a signal that comes, or has come, raises KeyboardInterrupt out of it."""
        self._waiting = True  # first this, then the question: no signal can slip in between
        try:
            self.check()
            return wait()
        finally:
            self._waiting = False

    def check(self) -> None:
        """Raises KeyboardInterrupt if a signal came."""
        if self._came:
            raise KeyboardInterrupt

    def _on_signal(self, *_: object) -> None:
        first, self._came = not self._came, True
        if not first or self._waiting:
            raise KeyboardInterrupt
