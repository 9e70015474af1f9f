"""The chain of a story: its versions in order, which outputs carry it, and whether it was killed.

One record of `wire.chains` a cluster, keyed by the cluster's id. It is at once what a desk may read of a story's life
and the memory of deliver: a kill must reach every output that carried a version, whatever the rules say by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, Self, TypedDict

import orjson

Outcome = Literal["delivered", "held", "superseded", "killed"]

KEPT_VERSIONS = 100
"""Of a live report with more, the latest; what carried the others is kept all the same (`Chain.carried`)."""

MOST_MISSING = 20
"""A larger gap between version numbers is another way of counting, not versions that went missing."""


@dataclass(slots=True)
class Version:
    """One version of a story."""

    record: str
    """The raw record that brought it (`RecordId` as text): what a redelivery is recognised by."""
    id: str
    status: str
    """What dedup said: new, update, correction; duplicate for an older version that came late."""
    outcome: Outcome
    at: float
    """Its own time, epoch seconds."""
    number: str = ""
    """The provider's version, as delivered."""
    uri: str = ""
    """The provider's uri, as delivered: what the version went out under."""
    headline: str = ""
    released: float = 0.0
    """When its embargo was found to have ended, epoch seconds; 0 where it was never held."""
    outputs: list[str] = field(default_factory=list)
    """Topics (without prefix) that it was written to."""


class ChainView(TypedDict):
    """A chain as a story's document shows it."""

    head: str
    versions: list[dict[str, Any]]
    missing: list[str]


@dataclass(slots=True)
class Chain:
    """All versions of one story, in the order of its life (not of arrival)."""

    cluster: str
    versions: list[Version] = field(default_factory=list)
    carried: dict[str, list[str]] = field(default_factory=dict)
    """Output topic (without prefix) to the ids that were written there."""
    killed: str = ""
    """The raw record of the kill; empty while the story lives."""
    touched: float = 0.0
    """When the chain last changed, epoch seconds by the pipeline's clock: deliver forgets by it."""

    def to_json(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Raises ValueError or TypeError for anything that `to_json` did not write."""
        values: dict[str, Any] = orjson.loads(data)
        values["versions"] = [Version(**version) for version in values["versions"]]
        return cls(**values)

    def version_of(self, record: str) -> Version | None:
        """The version that this raw record brought."""
        return next((version for version in self.versions if version.record == record), None)

    def before(self, record: str) -> Version | None:
        """The version before the one that this raw record brought; the last one where it brought none."""
        earlier: Version | None = None
        for version in self.versions:
            if version.record == record:
                break
            earlier = version
        return earlier

    def uri_of(self, id: str) -> str:
        """The provider's uri under which `id` went out last; empty where there was none."""
        return next((version.uri for version in reversed(self.versions) if version.id == id), "")

    @property
    def head(self) -> Version | None:
        """The newest version that went out."""
        return next((version for version in reversed(self.versions) if version.outcome == "delivered"), None)

    def superseded(self, record: str) -> bool:
        """Whether a newer version than this record's has gone out."""
        seen = False
        for version in self.versions:
            if seen and version.outcome == "delivered":
                return True
            seen = seen or version.record == record
        return False

    def put(self, version: Version) -> None:
        """Note a version: in place of what its record said before, else where its number belongs, else last."""
        for at, known in enumerate(self.versions):
            if known.record == version.record:
                self.versions[at] = version
                return
        at = len(self.versions)
        while at and _precedes(version, self.versions[at - 1]):
            at -= 1
        self.versions.insert(at, version)
        del self.versions[:-KEPT_VERSIONS]

    def carry(self, outputs: Iterable[str], id: str) -> None:
        """Note that the outputs are given a version under this id."""
        for output in outputs:
            ids = self.carried.setdefault(output, [])
            if id not in ids:
                ids.append(id)

    @property
    def missing(self) -> list[str]:
        """Version numbers that lie between those that came, and have not come."""
        numbers = sorted({int(v.number) for v in self.versions if _counts(v.number)})
        gaps = pairwise(numbers)
        return [str(n) for a, b in gaps if b - a <= MOST_MISSING for n in range(a + 1, b)]

    def view(self) -> ChainView:
        """For the story's own document."""
        head = self.head
        return {
            "head": head.record if head else "",
            "versions": [
                {
                    "record": version.record, "id": version.id, "status": version.status, "outcome": version.outcome,
                    "version": version.number, "headline": version.headline,
                }
                for version in self.versions
            ],
            "missing": self.missing,
        }  # fmt: skip


def _precedes(late: Version, known: Version) -> bool:
    """Whether a version that came late belongs before one that is known."""
    if _counts(late.number) and _counts(known.number):
        return int(late.number) < int(known.number)
    return late.status == "duplicate" and late.at < known.at


def _counts(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) <= 9
