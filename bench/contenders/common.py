"""What contenders share: settings from the environment, the word that they are ready, and how they stop."""

from __future__ import annotations

import os
import signal
import threading

from pipeline.settings import Settings
from pipeline.topics import (
    CHAINS,
    DEAD,
    DUPLICATES,
    FLASH,
    HELD,
    RECEIPTS,
    SKIPPED,
    STORIES,
    VERDICTS,
    WITHHELD,
    TopicSpec,
)

PASSTHROUGH = "BENCH_PASSTHROUGH"

BATCH = 500
"""Records that the peers with batches take at once, at most. (The stages gain little beyond 100.)"""

OUTPUTS: tuple[TopicSpec, ...] = (
    STORIES, FLASH, DUPLICATES, SKIPPED, WITHHELD, DEAD, HELD, CHAINS, RECEIPTS, VERDICTS,
)  # fmt: skip
"""What the job writes, whoever runs it."""


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
