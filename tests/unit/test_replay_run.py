"""A replay as a whole, with a publisher that only remembers: order, limits, resuming, signals, what is said."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import pytest
from rich.console import Console

from pipeline.cli.main import run as wire
from pipeline.errors import Unavailable, Usage
from pipeline.replay.display import MAX_NOTES, Display, Notes, summary
from pipeline.replay.files import find
from pipeline.replay.items import FeedItem, Item, Note
from pipeline.replay.options import ReplayOptions
from pipeline.replay.publish import Publisher
from pipeline.replay.resume import Position, sequence_hash
from pipeline.replay.run import Outcome, Replay, count, sequence
from tests.unit.test_replay_pacing import FakeClock


class Broker:
    """Stands in for a publisher: confirms every record `lag` records late, and can fail or call back at one of them."""

    def __init__(
        self, lag: int = 0, at: int = -1, then: Callable[[], None] = lambda: None, flushes: bool = True
    ) -> None:
        self.sent: list[Item] = []
        self.handed_over = self.settled = self.confirmed = self.confirmed_bytes = self.refused = self.under_way = 0
        self.on_wait: Callable[[], None] = lambda: None
        self.closed = ""
        self._lag, self._at, self._then, self._flushes = lag, at, then, flushes

    def send(self, item: Item) -> None:
        if len(self.sent) == self._at:
            self._then()
        self.sent.append(item)
        self.handed_over = len(self.sent)
        self.settled = self.confirmed = max(0, self.handed_over - self._lag)

    def poll(self) -> int:
        return self.settled

    def flush(self, timeout_seconds: float = 0) -> bool:
        if self._flushes:
            self.settled = self.confirmed = self.handed_over
        return self._flushes

    def abandon(self) -> None:
        self.closed = "abandoned"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = self.closed or ("closed" if error is None else "abandoned")

    @property
    def ids(self) -> list[str]:
        return [item.feed_id for item in self.sent if isinstance(item, FeedItem)]


def feed_of(tmp_path: Path, records: int, name: str = "feed.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("".join(json.dumps({"id": str(n), "published": n}) + "\n" for n in range(1, records + 1)))
    return path


def go(options: ReplayOptions, broker: Broker, **more: Any) -> Outcome:
    return Replay(options, find(options.paths), **more).run(cast(Publisher, broker))


def numbers(first: int, last: int) -> list[str]:
    return [str(n) for n in range(first, last + 1)]


def test_everything_goes_out_in_order_and_is_counted(tmp_path: Path) -> None:
    broker = Broker(lag=10)
    outcome = go(ReplayOptions([str(feed_of(tmp_path, 200))]), broker)
    assert broker.ids == numbers(1, 200)
    assert (outcome.confirmed, outcome.interrupted, broker.closed) == (200, False, "closed")


def test_limit_loop_and_fresh_ids(tmp_path: Path) -> None:
    broker = Broker()
    go(ReplayOptions([str(feed_of(tmp_path, 3))], loop=True, fresh_ids=True, limit=7), broker)
    assert broker.ids == ["1", "2", "3", "1~2", "2~2", "3~2", "1~3"]


def test_the_rate_and_the_original_times_are_kept(tmp_path: Path) -> None:
    feed = str(feed_of(tmp_path, 101))
    for options in (ReplayOptions([feed], rate=20), ReplayOptions([feed], speed=20)):
        clock = FakeClock()
        assert go(options, Broker(), clock=clock).seconds == pytest.approx(5.0, abs=0.01)


def test_the_same_options_give_the_same_sequence_on_every_run(tmp_path: Path) -> None:
    feed = str(feed_of(tmp_path, 300))
    options = ReplayOptions([feed], shuffle=4, shuffle_window=50, faults={"near": 0.2, "reorder": 0.1, "garbage": 0.1})
    first, second = (list(sequence(options, find([feed]))) for _ in range(2))
    assert first == second
    assert len(first) > 310


@pytest.mark.parametrize("lag", [0, 5])
def test_an_interrupted_replay_is_resumed_where_confirmations_ended(tmp_path: Path, lag: int) -> None:
    feed = str(feed_of(tmp_path, 100))
    position = Position(tmp_path / "positions", "key")

    def fail() -> None:
        raise Unavailable("the broker stopped taking records.")

    with pytest.raises(Unavailable):
        go(ReplayOptions([feed]), Broker(lag=lag, at=60, then=fail), position=position)
    assert position.load() == 60 - lag
    broker = Broker()
    outcome = go(ReplayOptions([feed], resume=True), broker, position=position)
    assert broker.ids == numbers(61 - lag, 100)
    assert outcome.skipped == 60 - lag
    assert position.load() == 0
    assert not list((tmp_path / "positions").iterdir())


def test_without_resume_a_replay_starts_over(tmp_path: Path) -> None:
    position = Position(tmp_path, "key")
    position.save(3)
    broker = Broker()
    go(ReplayOptions([str(feed_of(tmp_path, 5))]), broker, position=position)
    assert broker.ids == numbers(1, 5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_flushes_what_was_handed_over(tmp_path: Path, number: int) -> None:
    position = Position(tmp_path / "positions", "key")
    broker = Broker(lag=3, at=20, then=lambda: os.kill(os.getpid(), number))
    outcome = go(ReplayOptions([str(feed_of(tmp_path, 100))]), broker, position=position)
    assert outcome.interrupted
    assert broker.ids == numbers(1, 21)  # the record in hand goes out whole
    assert (outcome.confirmed, position.load(), broker.closed) == (21, 21, "closed")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_while_the_broker_is_away_gives_up_what_is_not_confirmed(tmp_path: Path) -> None:
    broker = Broker(lag=3, at=20, then=lambda: os.kill(os.getpid(), signal.SIGINT), flushes=False)
    outcome = go(ReplayOptions([str(feed_of(tmp_path, 100))]), broker)
    assert (outcome.interrupted, outcome.confirmed, outcome.handed_over, broker.closed) == (True, 18, 21, "abandoned")
    assert "3 sent but not confirmed" in summary(outcome, "wire.raw", "here:9092", 0)


def test_a_signal_ends_a_wait_at_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    sent, done = threading.Event(), threading.Event()

    def feed() -> None:
        with pipe.open("wb", buffering=0) as out:
            out.write(b'{"id": "1"}\n')
            sent.wait(10)
            time.sleep(0.2)  # by then the replay waits for the second line
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            done.wait(10)

    writer = threading.Thread(target=feed)
    writer.start()
    broker = Broker(at=0, then=sent.set)
    started = time.monotonic()
    outcome = go(ReplayOptions([str(pipe)]), broker)
    done.set()
    writer.join()
    assert (outcome.interrupted, broker.ids) == (True, ["1"])
    assert time.monotonic() - started < 5


def test_the_position_belongs_to_one_sequence_only(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, 5)
    options = ReplayOptions([str(feed)])

    def key(broker: str = "b:1", topic: str = "wire.raw", options: ReplayOptions = options) -> str:
        return sequence_hash(broker, topic, find(options.paths), options.order)

    first = key()
    assert first == key()
    others = [
        key(broker="c:1"),
        key(topic="other"),
        key(options=ReplayOptions([str(feed)], shuffle=1)),
        key(options=ReplayOptions([str(feed)], source="x")),
        key(options=ReplayOptions([str(feed)], faults={"near": 0.1})),
        key(options=ReplayOptions([str(feed), str(feed)])),
    ]
    feed_of(tmp_path, 6)
    others.append(key())
    assert len({first, *others}) == 8
    assert key(options=ReplayOptions([str(feed)], rate=5)) == others[-1]  # when it goes does not matter


def test_a_position_that_cannot_be_read_or_kept_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for text in ("", "[]", "{}", '{"confirmed": "x"}', '{"confirmed": -3}'):
        (tmp_path / "key.json").write_text(text)
        assert Position(tmp_path, "key").load() == 0
    (tmp_path / "file").write_text("in the way")
    position = Position(tmp_path / "file", "key")
    position.save(1)
    position.save(2)
    assert len(caplog.records) == 1


def test_counting_first(tmp_path: Path) -> None:
    feed = str(feed_of(tmp_path, 100))
    files = find([feed])
    assert count(ReplayOptions([feed]), files) == 100
    assert count(ReplayOptions([feed], limit=30), files) == 30
    assert count(ReplayOptions([feed], loop=True), files) is None
    assert count(ReplayOptions([feed], loop=True, limit=250), files) == 250
    assert count(ReplayOptions([feed], faults={"near": 0.1, "reorder": 0.5}), files) == 110
    assert count(ReplayOptions([feed]), files, seconds=-1) is None
    assert count(ReplayOptions(["-"]), find(["-"])) is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rate": 1, "speed": 1}, "exclude"),
        ({"rate": 0}, "above 0"),
        ({"speed": -1}, "above 0"),
        ({"fresh_ids": True}, "add --loop"),
        ({"shuffle_window": 5}, "add --shuffle"),
        ({"resume": True, "loop": True}, "exclude"),
        ({"paths": []}, "at least one"),
    ],
)
def test_options_that_contradict_each_other(options: dict[str, Any], words: str) -> None:
    with pytest.raises(Usage, match=words):
        ReplayOptions(**{"paths": ["x"], **options})


@pytest.mark.parametrize("options", [{"loop": True}, {"resume": True}])
def test_what_comes_through_a_pipe_cannot_be_read_again(options: dict[str, Any]) -> None:
    with pytest.raises(Usage, match="only once"):
        ReplayOptions(["-"], **options).check_inputs(find(["-"]))


def test_a_dry_run_sends_nothing_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feed = feed_of(tmp_path, 5)
    (tmp_path / "story.txt").write_text("Headline\n\nText")
    assert wire(["replay", "--dry-run", "--broker", "127.0.0.1:1", str(feed), str(tmp_path / "story.txt")]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["feed", "json", "5", str(feed.stat().st_size - 5)] in rows
    assert [tmp_path.name, "text", "1", "14"] in rows
    assert rows[-1][:2] == ["total", "6"]


def test_a_dry_run_of_an_input_that_is_cut_short_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import gzip

    (tmp_path / "feed.jsonl.gz").write_bytes(gzip.compress(b'{"id": 1}\n' * 100)[:-12])
    assert wire(["replay", "--dry-run", str(tmp_path / "feed.jsonl.gz")]) == 1
    assert "cut short" in capsys.readouterr().err


def test_wrong_use_is_one_sentence_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feed = str(feed_of(tmp_path, 1))
    for arguments in (
        ["/no/such"],
        [feed, "--faults", "x=1"],
        [feed, "--rate", "-3"],
        [],
        [feed, "--compression", "x"],
    ):
        assert wire(["replay", *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_broker_that_is_not_there_is_one_sentence_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert wire(["replay", "--broker", "127.0.0.1:1", str(feed_of(tmp_path, 1))]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "wire broker" in said


def test_plain_progress_is_a_line_every_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("pipeline.replay.display.time.monotonic", lambda: now)
    out = io.StringIO()
    broker = Broker()
    with Display(Console(file=out), total=1000, quiet=False) as display:
        for now in (101.0, 104.9, 105.0, 109.0, 110.0, 115.0):
            broker.settled += 50 if now < 111 else 0
            broker.under_way = 7
            display.watch(cast(Publisher, broker))
    assert out.getvalue().splitlines() == [
        "replayed 150 of 1,000, 30/s, 28.3 s to go",
        "replayed 250 of 1,000, 20/s, 37.5 s to go",
        "replayed 250 of 1,000, waiting for the broker",
    ]


def test_a_terminal_gets_a_bar_and_quiet_gets_nothing() -> None:
    for quiet in (False, True):
        out = io.StringIO()
        broker = Broker()
        with Display(Console(file=out, force_terminal=True, width=80), total=10, quiet=quiet) as display:
            broker.settled = 10
            display.watch(cast(Publisher, broker))
        assert ("10/10" in out.getvalue()) is not quiet


def test_notes_are_said_but_not_without_end() -> None:
    out = io.StringIO()
    notes = Notes(Console(file=out))
    for n in range(100):
        notes(Note(f"file-{n}", "empty", lost=n % 2 == 0))
    assert (notes.total, notes.lost) == (100, 50)
    assert len(out.getvalue().splitlines()) == MAX_NOTES + 1


def test_the_summary_tells_everything_in_one_line() -> None:
    outcome = Outcome(12_000, 6_500_000, 2, 12_005, 300, 4.0, interrupted=True)
    assert summary(outcome, "wire.raw", "b:1", 3) == (
        "interrupted: 12,000 records (6.5 MB) on wire.raw at b:1 in 4.0 s, 3,000/s; 300 sent before; 2 not sent; "
        "1 input not read to the end; 3 sent but not confirmed."
    )
