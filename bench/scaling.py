"""Several of our workers on one backlog: does a second one do as much for its CPU as the first?"""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.feed import Story
from bench.field import Field
from bench.measure import WARM_UP, Saturation, saturation
from bench.process import OURS, Running
from pipeline.settings import Settings

SETTLED_SECONDS = 2.0
"""So long must all workers be ready before the backlog is let loose: no rebalance is under way then."""
_ADDRESS = re.compile(r"metrics at (http://\S+)/metrics")


@dataclass(slots=True)
class Scaled:
    """What so many workers did."""

    workers: int
    saturation: Saturation


def scaled(workers: int, base: Settings, folder: Path, stories: Sequence[Story], backlog: Sequence[Story]) -> Scaled:
    """A backlog on `workers` processes; their CPU is added up, the broker's is not in it."""
    field = Field(base)
    try:
        field.send(stories[:1])
        running = Running(OURS, field.settings, folder, processes=workers)
        try:
            field.until(1, running)
            first = time.time() - running.started
            _until_ready(field, running, workers)
            field.send(stories[1:WARM_UP])
            field.until(WARM_UP, running)
            return Scaled(workers, saturation(field, running, first, backlog))
        finally:
            running.kill()  # its topics are never used again, so an orderly end is of no use
    finally:
        field.close()


def _until_ready(field: Field, running: Running, workers: int) -> None:
    deadline, since = time.monotonic() + 120.0, 0.0
    while time.monotonic() < deadline:
        field.poll()
        running.check()
        found = _ADDRESS.findall(running.log.read_text("utf-8", "replace"))
        if len(found) < workers or not all(map(_ready, found)):
            since = 0.0
        elif not since:
            since = time.monotonic()
        elif time.monotonic() - since > SETTLED_SECONDS:
            return
    raise TimeoutError(f"{workers} workers did not become ready; their log is {running.log}")


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
