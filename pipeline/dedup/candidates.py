"""Which remembered stories share wording with new ones: looked up for all stories of a batch at once.

Candidates are the stories with most sampled shingles in common, found in the index or among the stories of the block
at hand that the index does not have yet. On their sketches it is then seen whether they deserve a closer look.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.columns import NONE, Columns, overlaps
from pipeline.dedup.fingerprint import U32
from pipeline.dedup.index import SLOT_BITS, Index
from pipeline.dedup.likeness import Overlap
from pipeline.dedup.memory import Memory
from pipeline.dedup.rules import LEAST_CONTAINED
from pipeline.dedup.runs import bounds, places

CANDIDATES = 10
"""Stories with the most shingles in common that are looked at closely."""
FEW = 24
"""Shingles below which one in common is enough to look closer."""
INSERTED = 16
"""Shingles of its sketch under which a story is filed; it is looked up by all of them."""

I64 = NDArray[np.int64]
_BITS = SLOT_BITS + 1
"""Of a slot, or of a place in the block, in a pair."""
_LOW_BITS = (1 << _BITS) - 1
_MOST, _OLDEST = (1 << 28) - 1, (1 << 27) - 1
_S8 = np.uint32(8)
_LOW16 = np.uint32(0xFFFF)


class Near(NamedTuple):
    """Earlier stories that share wording with a new one, most promising first; slots as in `Found`."""

    every: list[int]
    close: list[tuple[int, Overlap]]
    """Those that are worth a look."""


class Found(NamedTuple):
    """Pairs of a new story (its place in the batch) and an earlier one, ordered by story."""

    story: I64
    slot: I64
    """Of a remembered story; of one in the block, its place there less the block's length: below 0."""
    shared: I64


class Filed(NamedTuple):
    """What the stories of a block are, or will be, filed under: hashes, and whose each is (place in the block)."""

    keys: U32
    holder: I64


def look_up(index: Index, keys: U32, owner: I64, weights: I64 | None, filed: Filed, before: int, size: int) -> Found:
    """Earlier stories under any of the keys, each of which is of a story in the batch (`owner`): those in the index,
    and those of the block at hand, of which `before` are not in this batch and `size` in all. `shared` counts keys, or
    adds up their weights."""
    which, slots = index.look_up(keys)
    around, place = _look_around(filed, keys, owner, before)
    which = np.concatenate((which, around))
    pairs = (owner[which] << _BITS) | np.concatenate((slots.astype(np.int64) + size, place))
    if weights is None:
        pairs.sort()
        edges = bounds(pairs)
        sums = edges[1:] - edges[:-1]
    else:
        order = pairs.argsort()  # sums of whole numbers: the order among equals does not matter
        pairs, weights = pairs[order], weights[which[order]]
        edges = bounds(pairs)
        sums = np.add.reduceat(weights, edges[:-1]) if pairs.size else weights
    pairs = pairs[edges[:-1]]
    return Found(pairs >> _BITS, (pairs & _LOW_BITS) - size, sums)


def _look_around(filed: Filed, keys: U32, owner: I64, before: int) -> tuple[I64, I64]:
    """Which of the keys other stories of the block are filed under that came before their owners, and those stories."""
    seen = np.zeros(1 << 16, dtype=bool)
    seen[_sieved(filed.keys)] = True
    some = seen.take(_sieved(keys)).nonzero()[0]
    order = filed.keys.argsort()
    table, wanted = filed.keys[order], keys[some]
    first = table.searchsorted(wanted)
    there = table.take(first, mode="clip") == wanted
    some, first = some[there], first[there]
    counts = table.searchsorted(wanted[there], side="right") - first
    which = some.repeat(counts)
    place = filed.holder[order[places(first, counts)]]
    earlier = place < before + owner[which]
    return which[earlier], place[earlier]


def _sieved(keys: U32) -> U32:
    """The bits in the middle: the lower ones of words are 0, the upper ones of sketches are small."""
    return (keys >> _S8) & _LOW16


def within(
    memory: Memory, found: Found, own: NDArray[np.float64], events: NDArray[np.float64], first: int
) -> tuple[Found, I64]:
    """Only pairs whose own times lie within the horizon, and the order of decision of each one's earlier story. `own`
    are the times of the batch, `events` of the block, `first` its first story's order of decision."""
    story, slot, shared = found
    new, numbers = slot < 0, memory.numbers[slot]
    at = np.where(new, events[np.minimum(slot, -1)], memory.events[slot])
    kept = (np.abs(at - own[story]) <= memory.horizon) & (new | (numbers > 0))
    order = np.where(new, first + events.size + slot, numbers >> SLOT_BITS)
    return Found(story[kept], slot[kept], shared[kept]), order[kept]


def ranked(found: Found, order: I64, newest: int, most: int) -> tuple[Found, I64]:
    """The `most` pairs of each story that share most, the newer first among equals, and the most that the story shares
    with any. `order` are the orders of decision of the earlier stories, all below `newest`."""
    story, slot, shared = found
    # in one number, which sorts much faster: 8 bits of story, 28 of shared, 27 of age
    least = (_MOST - np.minimum(shared, _MOST)) << 27
    sorted_ = ((story << 55) | least | np.minimum(newest - order, _OLDEST)).argsort()
    story, slot, shared = story[sorted_], slot[sorted_], shared[sorted_]
    edges = bounds(story)
    first, counts = edges[:-1], edges[1:] - edges[:-1]
    top = shared[first].repeat(counts)
    kept = np.arange(story.size) - first.repeat(counts) < most
    return Found(story[kept], slot[kept], shared[kept]), top[kept]


def filed_keys(columns: Columns) -> Filed:
    """The hashes that stories are filed under."""
    return Filed(*_keys(np.concatenate((columns.sketch[:, :INSERTED], columns.head), axis=1)))


def _keys(table: U32) -> tuple[U32, I64]:
    valid = table != NONE
    return table[valid], valid.nonzero()[0]


def candidates(
    memory: Memory, index: Index, block: Columns, events: NDArray[np.float64], before: int, first: int
) -> list[Near]:
    """For each story of `block` from place `before` on. `events` are the times of all of the block, `first` its first
    story's order of decision."""
    looked = np.concatenate((block.sketch[before:], block.head[before:]), axis=1)
    keys, owner = _keys(looked)
    size = len(block)
    found = look_up(index, keys, owner, None, filed_keys(block), before, size)
    found, order = within(memory, found, events[before:], events, first)
    pairs, top = ranked(found, order, first + size, CANDIDATES)
    least = np.maximum(np.where(block.shingles[before:][pairs.story] < FEW, 1, 2), top // 4)
    kept = pairs.shared >= least
    story, slot = pairs.story[kept], pairs.slot[kept]
    slots, ends = slot.tolist(), story.searchsorted(np.arange(size - before + 1)).tolist()
    result = [Near(slots[a:b], []) for a, b in pairwise(ends)]
    if slots:
        close, *overlap = _close(memory, block, story + before, slot)
        at = close.nonzero()[0]
        for n, earlier, both, either, short in zip(*(a[at].tolist() for a in (story, slot, *overlap)), strict=True):
            result[n].close.append((earlier, Overlap(both, either, short)))
    return result


def _close(memory: Memory, block: Columns, mine: I64, slot: I64) -> tuple[NDArray[np.bool_], I64, I64, I64]:
    """Whether one has no body, or enough of the shorter one stands in the longer (the others share a phrase); and what
    both have in common, as in `Overlap`."""
    new, place = slot < 0, np.minimum(slot, -1)
    coarse, sketched, block_shingles = block.coarse, block.counts[:, 0], block.shingles
    theirs, sizes = memory.sketches_of(slot)
    theirs[new] = coarse[slot[new]]
    sizes = np.where(new, sketched[place], sizes)
    shingles = np.where(new, block_shingles[place], memory.shingles[slot])
    both, either, short = overlaps(theirs, sizes, shingles, coarse[mine], sketched[mine], block_shingles[mine])
    titles = block.titles[mine] | np.where(new, block.titles[place], memory.flags[slot] & 1 != 0)
    same = block.bodies[mine] == np.where(new, block.bodies[place], memory.bodies[slot])
    return titles | same | (both >= LEAST_CONTAINED * short), both, either, short
