"""Texts as arrays of tokens: the form in which the name model and the keywords read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.tags.tokens import is_level, level
from pipeline.tags.vocabulary import MOST, PAD, Vocabulary

Ints = npt.NDArray[np.int64]
BETWEEN = f" {PAD} {PAD} "


@dataclass(frozen=True, slots=True)
class Reading:
    """A batch of texts as arrays of tokens. Two pads (token 0) stand before each paragraph and at the end."""

    ids: Ints
    """Token numbers."""
    place: Ints
    """Where each token starts, counted through the whole batch."""
    begins: Ints
    """Each paragraph's first token."""
    shift: Ints
    """For each paragraph, what turns a place in the batch into a place in its text."""
    segment: Ints
    """Each token's paragraph; 0 for the first two pads."""
    owners: Ints
    """Each paragraph's text."""

    def text(self, number: int) -> Ints:
        """The token numbers of one text."""
        first, last = np.searchsorted(self.owners, (number, number + 1))
        if first == last:
            return self.ids[:0]
        end = self.begins[last] - 2 if last < len(self.begins) else len(self.ids) - 2
        return self.ids[self.begins[first] : end]


def read(texts: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Reading:
    """Texts, each given as paragraphs, as arrays; offsets count in the paragraphs joined by one blank line."""
    if len(vocabulary) > MOST:
        vocabulary.clear()
    tokens = [PAD, PAD]
    for paragraphs in texts:
        if paragraphs:
            text = BETWEEN.join(paragraphs)
            if not is_level(text):
                text = BETWEEN.join(map(level, paragraphs))
            tokens += text.split(" ")
            tokens += (PAD, PAD)
    ids = vocabulary.numbers(tokens)
    room = vocabulary.length[ids] + 1
    place = np.cumsum(room) - room
    lengths = np.fromiter((len(p) for paragraphs in texts for p in paragraphs), np.int64)
    counts = np.fromiter(map(len, texts), np.int64, len(texts))
    owners = np.repeat(np.arange(len(texts)), counts)
    # pads take no room, so where paragraphs begin is told by their lengths
    starts = np.cumsum(lengths + 1) - lengths - 1
    begins = np.searchsorted(place, starts, side="right") - 1
    bases = np.cumsum(lengths + 2) - lengths - 2
    shift = bases - bases[(np.cumsum(counts) - counts)[owners]] - starts
    ids, place, begins = _without_gaps(ids, place, begins, vocabulary.get("", -1))
    segment = np.zeros(len(ids), np.int64)
    segment[begins[1:]] = 1
    return Reading(ids, place, begins, shift, np.cumsum(segment), owners)


def _without_gaps(ids: Ints, place: Ints, begins: Ints, gap: int) -> tuple[Ints, Ints, Ints]:
    """Leave out the empty tokens that runs of blanks give."""
    if gap < 0:
        return ids, place, begins
    keep = ids != gap
    if keep.all():
        return ids, place, begins
    return ids[keep], place[keep], np.cumsum(keep)[begins] - keep[begins]
