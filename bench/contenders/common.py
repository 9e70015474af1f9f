"""What contenders share: settings from the environment, the word that they are ready, and how they stop."""

from __future__ import annotations

import os
import signal
import threading

from pipeline.settings import Settings

PASSTHROUGH = "BENCH_PASSTHROUGH"


def settings() -> Settings:
    return Settings()


def passthrough() -> bool:
    """Consume and produce only, no stages: what the engine itself costs."""
    return bool(os.environ.get(PASSTHROUGH))


def ready() -> None:
    """Everything is loaded: from here on the engine runs."""
    print("ready", flush=True)


def stopping() -> threading.Event:
    """Set by SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    return stop
