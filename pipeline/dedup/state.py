"""The state machine: a verdict is a function of the state, the state a function of the packets and verdicts before it.

Stories are decided one after the other, but looked up together: whatever can be found and compared without knowing
the verdicts just before is computed for a whole batch (`candidates`, `threads`). Tables change only at the end of a
*block* of stories, of a length that follows from how many were decided so far; a story of the block at hand is found
in the block itself. So a verdict does not depend on how the stories were cut into batches.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from pipeline.dedup.block import BLOCK, Block
from pipeline.dedup.candidates import candidates, filed_keys
from pipeline.dedup.columns import Columns, columns_of, sound
from pipeline.dedup.fingerprint import decode
from pipeline.dedup.frequency import Frequency
from pipeline.dedup.identities import Identity, id_key, identity, record_key, text_keys
from pipeline.dedup.index import Index
from pipeline.dedup.judge import Case, Judge
from pipeline.dedup.keys import Keys, key
from pipeline.dedup.memory import Memory, Waiting
from pipeline.dedup.origins import Origin, Origins
from pipeline.dedup.sums import Joining
from pipeline.dedup.threads import Threads, Weighed
from pipeline.dedup.threads import weighed as weigh
from pipeline.errors import Rejected
from pipeline.model import Card, Verdict

MAX_STORIES = 2_000_000
MAX_ARCHIVE = 500_000


class State:
    """Everything that dedup knows. Verdicts depend on the order of stories alone."""

    def __init__(self, horizon_seconds: float, stories: int = MAX_STORIES, archive: int = MAX_ARCHIVE) -> None:
        self.memory = Memory(horizon_seconds, stories, archive)
        self.keys = Keys(self.memory.places_alive)
        self.frequency = Frequency()
        self.shingles = Index(3 << 20, 8)
        self.threads = Threads(self.memory, self.frequency)
        self.origins = Origins()
        self.block = Block()
        self._judge = Judge(self.memory, self.frequency, self._find)

    def redelivered(self, card: Card) -> Verdict | None:
        """The verdict on that very record, if it was decided before."""
        slot = self._find(record_key(card))
        return self.memory.verdict_of(slot) if slot else None

    def knows(self, card: Card) -> bool:
        """Whether that very record was decided before."""
        return self._find(record_key(card)) > 0

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
        records = list(map(record_key, cards))
        while at < len(cards):
            if slot := self._find(records[at]):
                yield self.memory.verdict_of(slot)
                at += 1
                continue
            columns, error = self._batch(records, prints, at)
            if columns is not None:
                end = at + len(columns)
                yield from self._decide(cards[at:end], columns, records[at:end])
                at = end
            if error is not None:
                raise error

    def _batch(
        self, records: Sequence[int], prints: Sequence[bytes], at: int
    ) -> tuple[Columns | None, Rejected | None]:
        """Fingerprints from there on: of stories not decided before, within the block, each record once."""
        end = min(len(records), at + self.block.room)
        self.keys.look_up(records[at:end])
        seen: set[int] = set()
        for n in range(at, end):
            if records[n] in seen or self._find(records[n]):
                end = n
                break
            seen.add(records[n])
        batch = list(prints[at:end])
        count, error = sound(batch), None
        if count < len(batch):
            try:
                decode(batch[count])
            except Rejected as e:
                error = e
        return (columns_of(batch[:count]) if count else None), error

    def _identities(self, cards: Sequence[Card], columns: Columns, records: Sequence[int]) -> list[Identity]:
        """The keys of stories, all of them looked up."""
        found = list(map(identity, cards, records, text_keys(columns)))
        self.keys.look_up([hashed for each in found for hashed in each.all])
        return found

    def _decide(self, cards: Sequence[Card], more: Columns, records: Sequence[int]) -> Iterator[Verdict]:
        block = self.block
        before = len(block.slots)
        columns, weighed = block.extend(more, weigh(more, self.frequency))
        events = np.array([*block.events, *(card.event_time for card in cards)])
        first = self.memory.next - before
        found = candidates(self.memory, self.shingles, columns, events, before, first)
        self.threads.prepare(weighed, events, before, first)
        size = len(columns)

        def slot_of(at: int) -> int:
            return at if at > 0 else block.slots[size + at]

        identities = self._identities(cards, more, records)
        for n, (card, own) in enumerate(zip(cards, identities, strict=True)):
            thread_of = partial(self.threads.find, n, block.slots)
            verdict = self._judge.verdict(Case(card, own, columns.prints[before + n], found[n], slot_of, thread_of))
            thread = self._thread(verdict)
            self._also(card, verdict, thread)
            self._remember(card, own, columns, weighed, verdict, thread)
            yield verdict

    def _also(self, card: Card, verdict: Verdict, thread: int) -> None:
        """Say who else told of it, and who first, where the story joins others."""
        before = self._origin(thread) if thread else None
        if before is not None:
            told = self.origins.told(before, self.origins.number(_source(card)), card.event_time)
            if told:
                verdict.evidence["also"] = told

    def _origin(self, thread: int) -> Origin | None:
        """Who has told the event of a thread so far; None where that is not known any more."""
        known = self.origins.get(thread)
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
        records = list(map(record_key, cards))
        while at < len(cards):
            if self._find(records[at]):
                at += 1
                continue
            more, error = self._batch(records, prints, at)
            if more is not None:
                end = at + len(more)
                columns, weighed = self.block.extend(more, weigh(more, self.frequency))
                identities = self._identities(cards[at:end], more, records[at:end])
                for card, own, verdict in zip(cards[at:end], identities, verdicts[at:end], strict=True):
                    self._remember(card, own, columns, weighed, verdict, self._thread(verdict))
                at = end
            elif error is not None:
                at += 1
                unread += 1
        return unread

    def _remember(
        self, card: Card, own: Identity, columns: Columns, weighed: Weighed, verdict: Verdict, thread: int
    ) -> None:
        """The next story of the block, whose thread is that of this number; 0: one of its own."""
        memory, block = self.memory, self.block
        at = len(block.slots)
        number, slot = memory.take(card)
        memory.waiting[slot] = Waiting(columns.prints[at], weighed.terms_at(at), verdict, card.version)
        place = memory.place(slot)
        memory.threads[slot] = thread = thread or number
        memory.sources[slot] = source = self.origins.number(_source(card))
        if thread != number:
            before = self._origin(thread) or Origin(number, card.event_time, source, (source,))
            self.origins.join(thread, before, source, card.event_time, number)
            self.threads.join(thread, Joining(number, weighed.all_terms_at(at), math.sqrt(weighed.squares.item(at))))
        self._put(own, place, verdict)
        block.slots.append(slot)
        block.events.append(card.event_time)
        block.tells.append(verdict.status != "duplicate")
        if not block.room:
            self._file(columns, weighed)

    def _put(self, own: Identity, place: int, verdict: Verdict) -> None:
        """The story in that place is found under its keys from now on."""
        new = self.keys.new
        new[own.record] = place
        if not self._find(hashed := id_key(verdict.id)):
            new[hashed] = place
        if verdict.rule != "older-version":
            for hashed in own.own:
                new[hashed] = place
        if verdict.status not in ("new", "duplicate"):
            new[key("head", verdict.cluster)] = place
        if verdict.status == "kill":
            new[key("killed", verdict.cluster)] = place
        for hashed in own.text:
            new[hashed] = place

    def _file(self, columns: Columns, weighed: Weighed) -> None:
        """The block is full: into the tables with its stories, and room for the next."""
        block = self.block
        slots = np.array(block.slots, dtype=np.uint32)
        filed = filed_keys(columns)
        self.shingles.add(filed.keys, slots[filed.holder])
        self.threads.file(weighed, slots)
        self.memory.keep(block.slots, columns, weighed.rows())
        self.keys.flush()
        tells = np.array(block.tells)
        terms = columns.terms[tells]
        self.frequency.add(terms[terms != 0], int(tells.sum()))
        decided = self.memory.next
        self.block = Block(max(1, min(BLOCK, decided // 16, self.memory.capacity // 32)))
        for gone, thread in self.memory.forget(self.block.length):
            self.threads.sums.forget(gone, thread)
            self.origins.forget(gone, thread)

    def _thread(self, verdict: Verdict) -> int:
        """Which thread a story is in, as the number of the thread's first story; 0 where it is the first itself."""
        if verdict.thread == verdict.id:
            return 0
        known = self._find(id_key(verdict.thread))
        if not known and verdict.of:  # the first is forgotten, but the one that this story follows may be there
            known = self._find(id_key(verdict.of))
        return self.memory.threads.item(known) if known else 0

    def stats(self) -> dict[str, float]:
        """`stories` held, `bytes` (an estimate), when the `oldest` and `newest` came (epoch seconds)."""
        found = self.memory.stats()
        found["bytes"] += self.keys.nbytes + self.threads.sums.nbytes + found["stories"] * 200
        return found


def _source(card: Card) -> str:
    """Whose story it is: the agency that the feed names, else the feed."""
    return card.provider or card.source
