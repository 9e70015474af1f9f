"""The life of a story on the real Kafka: every scenario once undisturbed, once with the worker killed in its middle.

All scenarios live side by side in one run of three phases, so that a kill of the worker falls into each of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.broker.admin import ensure_topics
from pipeline.demo.worker_process import WorkerProcess
from pipeline.ledger import Ledger, LedgerReader
from pipeline.product import flat
from pipeline.settings import Settings
from pipeline.topics import CHAINS, FLASH, HELD, RECEIPTS, STORIES, WITHHELD, TopicSpec, desk_topic
from tests.chaos.synthetic import story
from tests.kafka_support import eventually, read_all
from tests.stream_support import follow, ledger_of, produce

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

HOUR = 3600.0


def iso(epoch_seconds: float) -> str:
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat()


@dataclass
class Wire:
    """A pipeline with one worker that may die between sending and settling."""

    settings: Settings
    folder: Path
    dies: bool
    reader: LedgerReader
    sent: dict[str, list[str]] = field(default_factory=dict)
    """Story id to the raw records that it came in."""
    worker: WorkerProcess | None = None
    total: int = 0

    def start(self) -> WorkerProcess:
        self.worker = WorkerProcess(self.settings, self.folder / "worker.log")
        self.worker.wait_ready()
        return self.worker

    def phase(self, *stories: dict[str, Any]) -> Ledger:
        """Send the stories; the worker dies in the middle of them where it must; wait until all are accounted for."""
        assert self.worker is not None
        filler = [self._filler(n) for n in range(60)]  # so that there is a middle to die in
        self._send([*filler[:30], *stories])
        if self.dies:
            self.worker.kill()
        self._send(filler[30:])
        if self.dies:
            self.start()
        return follow(self.reader, self.total, 90)

    def _filler(self, number: int) -> dict[str, Any]:
        headline, text = story(100 * self.total + number)
        return {"id": f"filler-{self.total}-{number}", "title": headline, "text": text}

    def _send(self, stories: list[dict[str, Any]]) -> None:
        made = produce(self.settings, [(s["id"], orjson.dumps(s)) for s in stories])
        for one, record in zip(stories, made, strict=True):
            self.sent.setdefault(one["id"], []).append(record)
        self.total += len(stories)

    def latest(self, spec: TopicSpec) -> dict[str, Any]:
        """By key, the last value on the topic: what compaction would leave."""
        found: dict[str, Any] = {}
        for record in read_all(self.settings, spec):
            found[record.key.decode()] = record.value
        return found

    def documents(self, spec: TopicSpec) -> dict[str, dict[str, Any]]:
        return {key: flat(orjson.loads(value)) for key, value in self.latest(spec).items() if value is not None}


@dataclass
class Lived:
    """What the run left behind."""

    wire: Wire
    ledger: Ledger
    stories: dict[str, dict[str, Any]]
    flash: dict[str, dict[str, Any]]
    withheld: dict[str, dict[str, Any]]
    receipts: dict[str, dict[str, Any]]
    chains: dict[str, dict[str, Any]]
    held: dict[str, bytes | None]
    held_before: set[str]
    """Ids on `wire.stories` while embargoes were in force."""
    soon: float
    released_metric: dict[str, float]

    def outcome(self, id: str) -> list[str]:
        """How each record of that id ended."""
        return [self.ledger.ended[record] for record in self.wire.sent[id]]


def wire_story(id: str, number: int, **fields: Any) -> dict[str, Any]:
    headline, text = story(1_000_000 + number)
    return {"id": id, "title": headline, "text": text, "source": "test", **fields}


@pytest.fixture(scope="module", params=[False, True], ids=["undisturbed", "worker killed"])
def lived(request: pytest.FixtureRequest, kafka: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("life")
    clock = folder / "clock"
    clock.write_text("0")
    name = f"life-{'killed' if request.param else 'undisturbed'}"
    settings = Settings(
        broker=kafka.bootstrap,
        topic_prefix=f"{name}.",
        group=name,
        partitions=2,
        session_timeout_seconds=6,
        clock_file=clock,
        desks_file=folder / "desks.toml",
    )
    (folder / "desks.toml").write_text("[desk.alarm]\nurgency = 1\n")
    ensure_topics(settings)
    with ledger_of(settings) as reader:
        wire = Wire(settings, folder, request.param, reader)
        wire.start()
        try:
            yield live(wire, clock)
        finally:
            if wire.worker is not None:
                wire.worker.stop()


def live(wire: Wire, clock: Path) -> Lived:
    now = time.time()
    soon, later = now + 25, now + HOUR
    first = {n: wire_story(n, i) for i, n in enumerate(("dam", "vote", "quake", "bank", "flood", "trial", "late"))}
    wire.phase(
        first["dam"] | {"version": "1"},
        first["vote"] | {"version": "1"},
        first["quake"] | {"urgency": 1},
        first["late"] | {"version": "3", "text": first["late"]["text"] + "\n\nIn the end it held."},
        {"id": "early", "version": "2", "title": "KILL: " + wire_story("early", 20)["title"], "text": "Please kill."},
        first["bank"] | {"embargo": iso(later)},
        first["flood"] | {"embargo": iso(later)},
        first["trial"] | {"embargo": "after the verdict"},
        wire_story("budget", 30, embargo=iso(soon)),
    )
    held_before = set(wire.documents(STORIES))
    (wire.folder / "desks.toml").write_text("[desk.archive]\nurgency = 9\n")
    wire.phase(
        first["dam"] | {"version": "2", "text": first["dam"]["text"] + "\n\nThe army sent 40 pumps."},
        first["vote"] | {"version": "2", "title": "CORRECTED: " + first["vote"]["title"], "ednote": "Corrects a name"},
        {"id": "quake", "version": "2", "title": "KILL: " + first["quake"]["title"], "text": "Please kill."},
        first["late"] | {"version": "1"},
        wire_story("early", 20) | {"version": "1"},
        {"id": "flood", "version": "2", "title": "KILL: " + first["flood"]["title"], "text": "Please kill."},
    )
    assert eventually(lambda: "budget" in wire.documents(STORIES), 60)
    assert wire.worker is not None
    metric = {name: v for name, _, v in wire.worker.samples() if name.startswith("wire_embargo_release_seconds_")}
    if wire.dies:
        wire.worker.kill()
    clock.write_text(str(HOUR + 1))
    if wire.dies:
        wire.start()
    assert eventually(lambda: "bank" in wire.documents(STORIES), 60)
    ledger = follow(wire.reader, wire.total)
    assert eventually(lambda: wire.reader.poll().ended[wire.sent["bank"][0]] == "new", 30)
    return Lived(
        wire,
        ledger,
        wire.documents(STORIES),
        wire.documents(FLASH),
        wire.documents(WITHHELD),
        wire.documents(RECEIPTS),
        wire.documents(CHAINS),
        wire.latest(HELD),
        held_before,
        soon,
        metric,
    )


def test_every_record_is_accounted_for_and_none_contradicts_itself(lived: Lived) -> None:
    assert lived.ledger.contradictions == []
    assert lived.ledger.received == lived.ledger.accounted == lived.wire.total
    fillers = [id for id in lived.wire.sent if id.startswith("filler")]
    assert {outcome for id in fillers for outcome in lived.outcome(id)} == {"new"}


def test_an_update_follows_and_says_what_changed(lived: Lived) -> None:
    assert lived.outcome("dam") == ["new", "update"]
    document = lived.stories["dam"]
    assert document["changes"]["added"] == ["The army sent 40 pumps."]
    assert document["changes"]["numbers"]["come"] == ["40"]
    assert [v["number"] for v in lived.chains["dam"]["versions"]] == ["1", "2"]


def test_a_correction_is_one_and_keeps_its_note(lived: Lived) -> None:
    assert lived.outcome("vote") == ["new", "correction"]
    assert lived.stories["vote"]["changes"]["note"] == "Corrects a name"


def test_a_late_version_mends_the_chain(lived: Lived) -> None:
    assert lived.outcome("late") == ["new", "superseded"]
    assert lived.stories["late"]["version"] == "3"
    assert [v["number"] for v in lived.chains["late"]["versions"]] == ["1", "3"]


def test_a_kill_reaches_every_output(lived: Lived) -> None:
    came, kill = lived.outcome("quake")
    assert kill == "kill"
    # what a crash makes come again after its kill is stopped, though it had gone out
    assert came in (("new", "killed") if lived.wire.dies else ("new",))
    """The desk that had the story has no rule any more by the time of the kill."""
    alarm = lived.wire.documents(desk_topic("alarm"))
    for output in (lived.stories, lived.flash, alarm):
        assert output["quake"]["status"] == "kill"
        assert output["quake"]["text"] in ("", "Please kill.")
    receipt = lived.receipts[lived.wire.sent["quake"][1]]
    assert receipt["reached"] == {output: ["quake"] for output in ("stories", "flash", "desk.alarm")}


def test_a_kill_before_its_story(lived: Lived) -> None:
    assert lived.outcome("early") == ["kill", "killed"]
    assert lived.stories["early"]["status"] == "kill"
    assert lived.withheld[lived.wire.sent["early"][1]]["outcome"] == "killed"
    assert lived.receipts[lived.wire.sent["early"][0]]["before_story"]


def test_nothing_leaves_before_its_embargo(lived: Lived) -> None:
    assert not lived.held_before & {"bank", "flood", "trial", "budget"}
    assert {"dam", "vote", "quake"} <= lived.held_before


def test_an_embargo_ends_on_time(lived: Lived) -> None:
    assert lived.outcome("budget") == ["new"]
    late = lived.stories["budget"]["released"] - lived.soon
    assert -0.001 <= late < 1.0
    if not lived.wire.dies:
        assert lived.released_metric["wire_embargo_release_seconds_count"] == 1
        assert lived.released_metric["wire_embargo_release_seconds_sum"] < 1.0


def test_an_embargo_outlives_the_worker(lived: Lived) -> None:
    assert lived.outcome("bank") == ["new"]
    assert lived.held[lived.wire.sent["bank"][0]] is None, "it waits no longer"


def test_a_kill_ends_a_held_story(lived: Lived) -> None:
    assert lived.outcome("flood") == ["killed", "kill"]
    assert lived.receipts[lived.wire.sent["flood"][1]]["held"] == [lived.wire.sent["flood"][0]]
    assert lived.stories["flood"]["status"] == "kill"


def test_an_unreadable_embargo_holds_on(lived: Lived) -> None:
    assert lived.outcome("trial") == ["held"]
    assert lived.held[lived.wire.sent["trial"][0]] is not None
    assert "trial" not in lived.stories
