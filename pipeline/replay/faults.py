"""Seeded faults for demonstrations and tests: what goes wrong on real wires, on purpose and with the truth attached.

Every forged record goes out beside the original, never instead of it, and says in its `truth` header what it was made
of; an original says `original`, so that a running pipeline can show its own precision and recall
(`wire_truth_stories_total`). The same seed and the same input give the same faults; each fault draws from a generator
of its own, so that adding one leaves the others as they were. A new fault is one function and one line in `FAULTS`.
"""

from __future__ import annotations

import dataclasses
import heapq
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.errors import Usage
from pipeline.replay.edit import draft_of
from pipeline.replay.items import RECORD_LIMIT, FeedItem, Item
from pipeline.replay.rewording import reword

REACH = 50
"""How many records later a forged one goes out at most."""


@dataclass(slots=True)
class Forged:
    """What a fault makes of one record of the feed."""

    records: list[tuple[int, FeedItem]]
    """Each with how many records of the feed go out between the original and it; less than 0: before the original."""
    moves: int = 0
    """By how many records the original itself is held back; a forged one may go out so many before it."""
    truth: str = ""
    """What that makes of the original; empty where it stays what it is."""


Fault = Callable[[FeedItem, random.Random], Forged | None]
"""None: nothing can be made of this record."""


def _duplicate(item: FeedItem, rng: random.Random) -> Forged | None:
    """The same bytes under the same id again, as a feed that reconnects sends them."""
    copy = dataclasses.replace(item, truth=f"duplicate-of:{item.identity}")
    return Forged([(rng.randint(0, REACH), copy)])


def _near(item: FeedItem, rng: random.Random) -> Forged | None:
    """The same story lightly reworded, under an id of its own."""
    draft = draft_of(item.body)
    if draft is None:
        return None
    reword(draft, rng)
    new_id = f"{item.identity}~near"
    body = draft.to_bytes(new_id)
    if len(body) > RECORD_LIMIT or body == item.body:
        return None
    copy = dataclasses.replace(item, body=body, feed_id=new_id, truth=f"near-of:{item.identity}")
    return Forged([(rng.randint(0, REACH), copy)])


def _truncate(item: FeedItem, rng: random.Random) -> Forged | None:
    """The record cut short somewhere, as a connection that breaks leaves it."""
    if len(item.body) < 2:
        return None
    cut = rng.randint(1, len(item.body) - 1)
    copy = dataclasses.replace(
        item, body=item.body[:cut], feed_id=f"{item.identity}~cut", truth=f"truncated:{item.identity}"
    )
    return Forged([(rng.randint(0, REACH), copy)])


def _reorder(item: FeedItem, rng: random.Random) -> Forged | None:
    """The original itself, later than its place. Nothing is forged, so there is no truth to tell."""
    return Forged([], moves=rng.randint(1, REACH))


def _garbage(item: FeedItem, rng: random.Random) -> Forged | None:
    """Bytes that are no story: noise, zeros, the wrong JSON, markup without text, nothing at all."""
    size = rng.randint(1, 2000)
    kinds = (
        lambda: rng.randbytes(size),
        lambda: bytes(size),
        lambda: b'{"id": %d, "title": [1, 2], "text": {"a": null}}' % size,
        lambda: b'{"title": "' + b"x" * size,
        lambda: b"[" * size,
        lambda: b"<item><b></item>" * (1 + size // 16),
        lambda: b"\xff\xfe" + rng.randbytes(size | 1),
        lambda: b"",
    )
    body = kinds[rng.randrange(len(kinds))]()
    copy = FeedItem(body, item.source, f"{item.name}~garbage", feed_id=f"{item.identity}~garbage", truth="garbage")
    return Forged([(rng.randint(0, REACH), copy)])


def _late_parent(item: FeedItem, rng: random.Random) -> Forged | None:
    """A second version, marked and longer, that goes out before the story it follows."""
    draft = draft_of(item.body)
    if draft is None or not draft.headline or not draft.paragraphs:
        return None
    draft.headline = f"UPDATE 1-{draft.headline}"
    draft.paragraphs.append(rng.choice(_LAST_LINES))
    new_id = f"{item.identity}~v2"
    body = draft.to_bytes(new_id)
    moves = rng.randint(1, REACH)
    update = dataclasses.replace(item, body=body, feed_id=new_id, truth=f"version-of:{item.identity}")
    return Forged([(-moves, update)], moves=moves, truth="late-parent")


_LAST_LINES = (
    "Further details were expected later in the day, officials said.",
    "The talks were to go on in the evening, people familiar with them said.",
    "Nobody was available for comment in the hours that followed.",
)


def _kill_notice(item: FeedItem) -> FeedItem | None:
    draft = draft_of(item.body)
    if draft is None or not draft.headline:
        return None
    draft.headline = f"KILL: {draft.headline}"
    draft.paragraphs = ["Editors, please kill this story and all earlier versions of it."]
    body = draft.to_bytes(item.identity)
    return dataclasses.replace(item, body=body, feed_id=item.identity, truth=f"kill-of:{item.identity}")


def _kill(item: FeedItem, rng: random.Random) -> Forged | None:
    """The story is killed a while after it went out."""
    notice = _kill_notice(item)
    return None if notice is None else Forged([(rng.randint(0, REACH), notice)])


def _kill_first(item: FeedItem, rng: random.Random) -> Forged | None:
    """The kill overtakes the story: nothing of it may ever go out."""
    notice = _kill_notice(item)
    if notice is None:
        return None
    moves = rng.randint(1, REACH)
    return Forged([(-moves, notice)], moves=moves, truth="killed")


FAULTS: Mapping[str, Fault] = {
    "duplicates": _duplicate,
    "near": _near,
    "truncate": _truncate,
    "reorder": _reorder,
    "garbage": _garbage,
    "late-parent": _late_parent,
    "kill": _kill,
    "kill-first": _kill_first,
}


def parse_faults(text: str) -> dict[str, float]:
    """`duplicates=0.1,near=0.05` as probabilities by name. Raises Usage."""
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (side.strip() for side in part.partition("="))
        if name not in FAULTS:
            raise Usage(f"--faults: there is no fault '{name}'; faults are {', '.join(FAULTS)}.")
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = -1.0
        if not 0 <= found[name] <= 1:
            raise Usage(f"--faults: {name} takes a share from 0 to 1, such as {name}=0.1; it was '{value}'.")
    return found


def forge(items: Iterable[Item], shares: Mapping[str, float], seed: int) -> Iterator[Item]:
    """The items with faults among them: each fault befalls its share of the records, independently.

    Records get an id where they have none (their place in the feed), so that a truth can name what it is about.
    """
    chances = [(FAULTS[name], share, random.Random(f"{seed}:{name}")) for name, share in shares.items()]
    waiting: list[tuple[int, int, FeedItem]] = []
    count = 0
    for place, item in enumerate(items):
        while waiting and waiting[0][0] <= place:
            yield heapq.heappop(waiting)[2]
        if not isinstance(item, FeedItem):
            yield item
            continue
        original = item if item.feed_id else dataclasses.replace(item, feed_id=item.name)
        made = [
            forged
            for fault, share, rng in chances
            if rng.random() < share and (forged := fault(original, rng)) is not None
        ]
        truths = [forged.truth for forged in made if forged.truth]
        original = dataclasses.replace(original, truth=original.truth or (truths or ["original"])[0])
        goes_out = place + sum(forged.moves for forged in made)
        records = [(goes_out + 1 + later, record) for forged in made for later, record in forged.records]
        if goes_out == place:
            yield original
        else:
            records.append((goes_out, original))
        for at, record in records:
            count += 1
            heapq.heappush(waiting, (at, count, record))
    while waiting:
        yield heapq.heappop(waiting)[2]
