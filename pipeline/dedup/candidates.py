"""Which remembered stories share wording with new ones: looked up for all stories of a batch at once.

Candidates are the stories with most sampled shingles in common, found in the index or among the stories of the block
at hand that the index does not have yet. On their sketches it is then seen whether they deserve a closer look.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.columns import NONE, Columns, overlaps
from pipeline.dedup.fingerprint import SKETCH, U32
from pipeline.dedup.index import SLOT_BITS, Index
from pipeline.dedup.memory import Memory, unpacked
from pipeline.dedup.rules import LEAST_CONTAINED

CANDIDATES = 10
"""Stories with the most shingles in common that are looked at closely."""
FEW = 24
"""Shingles below which one in common is enough to look closer."""
INSERTED = 16
"""Shingles of its sketch under which a story is filed; it is looked up by all of them."""

I64 = NDArray[np.int64]
_LOW16 = np.uint32(0xFFFF)


class Found(NamedTuple):
    """Pairs of a new story (its place in the batch) and an earlier one, ordered by story."""

    story: I64
    slot: I64
    """Of a remembered story; of one in the block, its place there less the block's length: below 0."""
    shared: I64


def look_up(index: Index, keys: U32, owner: I64, weights: I64 | None = None) -> Found:
    """Remembered stories under any of the keys. `shared` counts keys, or adds up their weights."""
    which, slots = index.look_up(keys)
    pairs = (owner[which] << SLOT_BITS) | slots.astype(np.int64)
    return _summed(pairs, None if weights is None else weights[which], 0)


def look_around(filed: U32, holder: I64, keys: U32, owner: I64, weights: I64 | None, before: int, size: int) -> Found:
    """The same among the stories of the block, `size` of them, of which `before` are not in this batch.

    `filed` are the keys that `holder` (place in the block) is filed under. A story finds those before it.
    """
    seen = np.zeros(1 << 16, dtype=bool)
    seen[filed & _LOW16] = True
    some = np.flatnonzero(seen[keys & _LOW16])
    order = np.argsort(filed)
    table = filed[order]
    first = np.searchsorted(table, keys[some], side="left")
    counts = np.searchsorted(table, keys[some], side="right") - first
    which = np.repeat(np.arange(some.size), counts)
    steps = np.arange(which.size) - np.repeat(np.cumsum(counts) - counts, counts)
    place = holder[order[first[which] + steps]]
    which = some[which]
    earlier = place < before + owner[which]
    which, place = which[earlier], place[earlier]
    pairs = (owner[which] << SLOT_BITS) | place
    return _summed(pairs, None if weights is None else weights[which], size)


def _summed(pairs: I64, weights: I64 | None, less: int) -> Found:
    if weights is None:
        pairs.sort()
    else:
        order = np.argsort(pairs)  # sums of whole numbers: the order among equals does not matter
        pairs, weights = pairs[order], weights[order]
    if not pairs.size:
        return Found(pairs, pairs, pairs)
    first = np.concatenate((np.zeros(1, dtype=np.int64), np.flatnonzero(pairs[1:] != pairs[:-1]) + 1))
    sums = np.diff(first, append=pairs.size) if weights is None else np.add.reduceat(weights, first)
    pairs = pairs[first]
    return Found(pairs >> SLOT_BITS, (pairs & ((1 << SLOT_BITS) - 1)) - less, sums)


def ranked(found: list[Found], seqs: list[I64], newest: int, most: int) -> tuple[Found, I64, I64]:
    """The `most` pairs of each story that share most, the newer first among equals; their ranks from 0, and the most
    that the story shares with any. `seqs` are the orders of decision of the earlier stories, all below `newest`."""
    story, slot, shared = (np.concatenate([f[n] for f in found]) for n in range(3))
    age = newest - np.concatenate(seqs)
    order = np.lexsort((age, -shared, story))
    story, slot, shared = story[order], slot[order], shared[order]
    if not story.size:
        return Found(story, slot, shared), story, story
    first = np.concatenate((np.zeros(1, dtype=np.int64), np.flatnonzero(story[1:] != story[:-1]) + 1))
    counts = np.diff(first, append=story.size)
    rank = np.arange(story.size) - np.repeat(first, counts)
    top = np.repeat(shared[first], counts)
    kept = rank < most
    return Found(story[kept], slot[kept], shared[kept]), rank[kept], top[kept]


def within(memory: Memory, found: Found, events: NDArray[np.float64], theirs: NDArray[np.float64]) -> Found:
    """Only pairs whose own times lie within the horizon. `events` of the batch, `theirs` of the block."""
    at = np.where(found.slot < 0, theirs[np.minimum(found.slot, -1)], memory.events[found.slot])
    kept = np.abs(at - events[found.story]) <= memory.horizon
    kept &= (found.slot < 0) | (memory.numbers[found.slot] > 0)
    return Found(found.story[kept], found.slot[kept], found.shared[kept])


def sequence(memory: Memory, found: Found, first: int, size: int) -> I64:
    """The order of decision of each pair's earlier story; the block, of that size, starts with `first`."""
    return np.where(found.slot < 0, first + size + found.slot, memory.numbers[found.slot] >> SLOT_BITS)


def filed_keys(columns: Columns) -> tuple[U32, I64]:
    """The hashes that stories are filed under, and whose each is (place in `columns`)."""
    return _keys(np.concatenate((columns.sketch[:, :INSERTED], columns.head), axis=1))


def _keys(table: U32) -> tuple[U32, I64]:
    valid = table != NONE
    return table[valid], np.nonzero(valid)[0]


def candidates(
    memory: Memory, index: Index, block: Columns, events: NDArray[np.float64], before: int, first: int
) -> list[list[tuple[int, bool]]]:
    """For each story of `block` from place `before` on: earlier stories, most promising first, each with whether it
    deserves a closer look. `events` are the times of all of the block, `first` its first story's order of decision."""
    size = len(block)
    looked = np.concatenate((block.sketch[before:], block.head[before:]), axis=1)
    keys, owner = _keys(looked)
    filed, holder = filed_keys(block)
    own = events[before:]
    found = [
        within(memory, look_up(index, keys, owner), own, events),
        within(memory, look_around(filed, holder, keys, owner, None, before, size), own, events),
    ]
    seqs = [sequence(memory, f, first, size) for f in found]
    pairs, _, top = ranked(found, seqs, first + size, CANDIDATES)
    least = np.maximum(np.where(block.shingles[before:][pairs.story] < FEW, 1, 2), top // 4)
    kept = pairs.shared >= least
    story, slot = pairs.story[kept], pairs.slot[kept]
    close = _close(memory, block, story + before, slot)
    result: list[list[tuple[int, bool]]] = [[] for _ in range(size - before)]
    for n, at, near in zip(story.tolist(), slot.tolist(), close.tolist(), strict=True):
        result[n].append((at, near))
    return result


def _close(memory: Memory, block: Columns, mine: I64, slot: I64) -> NDArray[np.bool_]:
    """Whether one has no body, or enough of the shorter one stands in the longer: the others share a phrase."""
    new, place = slot < 0, np.minimum(slot, -1)
    counts = memory.counts[slot].astype(np.int64)
    begins = 4 * (memory.begins[slot].astype(np.int64) + counts[:, 0] + counts[:, 1])
    sizes = np.where(new, block.sketched[place], counts[:, 2])
    theirs = unpacked(memory.arena.data[np.where(new, 0, begins)[:, None] + np.arange(3 * SKETCH)])
    theirs[new] = block.coarse[slot[new]]
    shingles = np.where(new, block.shingles[place], memory.shingles[slot])
    both, short = overlaps(
        theirs, sizes, shingles, block.coarse[mine], block.sketched[mine], block.shingles[mine]
    )  # fmt: skip
    titles = block.titles[mine] | np.where(new, block.titles[place], memory.flags[slot] & 1 != 0)
    same = block.bodies[mine] == np.where(new, block.bodies[place], memory.bodies[slot])
    close: NDArray[np.bool_] = titles | same | (both >= LEAST_CONTAINED * short)
    return close
