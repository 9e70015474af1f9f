"""Texts as arrays of tokens: the form in which the name model and the keywords read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.tags.tokens import is_level, level
from pipeline.tags.vocabulary import MOST, PAD, Vocabulary

Ints = npt.NDArray[np.int64]
GAP = f" {PAD} {PAD} "
BETWEEN = GAP.encode()


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


def read(texts: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Reading:
    """Texts, each given as paragraphs, as arrays; offsets count in the paragraphs joined by one blank line."""
    if len(vocabulary) > MOST:
        vocabulary.clear()
    lengths = np.fromiter((len(p) for paragraphs in texts for p in paragraphs), np.int64)
    data = BETWEEN.join(_level(paragraphs) for paragraphs in texts if paragraphs)
    data = b"".join((BETWEEN[1:], data, BETWEEN[:-1]))
    codes = np.frombuffer(data, np.uint8)
    blanks = (codes == ord(" ")).nonzero()[0]
    starts, ends = np.append(0, blanks + 1), np.append(blanks, len(data))
    kept = (ends > starts).nonzero()[0]  # runs of blanks have nothing between them
    starts, ends = starts[kept], ends[kept]
    place = starts
    if len(data) != lengths.sum() + len(BETWEEN) * (len(lengths) + 1) - 2:  # some characters are several bytes
        place = starts - np.cumsum(codes & 0xC0 == 0x80)[starts]
    counts = np.fromiter(map(len, texts), np.int64, len(texts))
    owners = np.repeat(np.arange(len(texts)), counts)
    room = np.cumsum(lengths + len(BETWEEN))
    at = room - lengths - 1  # where paragraphs begin in all this
    begins = np.searchsorted(place, at)
    bases = np.cumsum(lengths + 2) - lengths - 2
    shift = bases - bases[(np.cumsum(counts) - counts)[owners]] - at
    segment = np.zeros(len(starts), np.int64)
    segment[begins[1:]] = 1
    return Reading(vocabulary.numbers(data, starts, ends), place, begins, shift, np.cumsum(segment), owners)


def _level(paragraphs: Sequence[str]) -> bytes:
    text = GAP.join(paragraphs)
    return (text if is_level(text) else GAP.join(map(level, paragraphs))).encode()
