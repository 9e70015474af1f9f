"""Texts as arrays of tokens: the form in which the name model and the keywords read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.tags.tokens import split
from pipeline.tags.vocabulary import MOST, PADS, Vocabulary

Ints = npt.NDArray[np.int64]


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
    tokens: list[str] = []
    starts: list[int] = []
    bases: list[int] = []
    owners: list[int] = []
    for owner, paragraphs in enumerate(texts):
        base = 0
        for paragraph in paragraphs:
            tokens += PADS
            starts.append(len(tokens))
            bases.append(base)
            owners.append(owner)
            tokens += split(paragraph)
            base += len(paragraph) + 2
    tokens += PADS
    ids = np.fromiter(map(vocabulary.__getitem__, tokens), np.int64, len(tokens))
    begins = np.array(starts, np.int64)
    length = vocabulary.length[ids]
    place = np.cumsum(length + 1) - length - 1
    shift = np.array(bases, np.int64) - place[begins]
    ids, place, begins = _without_gaps(ids, place, begins, vocabulary.get("", -1))
    segment = np.zeros(len(ids), np.int64)
    segment[begins[1:]] = 1
    return Reading(ids, place, begins, shift, np.cumsum(segment), np.array(owners, np.int64))


def _without_gaps(ids: Ints, place: Ints, begins: Ints, gap: int) -> tuple[Ints, Ints, Ints]:
    """Leave out the empty tokens that runs of blanks give."""
    if gap < 0:
        return ids, place, begins
    keep = ids != gap
    if keep.all():
        return ids, place, begins
    return ids[keep], place[keep], np.cumsum(keep)[begins] - keep[begins]
