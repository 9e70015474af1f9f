"""The receipts of kills on `wire.receipts`: which story, which outputs, when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson

from pipeline.broker.reading import read
from pipeline.settings import Settings
from pipeline.topics import RECEIPTS


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one kill did. Times are epoch seconds."""

    kill: str
    """The kill's own id."""
    record: str
    """Its raw record."""
    of: str
    """The story that it takes back; empty where none was known."""
    cluster: str
    headline: str
    source: str
    received: float
    at: float
    """When deliver took it up."""
    confirmed: float
    """When the brokers had all of it: the receipt is written after that."""
    reached: dict[str, list[str]]
    """Output, without prefix, to the ids that were taken back there."""
    held: list[str]
    """Raw records of held stories that it ended."""
    before_story: bool
    """It came before its story, which is stopped when it comes."""

    @property
    def took(self) -> float:
        """Seconds from when the kill came in until every output had it."""
        return max(0.0, self.confirmed - self.received)

    def document(self) -> dict[str, Any]:
        return {**asdict(self), "took": self.took}


def receipts(settings: Settings) -> list[Receipt]:
    """One for each kill, the latest word on it, in the order in which they came in. Raises Unavailable."""
    found: dict[str, Receipt] = {}
    for record in read(settings, settings.topic(RECEIPTS)):
        receipt = _receipt(record)
        if receipt is not None and receipt.record in found:
            receipt = _together(found[receipt.record], receipt)
        if receipt is not None:
            found[receipt.record] = receipt
    return sorted(found.values(), key=lambda receipt: receipt.received)


def _receipt(record: Any) -> Receipt | None:
    """None for what is no receipt of ours."""
    try:
        values = orjson.loads(record.value or b"")
        return Receipt(
            kill=str(values["kill"]),
            record=str(values["record"]),
            of=str(values["of"] or ""),
            cluster=str(values["cluster"]),
            headline=str(values["headline"]),
            source=str(values["source"]),
            received=float(values["received"]),
            at=float(values["at"]),
            confirmed=record.timestamp / 1000,
            reached={str(output): list(ids) for output, ids in values["reached"].items()},
            held=list(values["held"]),
            before_story=bool(values["before_story"]),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _together(first: Receipt, again: Receipt) -> Receipt:
    """A kill that was delivered again (a worker died in between) reached what it reached the first time, and when."""
    reached = {
        output: list(dict.fromkeys([*first.reached.get(output, ()), *again.reached.get(output, ())]))
        for output in dict.fromkeys([*first.reached, *again.reached])
    }
    return Receipt(
        **{
            **{name: getattr(again, name) for name in Receipt.__slots__},
            "confirmed": first.confirmed,
            "at": first.at,
            "reached": reached,
            "held": list(dict.fromkeys([*first.held, *again.held])),
            "before_story": first.before_story,
        }
    )
