"""The demonstration itself: start everything, watch until every story is accounted for, sum up, clean up."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.broker.admin import ensure_topics
from pipeline.broker.embedded import EmbeddedKafka
from pipeline.demo.act import ID, Act
from pipeline.demo.show import ledger_lines, stage_table, story_lines
from pipeline.demo.worker_process import WorkerProcess
from pipeline.errors import Unavailable
from pipeline.ledger import Ledger, LedgerReader
from pipeline.replay.publish import Publisher
from pipeline.replay.reading import Note, read
from pipeline.settings import Settings
from pipeline.topology import FLOW

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

STALL_SECONDS = 60.0
"""Without a single story more for this long the demonstration gives up and says what is missing."""


def run(settings: Settings, feed: list[str], act: Act | None, rate: float | None, console: Console) -> int:
    """Show the main job on `feed`. Returns 0 when every story was accounted for, else 1.

    `act` has a story with an embargo, which is sent first, and its kill, which follows when it has been released.

    Raises Unavailable when Kafka or the worker cannot be started, KeyboardInterrupt when told to stop; whatever was
    started is stopped first.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_signals_unwind())
        folder = Path(tempfile.mkdtemp(prefix="wire-demo-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        kafka = _broker(stack, settings, folder, console)
        here = settings.model_copy(update={"broker": kafka.bootstrap})
        ensure_topics(here)
        log = settings.data_dir / "demo-worker.log"  # outlives the run, for whoever wants to know why it failed
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        worker = WorkerProcess(here, log)
        stack.callback(worker.stop)
        with console.status("starting the worker …"):
            worker.wait_ready()
        console.print(f"· worker ready: {', '.join(stage.name for stage in FLOW)}")
        reader = LedgerReader(here)
        stack.callback(reader.close)
        complete = _watch(here, worker, reader, feed, act, rate, console)
        console.print()
        console.print(stage_table(worker.samples()))
        console.print(story_lines(reader.ledger))
        console.print()
        console.print(ledger_lines(reader.ledger))
        stack.pop_all().close()  # stop now, so that the last words come last
    console.print("· stopped; nothing left running")
    return 0 if complete else 1


def _broker(stack: contextlib.ExitStack, settings: Settings, folder: Path, console: Console) -> EmbeddedKafka:
    with console.status("starting Kafka …") as status:
        kafka = EmbeddedKafka(
            data_dir=folder / "kafka",
            cache_dir=settings.data_dir,
            progress=lambda text: status.update(text),
        )
        stack.callback(kafka.stop)
        kafka.start()
    console.print(f"· Kafka listens on {kafka.bootstrap} (embedded, one node)")
    return kafka


def _watch(
    settings: Settings,
    worker: WorkerProcess,
    reader: LedgerReader,
    feed: list[str],
    act: Act | None,
    rate: float | None,
    console: Console,
) -> bool:
    """Replay the feed and follow it until the ledger balances. Returns whether it did."""
    total = sum(1 for _ in read(feed, report=_silent)) + (2 if act else 0)
    progress = Progress(
        TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
    replayed = progress.add_task("replayed", total=total)
    ended = progress.add_task("accounted", total=total)
    moved, before = time.monotonic(), -1
    shown = 0.0
    with Live(console=console, refresh_per_second=4, transient=True) as live, Publisher(settings) as publisher:
        items = chain([act.story()] if act else [], read(feed, report=_silent))
        started, sent, finished = time.monotonic(), 0, False
        while True:
            if not finished:
                budget = 20 if rate is None else max(0, min(50, int((time.monotonic() - started) * rate) - sent + 1))
                for _ in range(budget):
                    item = next(items, None)
                    if item is None:
                        publisher.flush()
                        finished = True
                        break
                    publisher.send(item)
                    sent += 1
            ledger = reader.poll(timeout_ms=50)
            progress.update(replayed, completed=sent)
            progress.update(ended, completed=ledger.accounted)
            live.update(Group(progress, stage_table(worker.samples())))
            if not console.is_terminal and time.monotonic() - shown > 2:
                shown = time.monotonic()
                console.print(f"· replayed {sent} of {total}, accounted for {ledger.accounted}")
            if worker.returncode is not None:
                raise Unavailable(
                    f"the worker ended with status {worker.returncode} in the middle of the demonstration."
                )
            if ledger.accounted != before:
                moved, before = time.monotonic(), ledger.accounted
            if finished and act and _done(ledger, total - 1) and _released(ledger, ID):
                publisher.send(act.kill())
                publisher.flush()
                sent, act = sent + 1, None
            if finished and not act and _done(ledger, total):
                return ledger.balanced
            if time.monotonic() - moved > STALL_SECONDS:
                return False


def _silent(note: Note) -> None:
    """The dead letters tell of broken input; here it is part of the show."""


def _done(ledger: Ledger, total: int) -> bool:
    return ledger.received >= total and ledger.accounted >= ledger.received


def _released(ledger: Ledger, id: str) -> bool:
    """Whether the story is out."""
    return any(ledger.ended[record] == "new" for record, story in ledger.samples.items() if story.get("id") == id)


@contextlib.contextmanager
def _signals_unwind() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal unwind what was started; while that goes on, further ones wait."""

    def interrupt(*_: object) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.stdout.flush()
