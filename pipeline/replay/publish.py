"""Records onto `wire.raw`: the original bytes, keyed, with headers that say how they came; nothing lost silently."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, Self

from kafka.errors import KafkaError
from kafka.partitioner.default import murmur2

from pipeline.errors import Unavailable
from pipeline.headers import Headers, raw_headers
from pipeline.replay.connection import DELIVERY_SECONDS, LINGER_MS, connect, look_up
from pipeline.replay.items import FeedItem, Item, Note, Report, log_note
from pipeline.settings import Settings
from pipeline.topics import RAW

IN_FLIGHT_BYTES = 32 * 1024 * 1024
IN_FLIGHT_RECORDS = 20_000
"""Handed over and not yet confirmed: the producer has no bound of its own, and all of it is in memory."""
FRAMING_BYTES = 128
"""What Kafka adds to a record that is alone in its batch: 61 bytes of head, lengths, and room to spare."""
_POLL_SECONDS = 0.1


class _InFlight(NamedTuple):
    future: Any | None
    """None: never handed over (oversized); it keeps its place in the order."""
    name: str
    size: int


class Publisher:
    """Sends records, in order, and knows which of them the broker has confirmed.

    Use as a context manager: leaving it flushes, or after an error gives up what is not confirmed. One thread only.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        topic: str = "",
        report: Report = log_note,
        linger_ms: int = LINGER_MS,
        delivery_seconds: float = DELIVERY_SECONDS,
    ) -> None:
        """`topic`: `wire.raw` unless given. `report` is told of each record that cannot be sent.

        Raises Unavailable where the broker does not answer, refuses us, or has no such topic.
        """
        self.topic = topic or settings.topic(RAW)
        self.on_wait: Callable[[], None] = _nothing
        """Called some ten times a second while `send` and `flush` wait for the broker. It may raise."""
        self.handed_over = 0
        """Records given to `send`."""
        self.settled = 0
        """Records from the start, without a gap, that need no further care: confirmed or refused."""
        self.confirmed = 0
        """Of these, how many the broker has."""
        self.confirmed_bytes = 0
        self.refused = 0
        """Of these, how many could not be sent; each was reported."""
        self._broker = settings.broker
        self._report = report
        self._in_flight: deque[_InFlight] = deque()
        self._in_flight_bytes = 0
        self._delivery_seconds = delivery_seconds
        self._closed = False
        self._connection = contextlib.ExitStack()
        self._target = look_up(settings, self.topic)
        self._producer = connect(self._connection, settings, linger_ms, delivery_seconds)

    @property
    def under_way(self) -> int:
        """Records handed over and not settled yet."""
        return len(self._in_flight)

    def send(self, item: Item) -> None:
        """Hand a record over; waits while too much is under way. Returns before it is confirmed.

        A record that is too large is reported and counted as refused. Raises Unavailable where the broker has not
        taken a record within the time for delivery.
        """
        self.poll()
        if not isinstance(item, FeedItem):
            self._refuse(item.name, f"too large to send: {item.size:,} bytes")
            return
        received = time.time()
        headers = raw_headers(
            received=received,
            source=item.source,
            format=item.format,
            id=item.feed_id,
            content_type=item.content_type,
            truth=item.truth,
        )
        key = item.key
        size = len(item.body) + len(key)
        framed = size + sum(len(name) + len(value) + 10 for name, value in headers) + FRAMING_BYTES
        if framed > self._target.max_record_bytes:
            self._refuse(item.name, f"too large for {self.topic}: {framed:,} bytes as a record")
            return
        while len(self._in_flight) >= IN_FLIGHT_RECORDS or (
            self._in_flight and self._in_flight_bytes + size > IN_FLIGHT_BYTES
        ):
            self._wait()
        future = self._hand_over(item, key, headers, received)
        self.handed_over += 1
        self._in_flight.append(_InFlight(future, item.name, size))
        self._in_flight_bytes += size

    def _hand_over(self, item: FeedItem, key: bytes, headers: Headers, received: float) -> Any:
        # The partition that the Java client would choose, worked out here: half the price of asking the producer.
        partition = (murmur2(key) & 0x7FFFFFFF) % self._target.partitions
        deadline = time.monotonic() + self._delivery_seconds
        while True:
            try:
                return self._producer.send(
                    self.topic, item.body, key, headers, partition=partition, timestamp_ms=int(received * 1000)
                )
            except (KafkaError, ValueError) as e:
                # A broker that has just come back may not know its topics yet, and then the producer forgets them.
                if time.monotonic() > deadline:
                    raise self._gone(e, item.name) from e
                time.sleep(_POLL_SECONDS)
                self.on_wait()

    def poll(self) -> int:
        """Take note of what was confirmed in the meantime. Returns `settled`. Raises Unavailable as `send`."""
        waiting = self._in_flight
        while waiting and (waiting[0].future is None or waiting[0].future.is_done):
            self._settle(waiting.popleft())
        return self.settled

    def flush(self, timeout_seconds: float = float("inf")) -> bool:
        """Wait until all is settled; False where that took too long. Raises Unavailable as `send`."""
        deadline = time.monotonic() + timeout_seconds
        while self._in_flight:
            if time.monotonic() > deadline:
                return False
            self._wait()
        return True

    def abandon(self) -> None:
        """Disconnect without waiting for what is under way. Whether the broker has it or gets it is not known."""
        self._close(flushed=False)

    def close(self) -> None:
        """Flush and disconnect. Does nothing when done before."""
        if self._closed:
            return
        try:
            flushed = self.flush()
        except BaseException:
            self._close(flushed=False)
            raise
        self._close(flushed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abandon()

    def _wait(self) -> None:
        """Wait a little for the oldest record under way."""
        if self._in_flight and (future := self._in_flight[0].future) is not None:
            with contextlib.suppress(KafkaError):  # whether it failed or is not done yet, poll sees
                future.get(_POLL_SECONDS)
        self.poll()
        self.on_wait()

    def _settle(self, done: _InFlight) -> None:
        self._in_flight_bytes -= done.size
        if done.future is not None:
            if (error := done.future.exception) is not None:
                # The producer promises order without gaps, so it gives up everything behind a record that failed.
                raise self._gone(error, done.name) from error
            self.confirmed += 1
            self.confirmed_bytes += done.size
        self.settled += 1

    def _refuse(self, name: str, why: str) -> None:
        self._report(Note(name, why))
        self.handed_over += 1
        self.refused += 1
        self._in_flight.append(_InFlight(None, name, 0))

    def _gone(self, error: Exception, name: str) -> Unavailable:
        return Unavailable(
            f"the broker {self._broker} stopped taking records at {name}: {_words(error)}; "
            f"{self.confirmed:,} of {self.handed_over:,} are confirmed."
        )

    def _close(self, flushed: bool) -> None:
        if self._closed:
            return
        self._closed = True
        if not flushed:
            # The producer's own close waits for what is under way, in vain where the broker is gone, and again when
            # the interpreter exits. There is no public way to give up.
            self._producer._sender.force_close()
        with contextlib.suppress(Unavailable):
            self._connection.close()


def _nothing() -> None:
    pass


def _words(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
