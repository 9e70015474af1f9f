"""The routing rules that a worker goes by: taken up when the file changes and its desks' topics are there."""

from __future__ import annotations

import asyncio
import logging
import time

from pipeline.broker.admin import ensure_desks
from pipeline.desks.reading import watched
from pipeline.desks.rules import Desks
from pipeline.errors import Unavailable
from pipeline.metrics import Metrics
from pipeline.settings import Settings

log = logging.getLogger(__name__)

AGAIN_SECONDS = 10.0
"""Between two tries to create a new desk's topic."""


class DesksInForce:
    """Give `router` to the deliver stage and await `refresh` before each batch.

    A record for a topic that does not exist would stop the worker, so a changed file counts once its topics exist.
    Raises Usage or Unavailable where the rules cannot be read at the start.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._desks: Desks | None = None
        self._again = 0.0
        self._file = None
        if settings.desks_file is not None:
            self._file = watched(settings.desks_file, lambda why: metrics.rules_refused("desks"))

    def router(self) -> Desks | None:
        """The rules in force; None where stories go to no desk."""
        return self._desks

    async def refresh(self) -> None:
        """Take up the file as it is now. Raises Unavailable only where there are no rules to go by yet."""
        if self._file is None:
            return
        desks = self._file.current()
        if desks is self._desks or time.monotonic() < self._again:
            return
        try:
            await asyncio.to_thread(ensure_desks, self._settings, desks.names)
        except Unavailable as e:
            if self._desks is None:
                raise
            self._again = time.monotonic() + AGAIN_SECONDS
            self._metrics.rules_refused("desks")
            log.error("the desks in force stay, for the topics of the new ones cannot be created: %s", e)
        else:
            self._desks = desks
