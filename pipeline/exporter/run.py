"""The exporter's loop: poll the ledger, measure the cluster, serve what was found, until told to stop."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time

from kafka.errors import KafkaError

from pipeline.exporter.cluster import ClusterWatch
from pipeline.exporter.ledger import LedgerFollower
from pipeline.exporter.metrics import ExporterMetrics
from pipeline.health import HealthServer
from pipeline.settings import Settings

log = logging.getLogger(__name__)

CLUSTER_SECONDS = 2.0
DISK_SECONDS = 15.0
EXPIRE_SECONDS = 60.0
RECONNECT_SECONDS = 2.0
STALL_SECONDS = 60.0
"""Longer than any request may take: a loop that has not turned for so long hangs."""

OUTCOMES = ("new", "update", "correction", "kill", "duplicate", "superseded", "killed", "skipped", "dead")


class Exporter:
    """One turn after the other; a broker that is away is a measurement, not a failure."""

    def __init__(self, settings: Settings, since_seconds: float) -> None:
        self.metrics = ExporterMetrics(OUTCOMES)
        self._ledger = LedgerFollower(settings, self.metrics, since_seconds)
        self._cluster = ClusterWatch(settings, self.metrics)
        self._due: dict[str, float] = {}
        self._turned = time.monotonic()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Until `stop`. Raises Unavailable when a topic is missing."""
        while not self._stopping.is_set():
            if not (self._measured() and self._followed()):
                self._stopping.wait(RECONNECT_SECONDS)
            self._turned = time.monotonic()
        self._ledger.close()
        self._cluster.close()

    def stop(self) -> None:
        self._stopping.set()

    def live(self) -> tuple[bool, str]:
        """The loop turns, whether or not Kafka answers."""
        silent = time.monotonic() - self._turned
        return (True, "live") if silent < STALL_SECONDS else (False, f"the loop has not turned for {silent:.0f} s")

    def ready(self) -> tuple[bool, str]:
        if not self._ledger.connected:
            return False, "no broker answers"
        return (True, "ready") if self._ledger.caught_up else (False, "the ledger is being read")

    def _measured(self) -> bool:
        """What the brokers say of themselves, when it is due. False: none answers."""
        try:
            if not self._cluster.connected:
                self._cluster.connect()
            if self._is_due("cluster", CLUSTER_SECONDS):
                self._cluster.measure()
            if self._is_due("disk", DISK_SECONDS):
                self._cluster.measure_disk()
            return True
        except (KafkaError, OSError) as e:
            log.warning("Kafka does not answer: %s", str(e) or type(e).__name__)
            self.metrics.away()
            self._cluster.close()
            self._due.clear()
            return False

    def _followed(self) -> bool:
        """The ledger's next step. False: it cannot be read now, as while partitions change their leaders."""
        try:
            if not self._ledger.connected:
                self._ledger.connect()
            if self._is_due("expire", EXPIRE_SECONDS):
                self._ledger.expire()
            self._ledger.poll()
            return True
        except (KafkaError, OSError) as e:
            log.warning("the ledger cannot be read now: %s", str(e) or type(e).__name__)
            self.metrics.unread()
            self._ledger.close()
            return False

    def _is_due(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + seconds
        return True


def run(settings: Settings, since_seconds: float) -> int:
    """Run the exporter in this process until SIGTERM or SIGINT. Raises Unavailable when its port is taken."""
    exporter = Exporter(settings, since_seconds)
    health = HealthServer(settings.metrics_host, settings.metrics_port, exporter.metrics, exporter.live, exporter.ready)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: exporter.stop())
    print(f"wire: exporter; metrics at {health.address}/metrics", file=sys.stderr, flush=True)
    try:
        exporter.run()
    finally:
        health.close()
    return 0
