"""Searching topics by time: which records, between two moments, hold some bytes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from pipeline.settings import Settings
from pipeline.topics import TopicSpec

SKEW_SECONDS = 10.0
"""Clocks of machines differ by less, or `wire doctor` says so."""

AGES = (600.0, 7_200.0, 86_400.0, math.inf)
"""Looking back, in steps: most that is asked about is recent."""

REACHES = (60.0, 3_600.0, math.inf)
"""Looking forward from a moment, in steps: most stories end within a second."""

_POLL_MS = 500


class Search:
    """Reads with one consumer, which must belong to no group."""

    def __init__(self, client: KafkaConsumer, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self.read = 0
        """Records that had to be looked at."""

    def back(
        self, specs: Sequence[TopicSpec], needles: Sequence[bytes], oldest: float = math.inf
    ) -> Iterator[list[Any]]:
        """Records of some topics in which one of the needles stands, in value, key or headers: the latest ten minutes
        first, then older ones up to an age of `oldest` seconds, a list for each step back, each in order of time."""
        now = time.time()
        until = math.inf
        for age in (age for age in AGES if age <= oldest):
            yield self.between(specs, needles, now - age, until)
            until = now - age

    def ahead(self, specs: Sequence[TopicSpec], needles: Sequence[bytes], since: float) -> Iterator[list[Any]]:
        """The same from a moment (epoch seconds) on, in steps forward."""
        begin = since - SKEW_SECONDS
        for reach in REACHES:
            yield self.between(specs, needles, begin, since + reach)
            begin = since + reach

    def between(self, specs: Sequence[TopicSpec], needles: Sequence[bytes], since: float, until: float) -> list[Any]:
        """The same between two moments, in order of time."""
        places = [
            TopicPartition(self._settings.topic(spec), partition)
            for spec in specs
            for partition in sorted(self._client.partitions_for_topic(self._settings.topic(spec)) or ())
        ]
        if not places:
            return []
        ends = self._client.end_offsets(places)
        starts, stops = self._offsets(places, ends, since), self._offsets(places, ends, until)
        wanted = [place for place in places if starts[place] < stops[place]]
        found: list[Any] = []
        if not wanted:
            return found
        self._client.assign(wanted)
        for place in wanted:
            self._client.seek(place, starts[place])
        while any(self._client.position(place) < stops[place] for place in wanted):
            for place, records in self._client.poll(timeout_ms=_POLL_MS, max_records=5000).items():
                if self._client.position(place) >= stops[place]:
                    self._client.pause(place)
                for record in records:
                    if record.offset < stops[place]:
                        self.read += 1
                        if _holds(record, needles):
                            found.append(record)
        self._client.resume(*wanted)
        return sorted(found, key=lambda record: (record.timestamp, record.offset))

    def one(self, spec: TopicSpec, partition: int, offset: int) -> Any | None:
        """One record by its place; None where it is not there (any more)."""
        place = TopicPartition(self._settings.topic(spec), partition)
        if partition not in (self._client.partitions_for_topic(place.topic) or ()):
            return None
        first, end = self._client.beginning_offsets([place])[place], self._client.end_offsets([place])[place]
        if not first <= offset < end:
            return None
        self._client.assign([place])
        self._client.seek(place, offset)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for record in self._client.poll(timeout_ms=_POLL_MS, max_records=1).get(place, ()):
                self.read += 1
                return record if record.offset == offset else None
        return None

    def _offsets(
        self, places: list[TopicPartition], ends: dict[TopicPartition, int], at: float
    ) -> dict[TopicPartition, int]:
        """The first offset at or after a moment; the end where there is none."""
        if at == math.inf:
            return ends
        if at <= 0:
            return dict(self._client.beginning_offsets(places))
        found = self._client.offsets_for_times(dict.fromkeys(places, int(at * 1000)))
        return {place: ends[place] if found.get(place) is None else found[place].offset for place in places}


def _holds(record: Any, needles: Sequence[bytes]) -> bool:
    value, key = record.value or b"", record.key or b""
    return any(
        needle in value or needle == key or any(needle in (given or b"") for _, given in record.headers or ())
        for needle in needles
    )
