"""How far stories have got that have not ended: the last topic on which each was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.model import RecordId
from pipeline.topics import RAW
from pipeline.trace.search import SKEW_SECONDS, Search
from pipeline.trace.tracer import BETWEEN, packets_of
from pipeline.trace.walk import Step


def how_far(search: Search, names: Sequence[str]) -> dict[str, Step]:
    """The last step of each raw record (`partition-offset`) or story in it (`.item`); none for one that is gone."""
    found: dict[str, Step] = {}
    for name in names:
        place = RecordId.parse(name)
        record = search.one(RAW, place.partition, place.offset)
        if record is not None:
            found[name] = Step(record.topic, record.partition, record.offset, record.timestamp / 1000)
    if not found:
        return found
    since = min(step.at for step in found.values()) - SKEW_SECONDS
    needles = [f'"record":"{name}{end}'.encode() for name in names for end in ('"', ".")]
    wanted = frozenset(names)
    for spec in BETWEEN:  # in the order of the flow, so that the last one stays
        for record in search.between([spec], needles, since, math.inf):
            for packet in packets_of([record]):
                story = packet.card.record
                for name in {story, story.partition(".")[0]} & wanted:
                    found[name] = Step(record.topic, record.partition, record.offset, record.timestamp / 1000)
    return found
