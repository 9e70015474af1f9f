"""Deciding anew what was decided, and naming whatever comes out otherwise.

The verdict log names raw records in the order in which they were decided. Parsed again and decided again in that
order by an empty memory, each story must come to the same card, the same fingerprint and the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import orjson

from pipeline.model import Card, Verdict
from pipeline.packet import Packet
from pipeline.stages.dedup import Dedup


@dataclass(frozen=True, slots=True)
class Difference:
    """What the log or an output topic says of a story, and what comes out now."""

    record: str
    id: str
    where: str
    what: str
    said: str
    now: str


@dataclass(slots=True)
class Counts:
    """Of entries of the log: how many were decided anew, and why others were not."""

    decided: int = 0
    repeated: int = 0
    """Entries of a record that has one already: a redelivery, or two workers at once. Compared with the first."""
    taken_over: int = 0
    """From before the audit's beginning, or with no raw record left: believed, so that later ones find them."""
    compared: int = 0
    """Records of output topics."""
    statuses: dict[str, int] = field(default_factory=dict)


class Auditor:
    """Takes the entries of the log in order, each with the story parsed again; then the records of output topics."""

    def __init__(self, dedup: Dedup) -> None:
        self._dedup = dedup
        self._verdicts: dict[str, Verdict] = {}
        self.counts = Counts()

    def known(self, record: str) -> bool:
        """Whether an entry of that record came before."""
        return record in self._verdicts

    def take_over(self, entry: Packet) -> None:
        """An entry that is not decided anew."""
        self._dedup.remember([entry])
        self._verdicts.setdefault(entry.card.record, entry.verdict)
        self.counts.taken_over += 1

    def entry(self, entry: Packet, parsed: Packet) -> Iterator[Difference]:
        """The next entry of the log, and its story as it is parsed now."""
        card, said = entry.card, entry.verdict
        before = self._verdicts.get(card.record)
        if before is not None:
            self.counts.repeated += 1
            yield from _of(card, "the log, said twice", _values(before), _values(said))
            return
        yield from _of(card, "card", _values(card), _values(parsed.card))
        if entry.fingerprint != parsed.fingerprint:
            said_bytes, bytes_now = entry.fingerprint.hex(), parsed.fingerprint.hex()
            yield Difference(card.record, said.id, "fingerprint", "bytes", said_bytes, bytes_now)
        self._dedup.run([parsed])
        now = self._verdicts[card.record] = parsed.verdict
        self.counts.decided += 1
        self.counts.statuses[now.status] = self.counts.statuses.get(now.status, 0) + 1
        yield from _of(card, "verdict", _values(said), _values(now))

    def output(self, topic: str, document: dict[str, Any]) -> Iterator[Difference]:
        """A record of an output topic, as the flat fields of docs/output.md; one of no audited story is passed over."""
        record = str(document.get("record", ""))
        verdict = self._verdicts.get(record)
        if verdict is None:
            return
        self.counts.compared += 1
        now = {"id": verdict.id, "of": verdict.of, "cluster": verdict.cluster, "rule": verdict.rule}
        now["thread"], now["status"] = verdict.thread or verdict.cluster, verdict.status
        for name, value in now.items():
            given = document.get(name)
            if name in document and (given or "") != value:
                yield Difference(record, verdict.id, topic, name, str(given), str(value))


def _values(one: Card | Verdict) -> dict[str, Any]:
    return {f.name: getattr(one, f.name) for f in fields(one)}


def _of(card: Card, where: str, said: dict[str, Any], now: dict[str, Any]) -> Iterator[Difference]:
    for name, value in said.items():
        if value != now[name]:
            yield Difference(card.record, card.id, where, name, _shown(value), _shown(now[name]))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
