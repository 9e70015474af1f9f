"""What dedup remembers and forgets: wrong dates, archives, the memory log, the exact keys and the index."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest

from pipeline.dedup.frequency import Frequency
from pipeline.dedup.index import Index
from pipeline.dedup.keys import Keys, key
from pipeline.dedup.printing import fingerprint
from pipeline.dedup.state import State
from pipeline.model import Card, Story, Verdict
from pipeline.packet import Packet
from pipeline.stages.dedup import Dedup
from tests.chaos.synthetic import story

HOUR = 3600.0
NOW = 1.8e9


def packet(text: int, record: int, at: float, received: float | None = None, **fields: object) -> Packet:
    headline, body = story(text, 80)
    made = Packet()
    made.card = Card(
        **{  # type: ignore[arg-type]
            "id": f"r{record}", "source": "agency", "record": f"0-{record}", "event_time": at,
            "received": at if received is None else received, "headline": headline, **fields,
        }
    )  # fmt: skip
    made.fingerprint = fingerprint(Story(f"r{record}", "agency", "text", headline, body.split("\n\n")))
    return made


def test_wrong_dates_flush_nothing() -> None:
    dedup = Dedup(HOUR)
    batch = [packet(n, n, NOW) for n in range(12)]
    batch += [packet(50, 50, NOW + 1e9), packet(51, 51, NOW + 2e9)]
    again = packet(3, 60, NOW + 60)
    dedup.run([*batch, again])
    assert again.verdict.of == "r3"


def test_an_archive_pushes_out_no_live_story() -> None:
    state = State(72 * HOUR, stories=60, archive=20)

    def decide(made: Packet) -> Verdict:
        return next(state.decide([made.card], [made.fingerprint]))

    then = NOW - 1.2e9
    assert decide(packet(1, 1, NOW)).status == "new"
    assert {decide(packet(n, n, then + n, NOW + n)).status for n in range(100, 160)} == {"new"}
    assert decide(packet(159, 400, then + 900, NOW + 300)).of == "r159"
    assert decide(packet(1, 401, NOW + 300)).of == "r1"
    assert state.stats()["stories"] <= 60


def test_stories_further_apart_than_the_horizon_never_meet() -> None:
    dedup = Dedup(HOUR)
    pair = [packet(1, 1, NOW), packet(1, 2, NOW - 2 * HOUR, NOW)]
    dedup.run(pair)
    assert [p.verdict.status for p in pair] == ["new", "new"]


def test_the_memory_log_rebuilds_the_same_state() -> None:
    order = [n % 23 if n % 3 else n for n in range(120)]
    batch = [packet(text, n, NOW + 60 * n) for n, text in enumerate(order)]
    first = Dedup(24 * HOUR)
    first.run(batch[:80])
    second = Dedup(24 * HOUR)
    for done in batch[:80]:
        logged = Packet()
        logged.card, logged.fingerprint, logged.verdict = done.card, done.fingerprint, done.verdict
        second.remember([logged, logged])
    first.run(batch[80:])
    expected = [p.verdict.to_json() for p in batch]
    later = [packet(text, n, NOW + 60 * n) for n, text in enumerate(order)]
    second.run(later)
    assert [p.verdict.to_json() for p in later] == expected
    assert first.stats() == second.stats()


def test_entries_of_another_format_are_left_out() -> None:
    batch = [packet(n, n, NOW + n) for n in range(40)]
    Dedup(HOUR).run(batch)
    for n in (0, 7, 8, 39):
        batch[n].fingerprint = b"\x63" + batch[n].fingerprint[1:]
    dedup = Dedup(HOUR)
    assert dedup.remember(batch) == 4
    copies = [packet(n, 100 + n, NOW + n + 60) for n in (7, 9)]
    dedup.run(copies)
    assert [copy.verdict.of for copy in copies] == ["", "r9"]


def test_kill_before_and_after_its_story() -> None:
    dedup = Dedup(72 * HOUR)
    early = packet(1, 1, NOW, signal="kill", uri="urn:a")
    late = packet(1, 2, NOW + 5, uri="urn:a")
    live = packet(2, 3, NOW + 6, uri="urn:b")
    kill = packet(9, 4, NOW + 7, signal="kill", uri="urn:b")
    copy = packet(2, 5, NOW + 8)
    dedup.run([early, late, live, kill, copy])
    assert [p.verdict.status for p in (early, late, live, kill, copy)] == ["kill", "kill", "new", "kill", "kill"]
    assert early.verdict.of == "" and late.verdict.of == "r1"
    assert kill.verdict.cluster == "r3" and copy.verdict.evidence["killed"]


def test_versions_by_the_feeds_own_identity() -> None:
    dedup = Dedup(72 * HOUR)
    one = packet(1, 1, NOW, uri="urn:x", version="1", id="x")
    two = packet(2, 2, NOW + 60, uri="urn:x", version="2", id="x")
    stale = packet(1, 3, NOW + 70, uri="urn:x", version="1", id="x")
    other = packet(3, 4, NOW + 80, source="rival", id="x")
    dedup.run([one, two, stale, other])
    assert [p.verdict.status for p in (one, two, stale, other)] == ["new", "update", "duplicate", "new"]
    assert stale.verdict.rule == "older-version" and two.verdict.position == 2
    assert other.verdict.id == "x@rival"


def test_keys_keep_the_newest_and_forget_the_dead() -> None:
    keys = Keys(lambda places: places > 10_000)
    for n in range(1, 20_000):
        keys.put(key("id", str(n)), n)
        if n % 700 == 0:
            keys.flush()
    keys.put(key("id", str(7)), 30_000)
    assert keys.get(key("id", str(7))) == 30_000
    keys.flush()
    assert keys.get(key("id", str(7))) == 30_000
    assert {n: keys.get(key("id", str(n))) for n in range(10_001, 20_000)} == {n: n for n in range(10_001, 20_000)}
    assert keys.get(key("uri", str(7))) == 0
    before = keys.nbytes
    for n in range(20_000, 40_000):
        keys.put(key("id", str(n)), n % 10_000)  # of stories that are forgotten
        keys.flush()
    assert keys.get(key("id", str(15_000))) == 15_000
    assert keys.nbytes < 2 * before


def test_keys_whose_homes_crowd_at_the_end_are_found() -> None:
    keys = Keys(lambda places: places > 0)
    crowd = [((1 << 64) - 1) - n for n in range(3000)]
    for n, hashed in enumerate(crowd, 1):
        keys.put(hashed, n)
        if n % 100 == 0:
            keys.flush()
    assert [keys.get(hashed) for hashed in crowd] == list(range(1, 3001))
    assert keys.get(12345) == 0


@pytest.mark.parametrize("rows", [16, 1000])
def test_the_index_finds_the_newest_of_a_crowded_hash(rows: int) -> None:
    index = Index(rows, 8)
    hashes = np.array([123456789], dtype=np.uint32)
    for slot in range(1, 101):
        index.add(hashes, np.array([slot], dtype=np.uint32))
        assert slot in index.look_up(hashes)[1].tolist()
    assert index.look_up(hashes)[1].size <= 8


def test_the_vocabulary_drifts() -> None:
    """A word that fills the news for a while loses its weight, and gains it again when nobody uses it any more."""
    frequency = Frequency()
    word, other = (np.array([n << 14], dtype=np.uint32) for n in (77_777, 99_999))
    fresh = float(frequency.weigh(word)[0])
    for _ in range(400):
        frequency.add(np.repeat(word, 100), 100)
    common = float(frequency.weigh(word)[0])
    assert common < fresh / 5
    for _ in range(4000):
        frequency.add(np.repeat(other, 100), 100)
    assert float(frequency.weigh(word)[0]) > 0.8 * fresh
    assert float(frequency.weigh(other)[0]) < fresh / 5


def test_a_forked_child_sees_the_keys_as_they_were() -> None:
    keys = Keys(lambda places: places > 0)
    for n in range(1, 100):
        keys.put(key("id", str(n)), n)
    keys.flush()
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os.read(read, 1)
        os._exit(0 if keys.get(key("id", "7")) == 7 and not keys.get(key("id", "500")) else 1)
    keys.put(key("id", "7"), 8)
    keys.put(key("id", "500"), 9)
    keys.flush()
    os.write(write, b".")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(read)
    os.close(write)
