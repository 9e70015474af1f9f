"""The state machine: a verdict is a function of the state, the state a function of the packets and verdicts before it.

`decide` reads, `apply` writes. Replaying the memory log applies verdicts without deciding, and so ends in the same
state; a packet that cannot be decided raises before anything is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.dedup.fingerprint import U32, Fingerprint
from pipeline.dedup.frequency import Frequency
from pipeline.dedup.index import Index
from pipeline.dedup.keys import Keys, key
from pipeline.dedup.likeness import Likeness, compare, unlike
from pipeline.dedup.memory import Memory
from pipeline.dedup.rules import LEAST_CONTAINED, relate
from pipeline.dedup.threads import Threads
from pipeline.model import Card, Status, Verdict

CANDIDATES = 10
"""Stories with the most shingles in common that are looked at closely."""
FEW = 24
"""Shingles below which one in common is enough to look closer."""
INSERTED = 16
"""Shingles of its sketch under which a story is filed; it is looked up by all of them."""
MAX_STORIES = 2_000_000
MAX_ARCHIVE = 500_000


@dataclass(slots=True)
class Known:
    """A remembered story under consideration."""

    number: int
    slot: int
    print: Fingerprint
    like: Likeness


class State:
    """Everything that dedup knows. Verdicts depend on the order of `apply` calls alone."""

    def __init__(self, horizon_seconds: float, stories: int = MAX_STORIES, archive: int = MAX_ARCHIVE) -> None:
        self._memory = Memory(horizon_seconds, stories, archive)
        self._keys = Keys(self._memory.alive, self._memory.living)
        self._frequency = Frequency()
        self._shingles = Index(22, 8)
        self._threads = Threads(self._memory, self._frequency, stories)

    def redelivered(self, card: Card) -> Verdict | None:
        """The verdict on that very record, if it was decided before."""
        number = self._keys.get(key("record", card.record))
        return self._memory.verdict_of(self._memory.slot(number)) if number >= 0 else None

    # -- deciding -------------------------------------------------------------------------------------------------

    def decide(self, card: Card, print_: Fingerprint) -> Verdict:
        """The verdict on a story that was not decided before. Changes nothing."""
        named = self._named(card, print_)
        if card.signal == "kill" or card.pubstatus == "canceled":
            return self._kill(card, print_, named)
        if named is not None:
            return self._version(card, named)
        best: Known | None = None
        status: Status = "new"
        rule, top, series = "", 0.0, ""
        for known in self._candidates(card, print_):
            hours = abs(card.event_time - float(self._memory.events[known.slot])) / 3600
            found = relate(known.print, print_, known.like, hours, card.signal)
            if found.kind == "series":
                series = series or self._memory.verdict_of(known.slot).id
            elif found.kind != "none" and found.strength > top:
                best, status, rule, top = known, found.kind, found.rule, found.strength
        if best is None:
            return self._new(card, print_, series)
        if self._killed(best):
            return self._follow(card, best, "kill", "killed-before")
        if card.signal == "correction" and not best.like.exact:
            status = "correction"
        elif not best.like.exact and self._comes_late(card, best):
            status, rule = "duplicate", "older-version"
        return self._follow(card, best, status, rule)

    def _comes_late(self, card: Card, known: Known) -> bool:
        """A first report that comes after the update of it: undecorated, older, and the update was thought new."""
        if card.signal or card.event_time >= min(card.received, float(self._memory.events[known.slot])):
            return False
        return self._memory.verdict_of(known.slot).evidence.get("signal") in ("update", "correction")

    def _candidates(self, card: Card, print_: Fingerprint) -> list[Known]:
        """Remembered stories within the horizon that share most shingles, then those of the same text or headline."""
        _, slots = self._shingles.look_up(_lookup_keys(print_))
        chosen: list[int] = []
        if slots.size:
            every, counts = np.unique(slots, return_counts=True)
            numbers = self._memory.numbers[every]
            counts[(numbers < 0) | (np.abs(self._memory.events[every] - card.event_time) > self._memory.horizon)] = 0
            order = np.lexsort((-numbers, -counts))[:CANDIDATES]
            least = max(1 if print_.shingles < FEW else 2, int(counts[order[0]]) // 4)
            chosen = [int(every[n]) for n in order if counts[n] >= least]
        found = []
        for slot in chosen:
            theirs = self._memory.print_of(slot)
            if not unlike(theirs, print_, LEAST_CONTAINED):
                found.append(self._known(slot, theirs, print_))
        for hashed in _text_keys(print_):
            number = self._keys.get(hashed)
            if number >= 0:
                slot = self._memory.slot(number)
                if slot not in chosen and abs(self._memory.events[slot] - card.event_time) <= self._memory.horizon:
                    found.append(self._known(slot, self._memory.print_of(slot), print_))
                    chosen.append(slot)
        return found

    def _known(self, slot: int, theirs: Fingerprint, print_: Fingerprint) -> Known:
        theirs = replace(theirs, terms=self._threads.terms_of(slot))
        like = compare(theirs, print_, self._frequency.weigh)
        return Known(int(self._memory.numbers[slot]), slot, theirs, like)

    def _named(self, card: Card, print_: Fingerprint) -> Known | None:
        """The newest version of the story that the feed itself names: by id, by uri, by its links."""
        for hashed in (*_identities(card), *(key("id", link) for link in card.links)):
            number = self._keys.get(hashed)
            if number >= 0:
                slot = self._memory.slot(number)
                return self._known(slot, self._memory.print_of(slot), print_)
        return None

    def _version(self, card: Card, known: Known) -> Verdict:
        like, version = known.like, self._memory.versions.get(known.slot, "")
        verdict = self._memory.verdict_of(known.slot)
        if verdict.status == "kill" and not verdict.of:
            return self._follow(card, known, "kill", "killed-before")
        same = like.exact and (like.same_headline or like.headline < 0)
        if same and (not card.version or card.version == version):
            return self._follow(card, known, "duplicate", "same-id")
        if _older(card.version, version):
            return self._follow(card, known, "duplicate", "older-version")
        return self._follow(card, known, "correction" if card.signal == "correction" else "update", "version")

    def _kill(self, card: Card, print_: Fingerprint, named: Known | None) -> Verdict:
        if named is not None:
            return self._follow(card, named, "kill", "kill")
        for known in self._candidates(card, print_):
            if known.like.containment >= 0.5 or known.like.headline >= 0.6:
                return self._follow(card, known, "kill", "kill")
        own = self._own_id(card)
        return Verdict("kill", own, "", own, own, rule="kill-unknown")

    def _new(self, card: Card, print_: Fingerprint, series: str) -> Verdict:
        own = self._own_id(card)
        evidence: dict[str, object] = {"series": series} if series else {}
        if card.signal:
            evidence["signal"] = card.signal
        slot = self._threads.find(print_, card.event_time)
        thread = self._memory.verdict_of(slot).thread if slot else own
        return Verdict("new", own, "", own, thread, rule="series" if series else "new", evidence=evidence)

    def _follow(self, card: Card, known: Known, status: Status, rule: str) -> Verdict:
        like, of = known.like, self._memory.verdict_of(known.slot)
        if status != "duplicate":
            head = self._keys.get(key("head", of.cluster))
            of = self._memory.verdict_of(self._memory.slot(head)) if head >= 0 else of
        evidence: dict[str, object] = {
            "numbers": [like.numbers.both, like.numbers.a, like.numbers.b],
            "names": [like.names.both, like.names.a, like.names.b],
        }
        if like.headline >= 0:
            evidence["headline"] = round(like.headline, 2)
        if self._keys.get(key("killed", of.cluster)) >= 0:
            evidence["killed"] = True
        return Verdict(
            status, card.id, of.id, of.cluster, of.thread,
            round(like.resemblance, 3), round(like.containment, 3), rule, evidence,
            of.position if status == "duplicate" else of.position + 1,
        )  # fmt: skip

    def _killed(self, known: Known) -> bool:
        cluster = self._memory.verdict_of(known.slot).cluster
        return self._keys.get(key("killed", cluster)) >= 0

    def _own_id(self, card: Card) -> str:
        return f"{card.id}@{card.source}" if self._keys.get(key("id", card.id)) >= 0 else card.id

    # -- remembering ----------------------------------------------------------------------------------------------

    def apply(self, card: Card, data: bytes, print_: Fingerprint, verdict: Verdict) -> None:
        """Remember a story with its verdict. `print_` is `data` decoded."""
        for gone, thread in self._memory.forget():
            self._threads.forget(gone, thread)
        number, slot = self._memory.add(card, data, verdict)
        self._link(number, slot, verdict)
        put = self._keys.put
        put(key("record", card.record), number)
        if self._keys.get(key("id", verdict.id)) < 0:
            put(key("id", verdict.id), number)
        if verdict.rule != "older-version":
            for hashed in _identities(card):
                put(hashed, number)
        if verdict.status not in ("new", "duplicate"):
            put(key("head", verdict.cluster), number)
        if verdict.status == "kill":
            put(key("killed", verdict.cluster), number)
        if card.version:
            self._memory.versions[slot] = card.version
        for hashed in _text_keys(print_):
            put(hashed, number)
        self._shingles.add(_filed_keys(print_), slot)
        if verdict.status != "duplicate":
            self._frequency.add(print_)
        self._threads.add(print_, slot, int(self._memory.threads[slot]))

    def _link(self, number: int, slot: int, verdict: Verdict) -> None:
        """Which thread the story is in, as the number of the thread's first story."""
        thread = number
        if verdict.thread != verdict.id:
            known = self._keys.get(key("id", verdict.thread))
            thread = int(self._memory.threads[self._memory.slot(known)]) if known >= 0 else self._lost(verdict, number)
        self._memory.threads[slot] = thread

    def _lost(self, verdict: Verdict, number: int) -> int:
        """The thread's first story is forgotten, but the one that this story follows may still be there."""
        known = self._keys.get(key("id", verdict.of)) if verdict.of else -1
        return int(self._memory.threads[self._memory.slot(known)]) if known >= 0 else number

    def stats(self) -> dict[str, float]:
        """`stories` held, `bytes` (an estimate), when the `oldest` and `newest` came (epoch seconds)."""
        found = self._memory.stats()
        found["bytes"] += self._keys.nbytes + self._threads.nbytes + found["stories"] * 560
        return found


def _filed_keys(print_: Fingerprint) -> U32:
    return np.concatenate((print_.sketch[:INSERTED], print_.head))


def _lookup_keys(print_: Fingerprint) -> U32:
    return np.concatenate((print_.sketch, print_.head))


def _text_keys(print_: Fingerprint) -> list[int]:
    keys = [key("body", print_.body_hash)] if print_.body_hash else []
    if print_.headline_hash:
        keys.append(key("headline", print_.headline_hash))
    return keys


def _identities(card: Card) -> list[int]:
    keys = [key("story", card.source, card.id)]
    if card.uri:
        keys.append(key("uri", card.provider or card.source, card.uri))
    return keys


def _older(version: str, known: str) -> bool:
    return version.isdigit() and known.isdigit() and int(version) < int(known)
