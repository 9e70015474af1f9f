"""The batching transport: one Faust message carries a whole fetched run of records of one partition.

Faust's price is paid per message (a task for each in the consumer, the conductor, the stream iterator), so a message
that carries 500 records costs what one record did. Registered under the entry-point group `faust.transports` as
`wire://`. Changelog topics are left alone, for Faust's table recovery counts their records one by one.

Offsets: Faust acks an event in a `finally`, whether it was processed or not, and its Cython stream iterator inlines
that ack. So acks do not decide here what is committed; `confirm` does, which the runner calls once the broker has
confirmed every result of a chunk. A chunk that failed or was cancelled is read again, never lost.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

DEFAULT_RECORDS = 500
"""Records a chunk holds at most, unless the app says otherwise for the topic (`app.chunk_records`)."""


UNTAKEN_SECONDS = 0.02
FETCH_WAIT_MS = 50
PAUSED_WAIT_MS = 250
"""See `PromptThread`."""

RESUME_SECONDS = 0.1
"""While a topic is paused, one fetch waits no longer: it does not notice that the topic is wanted again."""


class Chunk:
    """A run of consecutive records of one partition, in the shape of a record as far as Faust looks at one."""

    __slots__ = ("next_offset", "offset", "partition", "records", "timestamp", "timestamp_type", "topic")

    headers: ClassVar[tuple[()]] = ()
    key: ClassVar[None] = None
    checksum: ClassVar[None] = None

    def __init__(self, records: Sequence[Any]) -> None:
        first = records[0]
        self.records = records
        self.topic: str = first.topic
        self.partition: int = first.partition
        self.offset: int = first.offset
        self.next_offset: int = records[-1].offset + 1
        self.timestamp: int = first.timestamp
        self.timestamp_type: int = first.timestamp_type

    def __len__(self) -> int:
        return len(self.records)


class Spans:
    """For one partition: the chunks handed out, in order, and which of them are confirmed."""

    __slots__ = ("_confirmed", "_end", "_handed_out")

    def __init__(self) -> None:
        self._handed_out: deque[tuple[int, int]] = deque()
        self._confirmed: set[int] = set()
        self._end: int | None = None

    def hand_out(self, first: int, next_offset: int) -> None:
        """A chunk goes to its agent. One that is read again replaces what was handed out from there on."""
        while self._handed_out and self._handed_out[-1][0] >= first:
            self._confirmed.discard(self._handed_out.pop()[0])
        self._confirmed.discard(first)  # of an earlier life of the partition
        self._handed_out.append((first, next_offset))
        self._end = next_offset

    def confirm(self, first: int) -> None:
        self._confirmed.add(first)

    def handled(self) -> int | None:
        """The offset up to which all that was handed out is confirmed; None before anything was."""
        return next((first for first, _ in self._handed_out if first not in self._confirmed), self._end)

    def take_committable(self) -> int | None:
        """The offset up to which all is confirmed, if that has moved since the last call."""
        committable = None
        while self._handed_out and self._handed_out[0][0] in self._confirmed:
            first, committable = self._handed_out.popleft()
            self._confirmed.discard(first)
        return committable


class PromptThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """aiokafka's consumer, tuned for a worker that reads the topics of several stages.

    While records of one partition wait to be taken, aiokafka asks its broker for nothing, for 100 ms: a stage that is
    busy would hold up the stages after it, at every hop. Here it is `UNTAKEN_SECONDS`; then it asks for the others. And
    it has one request at a time under way to a broker: until that one is answered, for 1.5 s where nothing comes,
    records of a partition that is not in it stay where they are. Here it is `FETCH_WAIT_MS` where one is not in it;
    `PAUSED_WAIT_MS` where it is left out because its stage has work in hand for longer than that.
    """

    async def on_start(self) -> None:
        await super().on_start()
        fetcher = self._consumer._fetcher
        fetcher._prefetch_backoff = UNTAKEN_SECONDS
        plan, patient_ms = fetcher._get_actions_per_node, fetcher._fetch_max_wait_ms

        def planned(assignment: Any) -> Any:
            states = {tp: assignment.state_value(tp) for tp in assignment.tps}
            if any(tp in fetcher._records or not state.has_valid_position for tp, state in states.items()):
                fetcher._fetch_max_wait_ms = FETCH_WAIT_MS
            else:
                fetcher._fetch_max_wait_ms = PAUSED_WAIT_MS if any(s.paused for s in states.values()) else patient_ms
            return plan(assignment)

        fetcher._get_actions_per_node = planned


class Consumer(driver.Consumer):  # type: ignore[misc]  # Faust has no types that mypy could follow
    """aiokafka's consumer under Faust, delivering chunks and committing what the runner confirmed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._spans: defaultdict[TP, Spans] = defaultdict(Spans)

    def _new_consumer_thread(self) -> PromptThread:
        return PromptThread(self, loop=self.loop, beacon=self.beacon)

    def confirm(self, chunk: Chunk) -> None:
        """Every result of the chunk is at the broker: its offsets may be committed."""
        tp = TP(chunk.topic, chunk.partition)
        self._spans[tp].confirm(chunk.offset)
        _ = self._acked[tp]  # Faust asks only partitions that it knows an ack of for offsets to commit

    def handled(self, tp: TP) -> int | None:
        """See `agents.direct.Reading`."""
        handled = self._spans[tp].handled()
        return self._committed_offset[tp] if handled is None else handled

    def flows(self) -> bool:
        """See `agents.direct.Reading`."""
        return bool(self.app.flow_control.is_active())

    def standing(self, stream: Any) -> Chunk | None:
        """A chunk that stands in the stream's queue, taken out without waiting, or None.

        Only the chunk that the stream itself handed over is acked; what is taken here besides needs no ack. What was
        fetched before a rebalance is dropped, as the stream does: it is fetched again.
        """
        queue = stream.channel.queue
        if queue.empty() or not self.app.flow_control.is_active():
            return None
        event = queue.get_nowait()
        if event.message.generation_id != self.app.consumer_generation_id:
            return None
        return event.value  # type: ignore[no-any-return]

    def on_buffer_full(self, tp: TP) -> None:
        """A stage lies behind: fetch no more of its whole topic for now.

        All topics come through one loop, which stands still where a stage's queue takes no more: then the stages after
        it would wait for their own records too. Faust pauses the one partition that filled the queue, not its sisters.
        """
        for other in self._of_one_topic(tp):
            super().on_buffer_full(other)

    def on_buffer_drop(self, tp: TP) -> None:
        for other in self._of_one_topic(tp):
            super().on_buffer_drop(other)

    def _of_one_topic(self, tp: TP) -> list[TP]:
        return [other for other in self.assignment() if other.topic == tp.topic]

    async def _wait_next_records(self, timeout: float) -> tuple[Any, Any]:  # noqa: ASYNC109 (the signature is Faust's)
        if self._buffered_partitions:
            timeout = RESUME_SECONDS
        fetched, active = await super()._wait_next_records(timeout)
        if not fetched:
            return fetched, active
        limits: Mapping[str, int] = getattr(self.app, "chunk_records", {})
        chunked: dict[TP, list[Any]] = {}
        for tp, records in fetched.items():
            if not records or self._is_changelog_tp(tp):
                chunked[tp] = records
                continue
            size = limits.get(tp.topic, DEFAULT_RECORDS)
            chunked[tp] = [Chunk(records[at : at + size]) for at in range(0, len(records), size)]
        return chunked, active

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, Chunk):
            return super()._to_message(tp, record)
        self._spans[tp].hand_out(record.offset, record.next_offset)
        timestamp = record.timestamp / 1000.0 if record.timestamp is not None else 0.0
        return ConsumerMessage(
            record.topic,
            record.partition,
            record.offset,
            timestamp,
            record.timestamp_type,
            (),
            None,
            record,
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """The offsets between the firsts of two chunks are no gap; `Spans` knows what was handed out."""
        if self._is_changelog_tp(tp):
            await super()._add_gap(tp, offset_from, offset_to)

    def _new_offset(self, tp: TP) -> int | None:
        if self._is_changelog_tp(tp):
            return super()._new_offset(tp)  # type: ignore[no-any-return]
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return self._spans[tp].take_committable()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await super().on_partitions_revoked(revoked)
        for tp in revoked:
            self._spans.pop(tp, None)


class Transport(driver.Transport):  # type: ignore[misc]
    """The transport of `wire://` URLs."""

    Consumer: ClassVar[type[Consumer]] = Consumer
    driver_version = f"batching {driver.Transport.driver_version}"
