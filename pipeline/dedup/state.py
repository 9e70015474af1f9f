"""The state machine: a verdict is a function of the state, the state a function of the packets and verdicts before it.

`decide` reads, `apply` writes. Replaying the memory log applies verdicts without deciding, and so ends in the same
state; a packet that cannot be decided raises before anything is written.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from pipeline.dedup.entries import Entry
from pipeline.dedup.fingerprint import Fingerprint, decode
from pipeline.dedup.frequency import Frequency
from pipeline.dedup.index import ShingleIndex
from pipeline.dedup.likeness import compare, unlike
from pipeline.dedup.rules import LEAST_CONTAINED, Relation, relate
from pipeline.model import Card, Verdict
from pipeline.packet import Packet

CANDIDATES = 12
MAX_STORIES = 1_500_000
BYTES_PER_STORY = 3000.0
"""An estimate of what an entry takes with its fingerprint, verdict and index keys."""


class State:
    def __init__(self, horizon_seconds: float) -> None:
        self._horizon = horizon_seconds
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._next = 0
        self._records: dict[str, int] = {}
        self._names: dict[tuple[str, str], int] = {}
        """(source or provider, id or uri) to the newest version of that story."""
        self._ids: dict[str, int] = {}
        self._bodies: dict[int, int] = {}
        self._heads: dict[str, int] = {}
        self._titles: dict[int, int] = {}
        self._killed: set[str] = set()
        self._index = ShingleIndex()
        self._frequency = Frequency()
        self._clock = 0.0
        self._newest = 0.0

    def redelivered(self, card: Card) -> Verdict | None:
        number = self._records.get(card.record)
        return self._entries[number].verdict if number is not None else None

    # -- deciding -------------------------------------------------------------------------------------------------

    def decide(self, card: Card, print_: Fingerprint) -> Verdict:
        named = self._named(card)
        if card.signal == "kill" or card.pubstatus == "canceled":
            return self._kill(card, print_, named)
        if named is not None:
            return self._version(card, print_, named)
        best: Entry | None = None
        relation: Relation | None = None
        series = ""
        for entry in self._candidates(card, print_):
            if unlike(entry.print, print_, LEAST_CONTAINED):
                continue
            like = compare(entry.print, print_, self._frequency.weigh)
            found = relate(entry.print, print_, like, abs(card.event_time - entry.event_time) / 3600, card.signal)
            if found.kind == "series":
                series = series or entry.verdict.id
            elif found.kind != "none" and (relation is None or found.strength > relation.strength):
                best, relation = entry, found
        if best is None or relation is None:
            return self._new(card, series)
        kind = relation.kind
        if best.verdict.status == "kill" or best.verdict.cluster in self._killed:
            return self._follow(card, print_, best, "kill", "killed-before")
        if card.signal == "correction" and kind != "duplicate":
            kind_: str = "correction"
        elif card.signal == "correction" and not compare(best.print, print_, self._frequency.weigh).exact:
            kind_ = "correction"
        else:
            kind_ = kind
        return self._follow(card, print_, best, kind_, relation.rule)

    def _candidates(self, card: Card, print_: Fingerprint) -> list[Entry]:
        numbers = self._index.candidates(print_, CANDIDATES)
        for table, key in ((self._bodies, print_.body_hash), (self._titles, print_.headline_hash)):
            number = table.get(key) if key else None
            if number is not None and number not in numbers:
                numbers.append(number)
        found = (self._entries.get(n) for n in numbers)
        return [e for e in found if e is not None and abs(e.event_time - card.event_time) <= self._horizon]

    def _named(self, card: Card) -> Entry | None:
        for key in _keys(card):
            number = self._names.get(key)
            if number is not None and number in self._entries:
                return self._entries[number]
        for link in card.links:
            number = self._ids.get(link)
            if number is not None and number in self._entries:
                return self._entries[number]
        return None

    def _version(self, card: Card, print_: Fingerprint, known: Entry) -> Verdict:
        like = compare(known.print, print_, self._frequency.weigh)
        same = like.exact and like.same_headline
        if known.verdict.status == "kill" and not known.verdict.of:
            return self._follow(card, print_, known, "kill", "killed-before")
        if card.signal == "correction" and not same:
            return self._follow(card, print_, known, "correction", "version")
        if same and (not card.version or card.version == known.version):
            return self._follow(card, print_, known, "duplicate", "same-id")
        if _older(card.version, known.version):
            return self._follow(card, print_, known, "duplicate", "older-version")
        return self._follow(card, print_, known, "update", "version")

    def _kill(self, card: Card, print_: Fingerprint, named: Entry | None) -> Verdict:
        best = named
        if best is None:
            for entry in self._candidates(card, print_):
                like = compare(entry.print, print_, self._frequency.weigh)
                if like.containment >= 0.5 or like.headline >= 0.6:
                    best = entry
                    break
        if best is None:
            return Verdict("kill", self._unique_id(card), "", card.id, card.id, rule="kill-unknown")
        return self._follow(card, print_, best, "kill", "kill")

    def _new(self, card: Card, series: str) -> Verdict:
        own = self._unique_id(card)
        evidence: dict[str, object] = {"series": series} if series else {}
        if card.signal:
            evidence["signal"] = card.signal
        return Verdict("new", own, "", own, own, rule="series" if series else "new", evidence=evidence)

    def _follow(self, card: Card, print_: Fingerprint, known: Entry, status: str, rule: str) -> Verdict:
        like = compare(known.print, print_, self._frequency.weigh)
        of = known.verdict
        if status != "duplicate":
            head = self._heads.get(of.cluster)
            if head is not None and head in self._entries:
                of = self._entries[head].verdict
        evidence: dict[str, object] = {
            "numbers": [like.numbers.both, like.numbers.a, like.numbers.b],
            "names": [like.names.both, like.names.a, like.names.b],
        }
        if of.cluster in self._killed:
            evidence["killed"] = True
        return Verdict(
            status,  # type: ignore[arg-type]
            card.id, of.id, of.cluster, of.thread,
            round(like.resemblance, 3), round(like.containment, 3), rule, evidence,
            of.position if status == "duplicate" else of.position + 1,
        )  # fmt: skip

    def _unique_id(self, card: Card) -> str:
        return f"{card.id}@{card.source}" if card.id in self._ids else card.id

    # -- remembering ----------------------------------------------------------------------------------------------

    def apply(self, card: Card, print_: Fingerprint, verdict: Verdict) -> None:
        number = self._next
        self._next += 1
        entry = Entry(
            number, card.record, card.event_time, card.received, card.version, print_, verdict, tuple(_keys(card))
        )
        self._entries[number] = entry
        self._records[card.record] = number
        self._ids.setdefault(verdict.id, number)
        if verdict.status != "duplicate":
            self._heads[verdict.cluster] = number
        for key in _keys(card):
            if verdict.rule != "older-version":
                self._names[key] = number
        if verdict.status == "kill":
            self._killed.add(verdict.cluster)
        if print_.body_hash:
            self._bodies[print_.body_hash] = number
        if print_.headline_hash:
            self._titles[print_.headline_hash] = number
        self._index.add(number, print_)
        if verdict.status != "duplicate":
            self._frequency.add(print_)
        self._expire(card)

    def _expire(self, card: Card) -> None:
        self._clock = max(self._clock, card.received)
        while self._entries:
            first = next(iter(self._entries.values()))
            if len(self._entries) <= MAX_STORIES and self._clock - first.received <= 1.1 * self._horizon:
                break
            self._forget(first)

    def _forget(self, entry: Entry) -> None:
        """Everything that still leads to this entry goes with it; what a newer one has taken over stays."""
        number, print_ = entry.number, entry.print
        del self._entries[number]
        self._records.pop(entry.record, None)
        _drop(self._ids, entry.verdict.id, number)
        for key in entry.keys:
            _drop(self._names, key, number)
        _drop(self._bodies, print_.body_hash, number)
        _drop(self._titles, print_.headline_hash, number)
        if _drop(self._heads, entry.verdict.cluster, number):
            self._killed.discard(entry.verdict.cluster)
        self._index.remove(number, print_)

    def stats(self) -> dict[str, float]:
        oldest = next(iter(self._entries.values())).event_time if self._entries else 0.0
        return {
            "stories": float(len(self._entries)),
            "bytes": BYTES_PER_STORY * len(self._entries),
            "oldest": oldest,
            "newest": self._newest,
        }


def decoded(packet: Packet) -> tuple[Card, Fingerprint]:
    return packet.card, decode(packet.fingerprint)


def _drop(table: dict[Any, int], key: Any, number: int) -> bool:
    """Remove the key if it leads to that entry; whether it did."""
    if table.get(key) != number:
        return False
    del table[key]
    return True


def _keys(card: Card) -> list[tuple[str, str]]:
    keys = [(card.source, card.id)]
    if card.uri:
        keys.append((card.provider or card.source, card.uri))
    return keys


def _older(version: str, known: str) -> bool:
    return version.isdigit() and known.isdigit() and int(version) < int(known)
