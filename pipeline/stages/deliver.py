"""Deliver: what goes out, where, and when. Holds embargoes, routes to desks, chains versions, carries kills everywhere.

Pure: a story, its chain and the clock in; a `Delivery` out that says what is to be written. Whoever runs it (the agent,
the offline twin) keeps the book, and writes a chain before what it says has gone out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipeline.clock import Clock
from pipeline.life.book import Book, until_of
from pipeline.life.chain import Chain, Version
from pipeline.life.changes import changes_between
from pipeline.model import MediaTopic, Story, Tag, Verdict
from pipeline.packet import Packet
from pipeline.product import cancelled_ninjs_json, ninjs_json, story_json
from pipeline.topics import FLASH, STORIES, WITHHELD

FLASH_URGENCY = 2
"""Urgency 1 (flash) and 2 (bulletin) go to `wire.flash` as well."""

BY_HAND = "released_by_hand"
"""In a verdict's evidence: a person has lifted the embargo (`wire held --release`), at that time (epoch seconds)."""

HEADLINE_CHARACTERS = 200


class Router(Protocol):
    """Routing rules: which desks a story goes to."""

    def route(self, story: Story, verdict: Verdict, tags: list[Tag], topics: list[MediaTopic]) -> list[str]: ...


@dataclass(slots=True)
class Write:
    """A record for an output topic."""

    output: str
    """The topic, without prefix."""
    key: str
    value: bytes


@dataclass(slots=True)
class Delivery:
    """What is to be done about one story."""

    outcome: str
    """delivered, held, superseded, killed; `kill` for a kill itself; empty where only the chain was mended."""
    chain: Chain
    writes: list[Write] = field(default_factory=list)
    hold: bool = False
    """The story is to be kept until `until_of` it."""
    let_go: list[str] = field(default_factory=list)
    """Records that are no longer held."""
    receipt: dict[str, Any] | None = None
    """Of a kill: where it went."""
    life: dict[str, Any] = field(default_factory=dict)
    """What the story's document says of all this."""


class Deliver:
    """The deliver stage. `router` gives the rules in force, or None where stories go to no desk."""

    name = "deliver"
    model = "deliver-1"

    def __init__(self, clock: Clock, router: Callable[[], Router | None] = lambda: None) -> None:
        self._clock = clock
        self._router = router

    def run(self, packet: Packet, book: Book, previous: Story | None) -> Delivery:
        """Decide, and note it in the book. `previous` is the version before, for saying what changed (see `wanted`).

        A story that comes again (redelivery) gets the same again. Raises nothing that leaves the book half written.
        """
        verdict, record = packet.verdict, packet.card.record
        chain = book.chain(verdict.cluster)
        chain.touched = self._clock()
        if verdict.status == "kill" and verdict.rule != "killed-before":
            found = self._kill(packet, chain, book)
        elif verdict.status == "duplicate":  # an older version that came late: it has ended, its chain is mended
            chain.put(_version(packet, "superseded"))
            found = Delivery("", chain)
        elif chain.killed or verdict.status == "kill":
            found = _withheld(packet, chain, "killed")
        elif until_of(packet) > chain.touched and BY_HAND not in verdict.evidence:
            chain.put(_version(packet, "held"))
            found = Delivery("held", chain, hold=True, life={"outcome": "held"})
        elif _was(chain, record) in ("held", "superseded") and chain.superseded(record):
            found = _withheld(packet, chain, "superseded")
        else:
            found = self._deliver(packet, chain, book, previous)
        book.keep(verdict.cluster, chain.to_json())
        if found.hold:
            book.hold(packet)
        elif book.held(record) is not None:
            found.let_go.append(record)
        for gone in found.let_go:
            book.let_go(gone)
        return found

    def wanted(self, packet: Packet, book: Book) -> str:
        """The raw record of the version that `packet` follows, whose text `run` wants; empty where there is none."""
        if packet.verdict.status not in ("update", "correction"):
            return ""
        before = book.chain(packet.verdict.cluster).before(packet.card.record)
        return before.record if before else ""

    def _deliver(self, packet: Packet, chain: Chain, book: Book, previous: Story | None) -> Delivery:
        card, verdict = packet.card, packet.verdict
        known = chain.version_of(card.record)
        desks = self._desks(packet)
        outputs = [STORIES.suffix]
        if 1 <= card.urgency <= FLASH_URGENCY:
            outputs.append(FLASH.suffix)
        outputs += [f"desk.{desk}" for desk in desks]
        if known is not None and known.outcome == "delivered":  # rules may have changed since it first went out
            outputs += [output for output in known.outputs if output not in outputs]
        version = _version(packet, "delivered")
        version.outputs = outputs
        if known is not None:
            version.released = chain.touched if known.outcome == "held" else known.released
        chain.put(version)
        chain.carry(outputs, verdict.id)
        life: dict[str, Any] = {"outputs": outputs}
        found = Delivery("delivered", chain, life=life)
        self._supersede_held(packet, chain, book, found)
        if desks:
            life["desks"] = desks
        if len(chain.versions) > 1:
            life["chain"] = chain.view()
        if previous is not None:
            life["changes"] = changes_between(previous, packet.story)
        if version.released:
            life["released"] = version.released
        if (before := chain.before(card.record)) and before.uri:
            life["of_uri"] = before.uri
        value = ninjs_json(packet, life)
        found.writes += [Write(output, verdict.id, value) for output in outputs]
        return found

    def _supersede_held(self, packet: Packet, chain: Chain, book: Book, found: Delivery) -> None:
        """An older version that is still held will never go out: this one is newer and free."""
        for version in chain.versions:
            if version.record == packet.card.record:
                return
            waiting = book.held(version.record)
            if waiting is not None and version.outcome != "delivered":  # not in the middle of its release
                version.outcome = "superseded"
                found.writes.append(_withheld_write(waiting, chain, "superseded"))
                found.let_go.append(version.record)

    def _kill(self, packet: Packet, chain: Chain, book: Book) -> Delivery:
        verdict, card = packet.verdict, packet.card
        found = Delivery("kill", chain)
        chain.killed = chain.killed or card.record
        reached = {output: list(ids) for output, ids in chain.carried.items()}
        own = (STORIES.suffix, verdict.id)
        for output, ids in reached.items():
            found.writes += [
                Write(output, id, cancelled_ninjs_json(packet, id, chain.uri_of(id)))
                for id in ids
                if (output, id) != own
            ]
        for version in chain.versions:
            waiting = book.held(version.record)
            if waiting is None:
                continue
            if version.outcome != "delivered":
                version.outcome = "killed"
                found.writes.append(_withheld_write(waiting, chain, "killed"))
            found.let_go.append(version.record)
        effect = {"reached": reached, "held": list(found.let_go), "before_story": not chain.versions}
        found.life = {"kill": effect}
        found.writes.append(Write(*own, ninjs_json(packet, found.life)))
        chain.carry([STORIES.suffix], verdict.id)
        found.receipt = {
            "kill": verdict.id,
            "record": card.record,
            "cluster": verdict.cluster,
            "of": verdict.of or None,
            "headline": card.headline,
            "source": card.source,
            "received": card.received,
            "at": chain.touched,
            **effect,
        }
        return found

    def _desks(self, packet: Packet) -> list[str]:
        router = self._router()
        if router is None:
            return []
        return router.route(packet.story, packet.verdict, packet.tags, packet.topics)


def _was(chain: Chain, record: str) -> str:
    known = chain.version_of(record)
    return known.outcome if known else ""


def _version(packet: Packet, outcome: Any) -> Version:
    card, verdict = packet.card, packet.verdict
    headline = card.headline[:HEADLINE_CHARACTERS]
    number, at = card.version, card.event_time
    return Version(card.record, verdict.id, verdict.status, outcome, at, number, card.uri, headline)


def _withheld(packet: Packet, chain: Chain, outcome: Any) -> Delivery:
    chain.put(_version(packet, outcome))
    return Delivery(outcome, chain, [_withheld_write(packet, chain, outcome)], life=_why_withheld(chain, outcome))


def _withheld_write(packet: Packet, chain: Chain, outcome: str) -> Write:
    return Write(WITHHELD.suffix, packet.card.record, story_json(packet, _why_withheld(chain, outcome)))


def _why_withheld(chain: Chain, outcome: str) -> dict[str, Any]:
    life: dict[str, Any] = {"outcome": outcome, "chain": chain.view()}
    if outcome == "killed":
        life["killed_by_record"] = chain.killed
    return life
