"""A small life on the real Kafka: one record for every way in which a record may end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from pipeline.broker.admin import ensure_topics
from pipeline.settings import Settings
from tests.stream_support import follow, ledger_of, produce, workers

DAM = (
    "SOFIA, March 19 (Meridian) - A dam above the town of Brezovo began to leak on Thursday and 340 people were told "
    "to leave their homes, the regional governor said.\n\nEngineers lowered the water by two metres in the "
    "morning. The governor, Ivana Petkova, said that the wall was not expected to give way."
)
MORE = (
    "\n\nSchools in the valley were closed and 12 buses took families to a sports hall in the next town, where the Red "
    "Cross had put up 600 beds.\n\nThe dam was built in 1961 and last inspected two years ago, the ministry said."
)
PICTURE = {"type": "picture", "uri": "urn:pic", "versioncreated": "2026-03-19T09:00:00Z", "headline": "A dam"}


def line(id: str, title: str, text: str, **more: Any) -> tuple[str, bytes]:
    return id, orjson.dumps({"id": id, "title": title, "text": text, **more})


def live(settings: Settings, folder: Path) -> dict[str, str]:
    """A worker works all of it off, one by one, and is stopped. Returns the raw record of each by name."""
    ensure_topics(settings)
    feed = {
        "dam": line("dam", "Dam leaks above Bulgarian town", DAM, urgency=2),
        "copy": line("copy", "Dam leaks above Bulgarian town", DAM),
        "dam-2": line("dam-2", "UPDATE 1-Dam leaks above Bulgarian town", DAM.replace("340", "520") + MORE, urgency=2),
        "kill": line("dam", "KILL-Dam leaks above Bulgarian town", "KILL: Meridian has withdrawn the item."),
        "broken": ("broken", b'{"title": '),
        "picture": ("picture", orjson.dumps(PICTURE)),
        "held": line("held", "Budget in full", "The budget is out, the ministry said. " * 3, embargo="noon some day"),
        "timed": line("timed", "Speech in full", "The minister spoke at length. " * 3, embargo="2099-01-01T00:00:00Z"),
        "late copy": line("late", "Dam leaks above Bulgarian town", DAM),
    }
    names = {}
    with ledger_of(settings) as reader, workers(settings, folder):
        for count, (name, record) in enumerate(feed.items(), 1):
            (names[name],) = produce(settings, [record])
            follow(reader, count)
    return names
