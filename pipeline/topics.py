"""Every Kafka topic of the pipeline: its name, partitions, retention, cleanup, and why. Nothing else names a topic."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Literal

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

MAX_RECORD_BYTES = 16 * 1024 * 1024
"""What the broker takes on topics that carry original bytes: far above any story, so that even an absurd one
can reach `wire.dead` with its bytes instead of being refused at the door."""

MAX_BATCH_BYTES = 4 * 1024 * 1024
"""What the broker takes on internal topics; stages fill batches to far less (`Settings.batch_bytes`)."""


@dataclass(frozen=True, slots=True, eq=False)
class TopicSpec:
    """What a topic must be; each is itself alone, so it may be a key.

    `suffix` follows the configured prefix (`wire.` unless set).
    """

    suffix: str
    why: str
    partitions: Literal["one", "scaled"] = "scaled"
    """`one`: a total order is needed; `scaled`: `Settings.partitions`."""
    carries: Literal["story", "batch"] = "story"
    """One story a record (the outside world reads or writes it), or a batch of packets (between our own stages)."""
    cleanup: Literal["delete", "compact", "compact,delete"] = "delete"
    retention_ms: int = 7 * DAY_MS
    max_record_bytes: int = MAX_BATCH_BYTES
    extra: dict[str, str] = field(default_factory=dict)

    def config(self) -> dict[str, str]:
        """The topic-level settings that Kafka is given."""
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": str(-1 if self.cleanup == "compact" else self.retention_ms),
            "max.message.bytes": str(self.max_record_bytes),
            **self.extra,
        }


RAW = TopicSpec(
    "raw",
    "Original bytes and how they came; kept a week so that state can be rebuilt and dead letters traced.",
    max_record_bytes=MAX_RECORD_BYTES,
)
PARSED = TopicSpec(
    "parsed",
    "Parsed stories on their way to dedup: one partition, because one total order makes every verdict reproducible.",
    partitions="one",
    carries="batch",
    retention_ms=4 * DAY_MS,
)
UNIQUE = TopicSpec(
    "unique",
    "Stories that dedup lets through, partitioned by cluster so that versions stay in order.",
    carries="batch",
    retention_ms=DAY_MS,
)
TAGGED = TopicSpec("tagged", "The same with people, organisations and places.", carries="batch", retention_ms=DAY_MS)
CLASSIFIED = TopicSpec(
    "classified",
    "The same with Media Topics: ready to go out, where and when deliver says.",
    carries="batch",
    retention_ms=DAY_MS,
)
ORDERS = TopicSpec(
    "orders",
    "Kills, and older versions that came late: from dedup straight to deliver, past what waits for tag and classify.",
    carries="batch",
    retention_ms=7 * DAY_MS,
)
STORIES = TopicSpec(
    "stories",
    "The product: one record a story version, keyed by story id, compacted so that the latest record of an id stays.",
    cleanup="compact",
    max_record_bytes=MAX_RECORD_BYTES,
    extra={"min.compaction.lag.ms": str(2 * DAY_MS)},  # earlier versions stay while the exporter's ledger looks back
)
DUPLICATES = TopicSpec("duplicates", "Stories that repeat another: of which, how alike, by which rule.")
SKIPPED = TopicSpec("skipped", "Sound input that carries no text story (pictures, planning items), with what it is.")
DEAD = TopicSpec(
    "dead",
    "What could not be processed: original bytes, stage, reason, one sentence. Kept a month for replay.",
    retention_ms=30 * DAY_MS,
    max_record_bytes=MAX_RECORD_BYTES,
)
HELD = TopicSpec(
    "held",
    "Embargoed stories, by raw record, until they go out or are killed: deliver reads them back at start.",
    carries="batch",
    cleanup="compact",
)
WITHHELD = TopicSpec(
    "withheld",
    "Stories that did not go out: killed before they could, or superseded by a newer version while they were held.",
)
FLASH = TopicSpec(
    "flash",
    "Urgency 1 and 2 once more, for screens and alarms.",
    max_record_bytes=MAX_RECORD_BYTES,
)
CHAINS = TopicSpec(
    "chains",
    "A record a cluster: its versions in order, which outputs carry it, whether it was killed. Deliver's memory.",
    # what no kill or update can concern any more goes, or the topic and the memory read from it would grow for ever
    cleanup="compact,delete",
    retention_ms=9 * DAY_MS,
)
RECEIPTS = TopicSpec(
    "receipts",
    "A record a kill, once every output has it: which outputs, which ids, when.",
    cleanup="compact",
)
DESK = "desk."
"""What the suffix of a desk's topic begins with."""


@cache
def desk_topic(name: str) -> TopicSpec:
    """The topic of a desk, `wire.desk.<name>`; the same object for the same name."""
    return TopicSpec(
        f"{DESK}{name}",
        f"What the routing rules send to the desk {name}.",
        max_record_bytes=MAX_RECORD_BYTES,
    )


VERDICTS = TopicSpec(
    "verdicts",
    "Dedup's memory: fingerprints and verdicts in order of decision, read back at start; kept past the horizon.",
    partitions="one",
    carries="batch",
    retention_ms=8 * DAY_MS,
)

SNAPSHOTS = TopicSpec(
    "snapshots",
    "Dedup's memory as a whole, now and then, so that a start reads only the end of `verdicts`; the last two are kept.",
    partitions="one",
    retention_ms=8 * DAY_MS,
    extra={"segment.bytes": str(128 * 1024 * 1024)},  # what is cut off goes a segment at a time
)

ALL: tuple[TopicSpec, ...] = (
    RAW, PARSED, UNIQUE, TAGGED, CLASSIFIED, ORDERS,
    STORIES, FLASH, DUPLICATES, SKIPPED, WITHHELD, DEAD,
    HELD, CHAINS, RECEIPTS, VERDICTS, SNAPSHOTS,
)  # fmt: skip
