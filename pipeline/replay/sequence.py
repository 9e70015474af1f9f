"""In which order records go out: shuffled, again and again, only so many. The same options give the same sequence."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterable, Iterator

from pipeline.errors import Usage
from pipeline.replay.edit import with_id
from pipeline.replay.items import FeedItem, Item

MAX_SHUFFLED_BYTES = 1024**3
"""What shuffling a whole input may hold in memory."""


def shuffled(items: Iterable[Item], seed: str, window: int = 0) -> Iterator[Item]:
    """The items in a random order that `seed` decides.

    `window` 0: all of them, held in memory; raises Usage where that is more than a gigabyte. Otherwise each moves up by
    no more than `window` places, and only so many are held.
    """
    rng = random.Random(seed)
    held: list[Item] = []
    size = 0
    for item in items:
        if window and len(held) >= window:
            place = rng.randrange(len(held))
            held[place], item = item, held[place]
            yield item
            continue
        held.append(item)
        size += len(item.body) if isinstance(item, FeedItem) else 0
        if not window and size > MAX_SHUFFLED_BYTES:
            raise Usage("the input is too large to shuffle as a whole; add --shuffle-window 100000.")
    rng.shuffle(held)
    yield from held


def passes(
    read_pass: Callable[[int], Iterable[Item]], *, loop: bool, fresh_ids: bool, on_pass: Callable[[int], None]
) -> Iterator[Item]:
    """One pass over the input, or with `loop` pass after pass for ever (until one is empty).

    `read_pass` takes the number of the pass, from 1, as does `on_pass`, which is told as each begins. With `fresh_ids`
    the records of every pass but the first carry its number in their ids, as stories of their own; else they repeat.
    """
    number = 1
    while True:
        on_pass(number)
        empty = True
        for item in read_pass(number):
            empty = False
            yield renumbered(item, number) if fresh_ids and number > 1 else item
        if not loop or empty:
            return
        number += 1


def renumbered(item: Item, number: int) -> Item:
    """The item with `~number` after its id, in its JSON too where it has an id there."""
    if not isinstance(item, FeedItem):
        return item
    fresh = f"{item.identity}~{number}"
    return dataclasses.replace(item, body=with_id(item.body, fresh), feed_id=fresh)
