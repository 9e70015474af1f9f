"""Which terms decided: of each answer about a story the few that weigh most, for all answers of a batch at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.mediatopics.features import Counted, Floats, Ints, Terms

EVIDENCE_TERMS = 6
_FLOAT_BITS = 31
_KEY_BITS = 63


@dataclass(frozen=True, slots=True)
class Asked:
    """The terms of some stories, one after the other; a story may be asked about more than once."""

    at: Ints
    """Places in `Counted.term`, ascending within a question."""
    question: Ints
    """Which question each place belongs to, ascending."""
    questions: int

    def only(self, kept: Ints) -> Asked:
        """Some of the places, by their number here."""
        return Asked(self.at[kept], self.question[kept], self.questions)


def asked(counted: Counted, stories: Ints) -> Asked:
    """All terms of each story."""
    begin = counted.start[stories]
    size = counted.start[stories + 1] - begin
    question = np.repeat(np.arange(len(stories)), size)
    return Asked(np.arange(len(question)) + (begin - (np.cumsum(size) - size))[question], question, len(stories))


def heaviest(terms: Terms, counted: Counted, places: Asked, spoke: Floats) -> list[list[list[object]]]:
    """For each question up to `EVIDENCE_TERMS` pairs of a term and its share in the score, heaviest first.

    `spoke` is the share of each place; only what is above zero is evidence. Of two alike, the lower term comes first.
    """
    order = _by_weight(places, spoke)
    begins = np.searchsorted(places.question[order], np.arange(places.questions + 1))
    best = order[np.arange(len(order)) - begins[places.question[order]] < EVIDENCE_TERMS]
    out: list[list[list[object]]] = [[] for _ in range(places.questions)]
    for question, term, share in zip(
        places.question[best].tolist(),
        counted.term[places.at[best]].tolist(),
        (np.rint(spoke[best] * np.float64(1000)) / 1000).tolist(),
        strict=True,
    ):
        out[question].append([terms.name(term), share])
    return out


def _by_weight(places: Asked, spoke: Floats) -> Ints:
    """The numbers of the places that spoke for their answer, by question, then weight."""
    found = (spoke > 0).nonzero()[0]
    room = len(spoke).bit_length()
    if places.questions.bit_length() + _FLOAT_BITS + room > _KEY_BITS:
        return found[np.lexsort((-spoke[found], places.question[found]))]
    # one number says it all, for the bits of positive floats order as they do; plain numbers sort ten times faster
    light = (1 << _FLOAT_BITS) - 1 - np.asarray(spoke[found], np.float32).view(np.int32).astype(np.int64)
    keys = (places.question[found] << _FLOAT_BITS | light) << room | found
    return np.sort(keys) & (1 << room) - 1
