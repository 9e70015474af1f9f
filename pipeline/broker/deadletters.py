"""The dead letters on `wire.dead`: by cause, one by one, and back onto `wire.raw`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipeline.broker.clients import producer
from pipeline.broker.reading import read
from pipeline.headers import DeadLetter, raw_headers, read_dead
from pipeline.settings import Settings
from pipeline.topics import DEAD, RAW

_IN_FLIGHT_BYTES = 32 * 1024 * 1024
"""Bodies handed to the producer and not yet confirmed, at most."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which dead letters are meant; empty strings mean all."""

    stage: str = ""
    reason: str = ""

    def takes(self, letter: DeadLetter) -> bool:
        return self.stage in ("", letter.stage) and self.reason in ("", letter.reason)


@dataclass(slots=True)
class Cause:
    """All dead letters of one reason in one stage."""

    stage: str
    reason: str
    count: int = 0
    bytes: int = 0
    first: float = 0.0
    """Epoch seconds."""
    last: float = 0.0
    example: str = ""
    """The sentence of the latest."""
    example_record: str = ""
    """Its raw record."""


def letters(settings: Settings, choice: Choice = Choice()) -> Iterator[DeadLetter]:
    """The chosen dead letters, each raw story once: delivery is at least once, so a letter may be there twice.

    Within a partition of `wire.dead` in order, else as they are read. Raises Unavailable.
    """
    seen: set[str] = set()
    for record in read(settings, settings.topic(DEAD)):
        letter = read_dead(record.headers, body=record.value, timestamp_ms=record.timestamp)
        identity = name_of(letter, record)
        if identity not in seen and choice.takes(letter):
            seen.add(identity)
            yield letter


def name_of(letter: DeadLetter, record: Any) -> str:
    """What a letter is known by: its raw record, or for one that came from elsewhere, its own place."""
    if replayable(letter):
        return f"{letter.raw.record}/{letter.stage}/{letter.reason}"
    return f"dead/{record.partition}-{record.offset}"


def replayable(letter: DeadLetter) -> bool:
    """Whether it came in by `wire.raw`, and not as a foreign record on an internal topic."""
    return letter.raw.record.offset >= 0


def causes(letters: Iterable[DeadLetter]) -> list[Cause]:
    """The letters by stage and reason, the most frequent first."""
    found: dict[tuple[str, str], Cause] = {}
    for letter in letters:
        key = (letter.stage, letter.reason)
        cause = found.setdefault(key, Cause(*key, first=letter.at))
        cause.count += 1
        cause.bytes += len(letter.raw.body)
        cause.first = min(cause.first, letter.at)
        if letter.at >= cause.last:
            cause.last, cause.example, cause.example_record = letter.at, letter.detail, str(letter.raw.record)
    return sorted(found.values(), key=lambda cause: (-cause.count, cause.stage, cause.reason))


@dataclass(slots=True)
class Replayed:
    """What a replay did."""

    sent: int = 0
    again: int = 0
    """Letters whose raw record was sent for another letter: one document may hold several stories that died."""
    foreign: int = 0
    """Letters that never were on `wire.raw`, and cannot go back there."""


def replay(settings: Settings, letters: Iterable[DeadLetter], sent: Callable[[int], None] = lambda n: None) -> Replayed:
    """Send the original bytes of each letter to `wire.raw` again, with their original headers and `replay-of`.

    Returns when the broker has confirmed them all. Raises Unavailable; what was sent by then is sent.
    """
    result = Replayed()
    documents: set[tuple[int, int]] = set()
    with producer(settings) as client:
        waiting: list[Any] = []
        size = 0
        for letter in letters:
            raw = letter.raw
            if not replayable(letter):
                result.foreign += 1
                continue
            document = (raw.record.partition, raw.record.offset)
            if document in documents:
                result.again += 1
                continue
            documents.add(document)
            headers = raw_headers(
                received=raw.received,
                source=raw.source,
                format=raw.format,
                id=raw.feed_id,
                content_type=raw.content_type,
                truth=raw.truth,
                replay_of=str(raw.record),
            )
            key = f"{raw.source}/{raw.feed_id or raw.record}".encode("utf-8", "replace")
            waiting.append(client.send(settings.topic(RAW), value=raw.body, key=key, headers=headers))
            size += len(raw.body)
            if size > _IN_FLIGHT_BYTES:
                _confirm(waiting)
                waiting, size = [], 0
            result.sent += 1
            sent(result.sent)
        _confirm(waiting)
    return result


def _confirm(futures: list[Any]) -> None:
    for future in futures:
        future.get(timeout=120)


def export(folder: Path, letters: Iterable[DeadLetter], describe: Callable[[DeadLetter], dict[str, Any]]) -> int:
    """Write each body to `folder/bodies/<stage>-<reason>/<record>` and what is known of it to `folder/letters.jsonl`.

    Returns how many. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with (folder / "letters.jsonl").open("wb") as index:
        for letter in letters:
            count += 1
            name = str(letter.raw.record) if replayable(letter) else f"foreign-{count}"
            place = Path("bodies") / _file_name(f"{letter.stage}-{letter.reason}") / f"{name}{_ending(letter)}"
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(letter.raw.body)
            index.write(orjson.dumps({"file": str(place), **describe(letter)}) + b"\n")
    return count


def _file_name(text: str) -> str:
    """Headers may come from anybody: nothing of them may lead out of the folder."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)[:80]


def _ending(letter: DeadLetter) -> str:
    return {"json": ".json", "xml": ".xml", "html": ".html"}.get(letter.raw.format, ".txt")
