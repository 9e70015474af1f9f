"""Parse: raw bytes to one typed Story each, with its card and fingerprint. Stateless, so it runs in parallel.

A record may hold several stories (a feed document, a news message); they get consecutive `RecordId.item` numbers.
No exception leaves the stage: what cannot be read ends as `Dead` with a code and one sentence, and harms nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from pipeline.dedup.printing import fingerprints
from pipeline.errors import Rejected, Skipped
from pipeline.formats.document import Document
from pipeline.formats.finish import STEPS
from pipeline.formats.item import Item
from pipeline.formats.registry import recognise
from pipeline.model import Card, RawStory, RecordId, Story
from pipeline.packet import Packet
from pipeline.stages.base import Dead, SkippedItem
from pipeline.text.times import epoch

log = logging.getLogger(__name__)

Outcome = Packet | Dead | SkippedItem

MAX_AHEAD_SECONDS = 3600.0
"""A story's own time counts up to an hour past its arrival; beyond that its clock is wrong."""

MAX_ITEMS = 2000
"""Stories of one record; a document with more is cut off there, and says so as a dead item."""

REASONS = (
    "empty", "too-large", "binary", "bad-encoding", "bad-json", "bad-types", "bad-xml", "bad-mail", "no-text",
    "unrecognised", "too-complex", "too-many", "stage-error",
)  # fmt: skip
"""Every code that a dead letter of this stage may have."""


class Parse:
    """The stage. `max_story_bytes` bounds a raw record; a larger one is dead-lettered unread."""

    name = "parse"

    def __init__(self, max_story_bytes: int) -> None:
        self.max_story_bytes = max_story_bytes
        self.model = "formats-1"

    def run(self, batch: Sequence[RawStory]) -> list[list[Outcome]]:
        """The outcomes of each raw record, at least one, in order.

        Each step is done for the whole batch before the next: its code and tables stay in the processor's cache.
        """
        found = [self._read(raw) for raw in batch]
        for step in STEPS:
            for raw, items in zip(batch, found, strict=True):
                for place, item in enumerate(items):
                    if isinstance(item, Story):
                        try:
                            step(item, raw)
                        except Exception as e:
                            items[place] = _outcome_of(e)
        outcomes: list[list[Outcome]] = [
            [_packet(item, raw, place) if isinstance(item, Story) else item for place, item in enumerate(items)]
            for raw, items in zip(batch, found, strict=True)
        ]
        places = [(n, m) for n, found in enumerate(outcomes) for m, o in enumerate(found) if isinstance(o, Packet)]
        for (n, m), outcome in zip(places, self._printed([outcomes[n][m] for n, m in places]), strict=True):
            outcomes[n][m] = outcome
        return outcomes

    def _printed(self, packets: list[Any]) -> list[Outcome]:
        """The packets with their fingerprints, which are computed together; where that fails, one by one."""
        try:
            prints = fingerprints([packet.story for packet in packets])
        except Exception as e:
            if len(packets) == 1:
                return [_outcome_of(e)]
            return [outcome for packet in packets for outcome in self._printed([packet])]
        for packet, data in zip(packets, prints, strict=True):
            packet.fingerprint = data
        return list(packets)

    def _read(self, raw: RawStory) -> list[Item]:
        """What its format reads in a record, at least one item."""
        size = len(raw.body)
        if size > self.max_story_bytes:
            return [Dead("too-large", f"The record has {size:,} bytes; at most {self.max_story_bytes:,} are read.")]
        items: list[Item] = []
        try:
            document = Document(raw)
            for item in recognise(document).read(document):
                if len(items) == MAX_ITEMS:
                    items.append(
                        Dead("too-many", f"The record holds more than {MAX_ITEMS} stories; the rest was not read.")
                    )
                    break
                if isinstance(item, Story):
                    item.notes[:0] = document.notes
                items.append(item)
        except Exception as e:
            items.append(_outcome_of(e))
        return items or [Dead("no-text", "The record was read, but holds no story.")]


def _packet(story: Story, raw: RawStory, place: int) -> Outcome:
    try:
        packet = Packet()
        record = raw.record if place == 0 else RecordId(raw.record.partition, raw.record.offset, place)
        packet.card = card_of(story, raw, record)
        packet.story = story
        return packet
    except Exception as e:
        return _outcome_of(e)


def card_of(story: Story, raw: RawStory, record: RecordId) -> Card:
    """What dedup and the ledger need of a story."""
    own = epoch(story.published)
    if own is None:
        own = epoch(story.created)
    return Card(
        id=story.id,
        source=story.source,
        record=str(record),
        received=raw.received,
        event_time=raw.received if own is None else min(own, raw.received + MAX_AHEAD_SECONDS),
        uri=story.uri,
        version=story.version,
        language=story.language,
        signal=story.signal,
        slugline=story.slugline,
        headline=story.headline,
        links=story.links,
        provider=story.provider,
        urgency=story.urgency,
        pubstatus=story.pubstatus,
        embargo=story.embargo,
        truth=raw.truth,
    )


def _outcome_of(error: Exception) -> Dead | SkippedItem:
    match error:
        case Rejected():
            return Dead(error.code, error.detail)
        case Skipped():
            return SkippedItem(error.what, error.detail)
        case RecursionError() | MemoryError():
            return Dead("too-complex", "The record is nested too deeply to be read.")
        case _:
            log.error("parse failed on a record; it goes to the dead letters", exc_info=error)
            return Dead("stage-error", f"parse failed on this record: {type(error).__name__}: {error}"[:500])
