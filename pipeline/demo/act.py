"""Two records more for the demonstration: a seed whose embargo ends in a few seconds, and, once it is out, its kill."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from pipeline.replay.items import FeedItem

SEED = Path("scenarios") / "ninjs3" / "08-embargo-future.json"
SECONDS = 8.0
ID = "https://meridian.example/items/one-dose-tonight"


class Act:
    """The story is sent first, the kill when all else is done. Raises OSError where the seeds are not there."""

    def __init__(self, seeds: Path) -> None:
        self._document: dict[str, Any] = orjson.loads((seeds / SEED).read_bytes())
        self._headline = f"{self._document['headlines'][0]['value']}, doctors say"

    def story(self) -> FeedItem:
        """The seed under an id of its own, with an embargo of `SECONDS` from now."""
        until = datetime.fromtimestamp(time.time() + SECONDS, UTC).isoformat(timespec="milliseconds")
        return self._item(self._headline, version="1", embargoedUntil=until)

    def kill(self) -> FeedItem:
        """The notice that takes it back."""
        text = "Editors, please kill this story. The trial is not over."
        body = {"role": "main", "contentType": "text/plain", "value": text}
        return self._item(f"KILL: {self._headline}", version="2", bodies=[body], embargoedUntil=None)

    def _item(self, headline: str, **fields: Any) -> FeedItem:
        document = {**self._document, "uri": ID, "headlines": [{"role": "main", "value": headline}], **fields}
        given = {name: value for name, value in document.items() if value is not None}
        return FeedItem(orjson.dumps(given), "demo", "embargo", "json", feed_id=ID)
