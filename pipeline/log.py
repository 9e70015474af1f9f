"""Logging to standard error, one line an event, text for people or JSON for machines. Normal operation is silent."""

from __future__ import annotations

import logging
import sys

import orjson

from pipeline.settings import Settings


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(entry).decode()


def configure(settings: Settings) -> None:
    """Set the root logger up for a command of ours; called by verbs, never at import."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    quiet = max(logging.getLogger().level, logging.WARNING)
    for name in ("aiokafka", "kafka", "mode", "faust", "asyncio"):
        # their warnings of a broker that is away come by the dozen a second; ours says it once a retry
        logging.getLogger(name).setLevel(quiet if settings.log_level != "DEBUG" else logging.DEBUG)
    for name in ("aiokafka", "kafka"):
        if settings.log_level not in ("DEBUG", "INFO"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
