"""What Faust itself can tell about a worker: rebalances and commits. Stages are counted by the runner."""

from __future__ import annotations

import time
from typing import Any

from faust import Sensor

from pipeline.metrics import Metrics


class WireSensor(Sensor):  # type: ignore[misc]
    """Feeds Faust's callbacks to `Metrics`."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    def on_rebalance_start(self, app: Any) -> dict[str, float]:
        self._metrics.rebalanced()
        self._metrics.forget_lag()
        return {"started": time.perf_counter()}

    def on_rebalance_end(self, app: Any, state: dict[str, float]) -> None:
        self._metrics.rebalance_took(time.perf_counter() - state["started"])

    def on_commit_completed(self, consumer: Any, state: Any) -> None:
        self._metrics.committed()
