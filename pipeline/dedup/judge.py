"""What a story is to the stories before it: the feed's own word first, then the closest text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pipeline.dedup.candidates import Near
from pipeline.dedup.fingerprint import Fingerprint, decode
from pipeline.dedup.frequency import Frequency
from pipeline.dedup.identities import Identity
from pipeline.dedup.keys import key
from pipeline.dedup.likeness import Likeness, Overlap, compare
from pipeline.dedup.markers import apart, marker
from pipeline.dedup.memory import Memory
from pipeline.dedup.rules import relate
from pipeline.model import Card, Status, Verdict


@dataclass(slots=True)
class Case:
    """A story that is to be judged."""

    card: Card
    identity: Identity
    data: bytes
    """Its fingerprint."""
    near: Near
    """Slots of the block's stories may stand as their places in the block (see `candidates.Found`)."""
    slot_of: Callable[[int], int]
    """Finds the slot of such a place; of a slot, itself."""
    thread: Callable[[], int]
    """Finds the slot of a story whose thread it belongs to, or 0."""
    _print: Fingerprint | None = field(default=None)

    @property
    def print(self) -> Fingerprint:
        if self._print is None:
            self._print = decode(self.data)
        return self._print


@dataclass(slots=True)
class Known:
    """A remembered story under consideration."""

    slot: int
    print: Fingerprint
    like: Likeness
    _memory: Memory
    _verdict: Verdict | None = field(default=None)

    @property
    def verdict(self) -> Verdict:
        if self._verdict is None:
            self._verdict = self._memory.verdict_of(self.slot)
        return self._verdict


class Judge:
    """Reads what is remembered and changes nothing. `find` gives the slot of the story that has a key last, or 0."""

    def __init__(self, memory: Memory, frequency: Frequency, find: Callable[[int], int]) -> None:
        self._memory = memory
        self._frequency = frequency
        self._find = find

    def verdict(self, case: Case) -> Verdict:
        """What the story is, and to which."""
        card = case.card
        named = self._named(case)
        if card.signal == "kill" or card.pubstatus == "canceled":
            return self._kill(case, named)
        if named is not None:
            return self._version(card, named)
        best: Known | None = None
        status: Status = "new"
        rule, top, series = "", 0.0, ""
        for known in self._candidates(case):
            hours = abs(card.event_time - self._memory.events.item(known.slot)) / 3600
            found = relate(known.print, case.print, known.like, hours, card.signal)
            if found.kind == "series":
                series = series or known.verdict.id
            elif found.kind != "none" and found.strength > top:
                best, status, rule, top = known, found.kind, found.rule, found.strength
        if best is None:
            return self._new(case, series)
        if self._killed(best.verdict):
            return self._follow(card, best, "kill", "killed-before")
        if card.signal == "correction" and not best.like.exact:
            status = "correction"
        elif not best.like.exact and self._comes_late(card, best):
            status, rule = "duplicate", "older-version"
        elif status == "duplicate" and self._moved_on(card, best):
            status, rule = "update", "marked"
        return self._follow(card, best, status, rule, killed=False)

    def _comes_late(self, card: Card, known: Known) -> bool:
        """A version that comes after a later one: the wire numbers it lower, or by its own time it is older and the
        later one said that it follows.

        Races between partitions do that to `UPDATE 1` and `UPDATE 2`, and to a first report and its update.
        """
        newest = self._newest(known)
        later = self._memory.verdict_of(newest).evidence
        if card.signal == "update" and apart(marker(card), later.get("marker", "")) < 0:
            return True
        if card.event_time >= min(card.received, self._memory.events.item(newest)):
            return False
        return later.get("signal") in ("update", "correction")

    def _moved_on(self, card: Card, known: Known) -> bool:
        """The wire says that this is an update of what bears no such mark, or a later version than the newest, if only
        by a line."""
        if known.like.exact or card.signal != "update":
            return False
        if known.verdict.evidence.get("signal") != "update":
            return True
        newest = self._memory.verdict_of(self._newest(known))
        return apart(marker(card), newest.evidence.get("marker", "")) > 0

    def _newest(self, known: Known) -> int:
        """The slot of the newest version in the same cluster."""
        return self._find(key("head", known.verdict.cluster)) or known.slot

    def _candidates(self, case: Case) -> Iterator[Known]:
        """Those worth a look, then stories of the same text or headline within the horizon."""
        memory, card = self._memory, case.card
        for slot, found in case.near.close:
            yield self._known(case.slot_of(slot), case, found)
        chosen: set[int] | None = None
        for hashed in case.identity.text:
            slot = self._find(hashed)
            if not slot or abs(memory.events.item(slot) - card.event_time) > memory.horizon:
                continue
            if chosen is None:
                chosen = set(map(case.slot_of, case.near.every))
            if slot not in chosen:
                yield self._known(slot, case)
                chosen.add(slot)

    def _known(self, slot: int, case: Case, found: Overlap | None = None) -> Known:
        theirs = self._memory.print_of(slot, sketch=found is None)
        like = compare(theirs, case.print, self._frequency.weigh, found)
        return Known(slot, theirs, like, self._memory)

    def _named(self, case: Case) -> Known | None:
        """The newest version of the story that the feed itself names: by id, by uri, by its links."""
        for hashed in (*case.identity.own, *case.identity.links):
            slot = self._find(hashed)
            if slot:
                return self._known(slot, case)
        return None

    def _version(self, card: Card, known: Known) -> Verdict:
        like, version = known.like, self._memory.version_of(known.slot)
        if known.verdict.status == "kill" and not known.verdict.of:
            return self._follow(card, known, "kill", "killed-before")
        same = like.exact and (like.same_headline or like.headline < 0)
        if same and (not card.version or card.version == version):
            return self._follow(card, known, "duplicate", "same-id")
        if _older(card.version, version):
            return self._follow(card, known, "duplicate", "older-version")
        return self._follow(card, known, "correction" if card.signal == "correction" else "update", "version")

    def _kill(self, case: Case, named: Known | None) -> Verdict:
        if named is not None:
            return self._follow(case.card, named, "kill", "kill")
        for known in self._candidates(case):
            if known.like.containment >= 0.5 or known.like.headline >= 0.6:
                return self._follow(case.card, known, "kill", "kill")
        own = self._own_id(case)
        return Verdict("kill", own, "", own, own, rule="kill-unknown")

    def _new(self, case: Case, series: str) -> Verdict:
        own = self._own_id(case)
        evidence: dict[str, object] = {"series": series} if series else {}
        if case.card.signal:
            evidence["signal"] = case.card.signal
            evidence |= _marked(case.card)
        slot = case.thread()
        thread = self._memory.verdict_of(slot).thread if slot else own
        return Verdict("new", own, "", own, thread, rule="series" if series else "new", evidence=evidence)

    def _follow(
        self, card: Card, known: Known, status: Status, rule: str, killed: bool | None = None
    ) -> Verdict:  # fmt: skip
        """`killed` where it is known already whether the story's cluster is."""
        like, of = known.like, known.verdict
        if status != "duplicate":
            head = self._find(key("head", of.cluster))
            of = self._memory.verdict_of(head) if head else of
        evidence: dict[str, object] = {
            "numbers": [like.numbers.both, like.numbers.a, like.numbers.b],
            "names": [like.names.both, like.names.a, like.names.b],
        }
        if like.headline >= 0:
            evidence["headline"] = round(like.headline, 2)
        if card.signal in ("update", "correction"):
            evidence["signal"] = card.signal
            evidence |= _marked(card)
        if killed if killed is not None else self._killed(of):
            evidence["killed"] = True
        return Verdict(
            status, card.id, of.id, of.cluster, of.thread,
            round(like.resemblance, 3), round(like.containment, 3), rule, evidence,
            of.position if status == "duplicate" else of.position + 1,
        )  # fmt: skip

    def _killed(self, verdict: Verdict) -> bool:
        return self._find(key("killed", verdict.cluster)) > 0

    def _own_id(self, case: Case) -> str:
        """The story's id; with its source, where another story has that id."""
        card = case.card
        return f"{card.id}@{card.source}" if self._find(case.identity.id) else card.id


def _marked(card: Card) -> dict[str, object]:
    """Which version the wire says that this is."""
    found = marker(card)
    return {"marker": found} if found else {}


def _older(version: str, known: str) -> bool:
    return version.isdigit() and known.isdigit() and int(version) < int(known)
