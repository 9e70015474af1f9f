"""Runs a worker in this process: the Faust app, its health server, lag measurements, signals and exit status."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import platform
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import faust
import uvloop
from faust.types import TP

from agents.app import Worker, build
from pipeline.health import HealthServer
from pipeline.metrics import Metrics
from pipeline.settings import Settings
from pipeline.version import VERSION

log = logging.getLogger(__name__)

LAG_INTERVAL_SECONDS = 1.0

GC_OBJECTS = 20_000
"""Objects made and not freed between two looks for cycles among the young ones; Python's own number is 700."""


class Watch:
    """What `/live` and `/ready` answer, and the gauges that need asking Kafka."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._lagging_since: float | None = None
        self._assigned = False
        self._alive_at = time.monotonic()

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            await asyncio.sleep(LAG_INTERVAL_SECONDS)
            self._alive_at = time.monotonic()
            try:
                self._measure()
            except Exception as e:  # a gauge that cannot be read now must not take the worker down
                log.debug("lag not measured: %s", e)

    def _measure(self) -> None:
        app, metrics = self.worker.app, self.worker.metrics
        assignment: set[TP] = app.consumer.assignment()
        self._assigned = bool(assignment) and not app.rebalancing
        metrics.assigned(len(assignment))
        total = 0
        for tp in assignment:
            end = app.consumer.highwater(tp)
            if end is None:
                continue
            committed = app.consumer._committed_offset[tp]
            lag = max(0, end - (committed or 0)) if committed is not None else self._unread(tp, end)
            metrics.lag(tp.topic, tp.partition, lag)
            total += lag
        self._lagging_since = (self._lagging_since or time.monotonic()) if total else None
        metrics.ready(self.ready()[0])

    def _unread(self, tp: TP, end: int) -> int:
        """Nothing committed yet: everything from the first record on waits."""
        read = self.worker.app.consumer._read_offset[tp]
        return end - read if read is not None else end

    def live(self) -> tuple[bool, str]:
        """Not live: lag, and no stage has finished a batch for `live_stall_seconds`, or the event loop hangs."""
        now, stall = time.monotonic(), self.worker.settings.live_stall_seconds
        if now - self._alive_at > stall:
            return False, f"the event loop has not turned for {now - self._alive_at:.0f} s"
        progress = max((runner.last_progress for runner in self.worker.runners), default=now)
        if self._lagging_since is not None and now - max(progress, self._lagging_since) > stall:
            return False, f"there is lag, but no batch was finished for {now - progress:.0f} s"
        return True, "live"

    def ready(self) -> tuple[bool, str]:
        if not self._assigned:
            return False, "waiting for partitions"
        dedup = self.worker.dedup
        if dedup is not None and dedup.recovering:
            return False, "dedup is reading its memory back"
        return True, "ready"


class FaustWorker(faust.Worker):  # type: ignore[misc]
    """Faust's worker, with our own logging, health server and a bound on the time that stopping takes."""

    def __init__(self, worker: Worker, health: HealthServer, watch: Watch) -> None:
        super().__init__(
            worker.app,
            loglevel=worker.settings.log_level,
            override_logging=False,
            redirect_stdouts=False,
            quiet=True,
            blocking_timeout=60.0,
        )
        self._worker, self._health, self._watch = worker, health, watch
        self._watching: asyncio.Task[None] | None = None
        self.spinner = None  # Faust would write escape codes to standard output

    async def on_first_start(self) -> None:
        await super().on_first_start()
        self._watching = asyncio.get_running_loop().create_task(self._watch.run())

    def _on_sigterm(self) -> None:
        self._bound_the_stop()
        super()._on_sigterm()

    def _on_sigint(self) -> None:
        self._bound_the_stop()
        super()._on_sigint()

    def _bound_the_stop(self) -> None:
        """A broker that is away must not keep a worker from stopping; what is not committed is read again."""
        seconds = self._worker.settings.stop_grace_seconds

        def give_up() -> None:
            log.error("not stopped within %.0f s; leaving. Uncommitted stories are read again.", seconds)
            logging.shutdown()
            os._exit(1)

        timer = threading.Timer(seconds, give_up)
        timer.daemon = True
        timer.start()

    async def on_stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        await super().on_stop()

    def _setproctitle(self, *_: Any, **__: Any) -> None:
        """The process keeps its own name."""


def _settle_memory() -> None:
    """The models stay for good: the garbage collector need not walk through them again and again, a pause each time.

    A batch of stories makes some 100,000 objects, nearly all freed by their counts; cycles are few.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_OBJECTS, 20, 100)


def run(settings: Settings, stages: Sequence[str]) -> int:
    """Run a worker until it is told to stop. Returns the exit status: 0 stopped in order, non-zero when it failed."""
    if settings.ssl_context is None:  # through TLS it stands still now and then: docs/decisions.md
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    metrics = Metrics(VERSION, platform.node())
    worker = build(settings, stages, metrics)
    watch = Watch(worker)
    health = HealthServer(settings.metrics_host, settings.metrics_port, metrics, watch.live, watch.ready)
    _settle_memory()
    print(f"wire: worker runs {', '.join(stages)}; metrics at {health.address}/metrics", file=sys.stderr, flush=True)
    try:
        FaustWorker(worker, health, watch).execute_from_commandline()
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else 1
    finally:
        health.close()
    return 0
