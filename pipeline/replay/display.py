"""How a replay looks while it runs: a bar on a terminal, a line every five seconds elsewhere, one line at the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from pipeline.replay.items import FeedItem, Item, Note
from pipeline.replay.publish import Publisher
from pipeline.replay.run import Outcome

PLAIN_EVERY_SECONDS = 5.0
MAX_NOTES = 20


class Notes:
    """Says what was noted as it comes, the first few of them, and counts all."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.total = 0
        self.lost = 0

    def __call__(self, note: Note) -> None:
        self.total += 1
        self.lost += note.lost
        if self.total <= MAX_NOTES:
            self._console.print(f"wire: {note}", markup=False, highlight=False, soft_wrap=True)
        elif self.total == MAX_NOTES + 1:
            self._console.print("wire: more of the like; they are counted, not shown.", markup=False, soft_wrap=True)


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


class Display:
    """The progress of a replay on `console`. Use as a context manager; `watch` it with the publisher."""

    def __init__(self, console: Console, total: int | None, quiet: bool) -> None:
        self._console = console
        self._total = total
        self._quiet = quiet
        self._last = (time.monotonic(), 0)
        self._progress: Progress | None = None
        if console.is_terminal and not quiet:
            self._progress = Progress(
                TextColumn("replayed"),
                BarColumn(),
                MofNCompleteColumn(),
                _RateColumn(),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
            self._task = self._progress.add_task("replayed", total=total)

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def watch(self, publisher: Publisher) -> None:
        """Show how far it is: what the broker has confirmed, or what was found unfit to send."""
        if self._progress is not None:
            self._progress.update(self._task, completed=publisher.settled)
        elif not self._quiet:
            now, (then, before) = time.monotonic(), self._last
            if now - then >= PLAIN_EVERY_SECONDS:
                self._plain(publisher, (publisher.settled - before) / (now - then))
                self._last = (now, publisher.settled)

    def _plain(self, publisher: Publisher, rate: float) -> None:
        settled = publisher.settled
        line = f"replayed {settled:,}"
        if self._total:
            line += f" of {self._total:,}"
        if rate == 0 and publisher.under_way:
            line += ", waiting for the broker"
        else:
            line += f", {rate:,.0f}/s"
        if self._total and rate > 0 and settled < self._total:
            line += f", {duration((self._total - settled) / rate)} to go"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def summary(outcome: Outcome, topic: str, broker: str, lost: int) -> str:
    """One line on how it went. `lost`: how many notes told of input that was not sent, refused records included."""
    rate = outcome.confirmed / outcome.seconds if outcome.seconds > 0 else 0.0
    start = "interrupted: " if outcome.interrupted else ""
    parts = [
        f"{start}{outcome.confirmed:,} {plural(outcome.confirmed, 'record')} "
        f"({size(outcome.confirmed_bytes)}) on {topic} at {broker} "
        f"in {duration(outcome.seconds)}, {rate:,.0f}/s"
    ]
    if outcome.skipped:
        parts.append(f"{outcome.skipped:,} sent before")
    if outcome.refused:
        parts.append(f"{outcome.refused:,} not sent")
    if lost > outcome.refused:
        parts.append(f"{lost - outcome.refused:,} {plural(lost - outcome.refused, 'input')} not read to the end")
    unconfirmed = outcome.handed_over - outcome.confirmed - outcome.refused
    if unconfirmed > 0:
        parts.append(f"{unconfirmed:,} sent but not confirmed")
    return "; ".join(parts) + "."


def census(items: Iterable[Item]) -> str:
    """What would be sent: records and bytes by source and format, as lines of a table."""
    counts: Counter[tuple[str, str]] = Counter()
    sizes: Counter[tuple[str, str]] = Counter()
    oversized = 0
    for item in items:
        if isinstance(item, FeedItem):
            kind = (item.source, item.format or "unknown")
            counts[kind] += 1
            sizes[kind] += len(item.body)
        else:
            oversized += 1
    width = max([len(source) for source, _ in counts] + [6])
    lines = [f"{'source':<{width}}  {'format':<8} {'records':>10} {'bytes':>14}"]
    lines += [f"{kind[0]:<{width}}  {kind[1]:<8} {counts[kind]:>10,} {sizes[kind]:>14,}" for kind in sorted(counts)]
    lines.append(f"{'total':<{width}}  {'':<8} {counts.total():>10,} {sizes.total():>14,}")
    if oversized:
        lines.append(f"too large to send: {oversized:,}")
    return "\n".join(lines)


def plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def size(count: int) -> str:
    """Bytes for people."""
    value = float(count)
    for unit in ("bytes", "KB", "MB"):
        if value < 1000:
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} GB"


def duration(seconds: float) -> str:
    """Seconds for people."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
