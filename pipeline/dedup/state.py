"""The state machine: a verdict is a function of the state, the state a function of the packets and verdicts before it.

Stories are decided one after the other, but looked up together: whatever can be found and compared without knowing
the verdicts just before is computed for a whole batch (`candidates`, `threads`). Tables change only at the end of a
*block* of stories, of a length that follows from how many were decided so far; a story of the block at hand is found
in the block itself. So a verdict does not depend on how the stories were cut into batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.dedup.candidates import candidates, filed_keys
from pipeline.dedup.columns import Columns
from pipeline.dedup.fingerprint import U32, Fingerprint, decode
from pipeline.dedup.frequency import Frequency
from pipeline.dedup.index import Index
from pipeline.dedup.keys import Keys, key
from pipeline.dedup.likeness import Likeness, compare
from pipeline.dedup.memory import Memory
from pipeline.dedup.origins import Origin, Origins
from pipeline.dedup.rules import relate
from pipeline.dedup.threads import Threads, Weighed
from pipeline.errors import Rejected
from pipeline.model import Card, Status, Verdict

BLOCK = 128
"""Stories between two changes of the tables; fewer while there are few stories, so that words find their weight."""
MAX_STORIES = 2_000_000
MAX_ARCHIVE = 500_000
_BODY, _HEADLINE = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
_ONES = (1 << 64) - 1


@dataclass(slots=True)
class Known:
    """A remembered story under consideration."""

    number: int
    slot: int
    print: Fingerprint
    like: Likeness


@dataclass(slots=True)
class Block:
    """The stories decided since the tables changed last."""

    length: int = 1
    """How many it will have."""
    prints: list[Fingerprint] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    events: list[float] = field(default_factory=list)
    tells: list[bool] = field(default_factory=list)
    """Whether the story counts for how often words occur: duplicates do not."""


class State:
    """Everything that dedup knows. Verdicts depend on the order of stories alone."""

    def __init__(self, horizon_seconds: float, stories: int = MAX_STORIES, archive: int = MAX_ARCHIVE) -> None:
        self.memory = Memory(horizon_seconds, stories, archive)
        self.keys = Keys(self.memory.places_alive)
        self.frequency = Frequency()
        self.shingles = Index(22, 8)
        self.threads = Threads(self.memory, self.frequency)
        self.origins = Origins()
        self.block = Block()

    def redelivered(self, card: Card) -> Verdict | None:
        """The verdict on that very record, if it was decided before."""
        slot = self._find(key("record", card.record))
        return self.memory.verdict_of(slot) if slot else None

    def knows(self, card: Card) -> bool:
        """Whether that very record was decided before."""
        return self._find(key("record", card.record)) > 0

    def _find(self, hashed: int) -> int:
        """The slot of the remembered story that has the key last, or 0."""
        place = self.keys.get(hashed)
        return self.memory.slot_at(place) if place else 0

    # -- deciding -------------------------------------------------------------------------------------------------

    def decide(self, cards: Sequence[Card], prints: Sequence[bytes]) -> Iterator[Verdict]:
        """The verdicts on stories, in order; one whose record was decided before gets that verdict.

        Raises Rejected at a malformed fingerprint, when those before it are decided and remembered.
        """
        at = 0
        records = [key("record", card.record) for card in cards]
        while at < len(cards):
            if slot := self._find(records[at]):
                yield self.memory.verdict_of(slot)
                at += 1
                continue
            batch, error = self._batch(records, prints, at)
            yield from self._decide(cards[at : at + len(batch)], batch, records[at : at + len(batch)])
            if error is not None:
                raise error
            at += len(batch)

    def _batch(
        self, records: Sequence[int], prints: Sequence[bytes], at: int
    ) -> tuple[list[Fingerprint], Rejected | None]:
        """Decoded fingerprints from there on: of stories not decided before, within the block, each record once."""
        batch: list[Fingerprint] = []
        seen: set[int] = set()
        for n in range(at, min(len(records), at + self.block.length - len(self.block.slots))):
            if records[n] in seen or (n > at and self._find(records[n])):
                break
            seen.add(records[n])
            try:
                batch.append(decode(prints[n]))
            except Rejected as e:
                return batch, e
        return batch, None

    def _decide(self, cards: Sequence[Card], batch: list[Fingerprint], records: Sequence[int]) -> Iterator[Verdict]:
        if not batch:
            return
        before = len(self.block.slots)
        block = Columns([*self.block.prints, *batch])
        events = np.array([*self.block.events, *(card.event_time for card in cards)])
        weighed = Weighed(block, self.frequency)
        first = self.memory.next - before
        found = candidates(self.memory, self.shingles, block, events, before, first)
        self.threads.prepare(weighed, events, before, first)
        size, norms = len(block), np.sqrt(weighed.squares).tolist()
        for n, (card, print_, record) in enumerate(zip(cards, batch, records, strict=True)):
            closest = [(at if at > 0 else self.block.slots[size + at], near) for at, near in found[n]]
            verdict = self._also(card, self._verdict(card, print_, closest, n))
            place = before + n
            terms = weighed.kept[place, : weighed.sizes[place]]
            self._remember(card, print_, terms, norms[place], verdict, record)
            if len(self.block.slots) == self.block.length:
                self._file(block, weighed)
            yield verdict

    def _verdict(self, card: Card, print_: Fingerprint, closest: list[tuple[int, bool]], place: int) -> Verdict:
        """`closest` are slots of earlier stories, each with whether it is worth a look."""
        named = self._named(card, print_)
        if card.signal == "kill" or card.pubstatus == "canceled":
            return self._kill(card, print_, named, closest)
        if named is not None:
            return self._version(card, named)
        best: Known | None = None
        status: Status = "new"
        rule, top, series = "", 0.0, ""
        for known in self._candidates(card, print_, closest):
            hours = abs(card.event_time - self.memory.events.item(known.slot)) / 3600
            found = relate(known.print, print_, known.like, hours, card.signal)
            if found.kind == "series":
                series = series or self.memory.verdict_of(known.slot).id
            elif found.kind != "none" and found.strength > top:
                best, status, rule, top = known, found.kind, found.rule, found.strength
        if best is None:
            return self._new(card, series, place)
        if self._killed(best):
            return self._follow(card, best, "kill", "killed-before")
        if card.signal == "correction" and not best.like.exact:
            status = "correction"
        elif not best.like.exact and self._comes_late(card, best):
            status, rule = "duplicate", "older-version"
        elif status == "duplicate" and self._moved_on(card, best):
            status, rule = "update", "marked"
        return self._follow(card, best, status, rule)

    def _comes_late(self, card: Card, known: Known) -> bool:
        """A version that comes after a later one: by its own time it is older, and the later one said that it follows.

        Races between partitions do that to `UPDATE 1` and `UPDATE 2`, and to a first report and its update.
        """
        cluster = self.memory.verdict_of(known.slot).cluster
        newest = self._find(key("head", cluster)) or known.slot
        if card.event_time >= min(card.received, self.memory.events.item(newest)):
            return False
        return self.memory.verdict_of(newest).evidence.get("signal") in ("update", "correction")

    def _moved_on(self, card: Card, known: Known) -> bool:
        """The wire says that this is an update of what bears no such mark, if only by a line."""
        if known.like.exact or card.signal != "update":
            return False
        return self.memory.verdict_of(known.slot).evidence.get("signal") != "update"

    def _candidates(self, card: Card, print_: Fingerprint, closest: list[tuple[int, bool]]) -> Iterator[Known]:
        """Those worth a look, then stories of the same text or headline within the horizon."""
        for slot, near in closest:
            if near:
                yield self._known(slot, print_)
        chosen = {slot for slot, _ in closest}
        for hashed in _text_keys(print_):
            slot = self._find(hashed)
            near = abs(self.memory.events.item(slot) - card.event_time) <= self.memory.horizon
            if slot and slot not in chosen and near:
                yield self._known(slot, print_)
                chosen.add(slot)

    def _known(self, slot: int, print_: Fingerprint) -> Known:
        theirs = self.memory.print_of(slot)
        like = compare(theirs, print_, self.frequency.weigh)
        return Known(self.memory.numbers.item(slot), slot, theirs, like)

    def _named(self, card: Card, print_: Fingerprint) -> Known | None:
        """The newest version of the story that the feed itself names: by id, by uri, by its links."""
        for hashed in (*_identities(card), *(key("id", link) for link in card.links)):
            slot = self._find(hashed)
            if slot:
                return self._known(slot, print_)
        return None

    def _version(self, card: Card, known: Known) -> Verdict:
        like, version = known.like, self.memory.version_of(known.slot)
        verdict = self.memory.verdict_of(known.slot)
        if verdict.status == "kill" and not verdict.of:
            return self._follow(card, known, "kill", "killed-before")
        same = like.exact and (like.same_headline or like.headline < 0)
        if same and (not card.version or card.version == version):
            return self._follow(card, known, "duplicate", "same-id")
        if _older(card.version, version):
            return self._follow(card, known, "duplicate", "older-version")
        return self._follow(card, known, "correction" if card.signal == "correction" else "update", "version")

    def _kill(self, card: Card, print_: Fingerprint, named: Known | None, closest: list[tuple[int, bool]]) -> Verdict:
        if named is not None:
            return self._follow(card, named, "kill", "kill")
        for known in self._candidates(card, print_, closest):
            if known.like.containment >= 0.5 or known.like.headline >= 0.6:
                return self._follow(card, known, "kill", "kill")
        own = self._own_id(card)
        return Verdict("kill", own, "", own, own, rule="kill-unknown")

    def _new(self, card: Card, series: str, place: int) -> Verdict:
        own = self._own_id(card)
        evidence: dict[str, object] = {"series": series} if series else {}
        if card.signal:
            evidence["signal"] = card.signal
        slot = self.threads.find(place, self.block.slots)
        thread = self.memory.verdict_of(slot).thread if slot else own
        return Verdict("new", own, "", own, thread, rule="series" if series else "new", evidence=evidence)

    def _follow(self, card: Card, known: Known, status: Status, rule: str) -> Verdict:
        like, of = known.like, self.memory.verdict_of(known.slot)
        if status != "duplicate":
            head = self._find(key("head", of.cluster))
            of = self.memory.verdict_of(head) if head else of
        evidence: dict[str, object] = {
            "numbers": [like.numbers.both, like.numbers.a, like.numbers.b],
            "names": [like.names.both, like.names.a, like.names.b],
        }
        if like.headline >= 0:
            evidence["headline"] = round(like.headline, 2)
        if card.signal in ("update", "correction"):
            evidence["signal"] = card.signal
        if self._find(key("killed", of.cluster)):
            evidence["killed"] = True
        return Verdict(
            status, card.id, of.id, of.cluster, of.thread,
            round(like.resemblance, 3), round(like.containment, 3), rule, evidence,
            of.position if status == "duplicate" else of.position + 1,
        )  # fmt: skip

    def _killed(self, known: Known) -> bool:
        cluster = self.memory.verdict_of(known.slot).cluster
        return self._find(key("killed", cluster)) > 0

    def _own_id(self, card: Card) -> str:
        return f"{card.id}@{card.source}" if self._find(key("id", card.id)) else card.id

    def _also(self, card: Card, verdict: Verdict) -> Verdict:
        """With who else told of it, and who first, where the story joins others."""
        thread = self._thread(0, verdict)
        before = self._origin(thread)
        if before is not None:
            told = self.origins.told(before, self.origins.number(_source(card)), card.event_time)
            if told:
                verdict.evidence["also"] = told
        return verdict

    def _origin(self, thread: int) -> Origin | None:
        """Who has told the event of a thread so far; None where that is not known any more."""
        known = self.origins.threads.get(thread)
        if known is not None or not self.memory.alive(thread):
            return known
        slot = self.memory.slot(thread)
        source = self.memory.sources.item(slot)
        return Origin(thread, self.memory.events.item(slot), source, (source,))

    # -- remembering ----------------------------------------------------------------------------------------------

    def remember(self, cards: Sequence[Card], prints: Sequence[bytes], verdicts: Sequence[Verdict]) -> int:
        """Take in stories that were decided before, as if they had just been. Those known already change nothing.

        Returns how many were left out, for their fingerprints are of a format that this program does not read.
        """
        at = unread = 0
        records = [key("record", card.record) for card in cards]
        while at < len(cards):
            if self._find(records[at]):
                at += 1
                continue
            batch, error = self._batch(records, prints, at)
            if error is not None and not batch:
                at += 1
                unread += 1
                continue
            block = Columns([*self.block.prints, *batch])
            weighed = Weighed(block, self.frequency)
            norms = np.sqrt(weighed.squares).tolist()
            for n, print_ in enumerate(batch, at):
                place = len(self.block.slots)
                terms = weighed.kept[place, : weighed.sizes[place]]
                self._remember(cards[n], print_, terms, norms[place], verdicts[n], records[n])
            if len(self.block.slots) == self.block.length:
                self._file(block, weighed)
            at += len(batch)
        return unread

    def _remember(
        self, card: Card, print_: Fingerprint, terms: U32, norm: float, verdict: Verdict, record: int
    ) -> None:
        """`terms` are the heaviest of the fingerprint's, `norm` the length of the vector of all of them."""
        memory = self.memory
        number, slot = memory.add(card, print_, terms, verdict)
        place = memory.place(slot)
        memory.threads[slot] = thread = self._thread(number, verdict)
        memory.sources[slot] = source = self.origins.number(_source(card))
        if thread != number:
            before = self._origin(thread) or Origin(number, card.event_time, source, (source,))
            self.origins.join(thread, before, source, card.event_time, number)
        put = self.keys.put
        put(record, place)
        if not self._find(own := key("id", verdict.id)):
            put(own, place)
        if verdict.rule != "older-version":
            for hashed in _identities(card):
                put(hashed, place)
        if verdict.status not in ("new", "duplicate"):
            put(key("head", verdict.cluster), place)
        if verdict.status == "kill":
            put(key("killed", verdict.cluster), place)
        for hashed in _text_keys(print_):
            put(hashed, place)
        self.threads.join(print_.terms, norm, slot, thread)
        self.block.prints.append(print_)
        self.block.slots.append(slot)
        self.block.events.append(card.event_time)
        self.block.tells.append(verdict.status != "duplicate")

    def _file(self, block: Columns, weighed: Weighed) -> None:
        """The block is full: into the tables with its stories, and room for the next."""
        slots = np.array(self.block.slots, dtype=np.uint32)
        hashes, owner = filed_keys(block)
        self.shingles.add(hashes, slots[owner])
        self.threads.file(weighed, slots)
        self.keys.flush()
        tells = np.array(self.block.tells)
        terms = block.terms[tells]
        self.frequency.add(terms[terms != 0], int(tells.sum()))
        decided = self.memory.next
        self.block = Block(max(1, min(BLOCK, decided // 16, self.memory.capacity // 32)))
        for gone, thread in self.memory.forget(self.block.length):
            self.threads.forget(gone, thread)
            self.origins.forget(gone, thread)

    def _thread(self, number: int, verdict: Verdict) -> int:
        """Which thread the story is in, as the number of the thread's first story."""
        if verdict.thread == verdict.id:
            return number
        known = self._find(key("id", verdict.thread))
        if not known and verdict.of:  # the first is forgotten, but the one that this story follows may be there
            known = self._find(key("id", verdict.of))
        return self.memory.threads.item(known) if known else number

    def stats(self) -> dict[str, float]:
        """`stories` held, `bytes` (an estimate), when the `oldest` and `newest` came (epoch seconds)."""
        found = self.memory.stats()
        found["bytes"] += self.keys.nbytes + self.threads.nbytes + found["stories"] * 200
        return found


def _source(card: Card) -> str:
    """Whose story it is: the agency that the feed names, else the feed."""
    return card.provider or card.source


def _text_keys(print_: Fingerprint) -> list[int]:
    keys = [print_.body_hash * _BODY & _ONES or 1] if print_.body_hash else []
    if print_.headline_hash:
        keys.append(print_.headline_hash * _HEADLINE & _ONES or 1)
    return keys


def _identities(card: Card) -> list[int]:
    keys = [key("story", card.source, card.id)]
    if card.uri:
        keys.append(key("uri", card.provider or card.source, card.uri))
    return keys


def _older(version: str, known: str) -> bool:
    return version.isdigit() and known.isdigit() and int(version) < int(known)
