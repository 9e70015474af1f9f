"""The page to read first: which stages there are, in order, what each reads and writes, and how its output is keyed.

Pure logic lives in `pipeline/stages/`; `agents/` puts each stage on Kafka; both read this page, and so do
`wire topics`, the tests and the picture in the README. Add a stage here, and nowhere else, to put it in the flow.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import topics as t
from pipeline.topics import TopicSpec


@dataclass(frozen=True, slots=True)
class StageSpec:
    """One stage: a pure function over a batch of stories, between topics."""

    name: str
    does: str
    reads: TopicSpec
    writes: TopicSpec
    """Where a story goes on."""
    diverts: tuple[TopicSpec, ...] = ()
    """Where a story may end instead; `wire.dead` goes without saying."""
    also_reads: tuple[TopicSpec, ...] = ()
    """Read beside `reads`, partition by partition: what overtakes it."""
    key: str = ""
    """What a record of `writes` is keyed by: equal keys keep their order."""


PARSE = StageSpec(
    "parse",
    "recognise the format, make one typed Story, cut page furniture, detect the language, compute the fingerprint",
    reads=t.RAW,
    writes=t.PARSED,
    diverts=(t.SKIPPED,),
    key="none: dedup's input has one partition",
)
DEDUP = StageSpec(
    "dedup",
    "decide in one total order: new, duplicate, update, correction, kill; kills go straight to deliver",
    reads=t.PARSED,
    writes=t.UNIQUE,
    diverts=(t.DUPLICATES, t.ORDERS, t.VERDICTS, t.SNAPSHOTS),
    key="cluster",
)
TAG = StageSpec(
    "tag",
    "find people, organisations and places, with offsets",
    reads=t.UNIQUE,
    writes=t.TAGGED,
    key="cluster",
)
CLASSIFY = StageSpec(
    "classify",
    "choose IPTC Media Topics with confidences and evidence",
    reads=t.TAGGED,
    writes=t.CLASSIFIED,
    key="cluster",
)
DELIVER = StageSpec(
    "deliver",
    "hold embargoes, chain versions, route to desks, carry kills to every output, and write the product",
    reads=t.CLASSIFIED,
    also_reads=(t.ORDERS,),
    writes=t.STORIES,
    diverts=(t.FLASH, t.HELD, t.WITHHELD, t.CHAINS, t.RECEIPTS),
    key="story id",
)

FLOW: tuple[StageSpec, ...] = (PARSE, DEDUP, TAG, CLASSIFY, DELIVER)

OUTCOMES: tuple[TopicSpec, ...] = (t.STORIES, t.DUPLICATES, t.SKIPPED, t.WITHHELD, t.DEAD, t.HELD)
"""Where every raw record ends, exactly once by id (`wire.held` for as long as it is held): the ledger counts these."""


def by_name(name: str) -> StageSpec:
    """The stage of that name. Raises KeyError."""
    return {stage.name: stage for stage in FLOW}[name]


def draw(prefix: str = "wire.") -> str:
    """The flow as text, one stage a line, for people."""
    lines = []
    for stage in FLOW:
        ends = "".join(f"  ↳ {prefix}{d.suffix}" for d in stage.diverts)
        reads, writes = prefix + stage.reads.suffix, prefix + stage.writes.suffix
        lines.append(f"{reads:<15} ─▶ {stage.name.upper():<9}─▶ {writes}{ends}")
        lines += [f"{prefix + also.suffix:<15} ─┘ overtakes" for also in stage.also_reads]
    lines.append(f"any stage       ─▶ {prefix}dead (original bytes, stage, reason)")
    return "\n".join(lines)
