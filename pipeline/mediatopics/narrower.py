"""Below a top-level topic: the one narrower topic that stands out in a story, if there is one, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.mediatopics import vocabulary
from pipeline.mediatopics.evidence import Asked, asked, heaviest
from pipeline.mediatopics.features import Counted, Floats, Ints
from pipeline.mediatopics.modelfile import Model
from pipeline.mediatopics.nudging import boosted, nudged
from pipeline.vocabulary.entries import Nudge

NARROW_CONFIDENCE = 0.5
NARROW_TERMS = 2
"""A narrower topic needs this many terms that speak for it, each at least `NARROW_SPOKE`: one word is no evidence."""
NARROW_SPOKE = 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """A narrower topic. Its confidence includes that of the topic above it."""

    code: str
    confidence: float
    evidence: list[list[object]]


class Narrower:
    """The linear models of narrower topics, one below each top-level topic that has any."""

    def __init__(self, model: Model) -> None:
        self._model = model
        below = model.narrow
        self._row = np.full(len(model.terms), -1, dtype=np.int64)
        self._row[below.terms] = np.arange(len(below.terms))
        tops = [vocabulary.broader(code)[-1] for code in below.codes]
        self._columns = {
            number: columns
            for number, top in enumerate(model.codes)
            if len(columns := np.array([at for at, own in enumerate(tops) if own == top], dtype=np.int64))
        }
        self._weights = {top: np.ascontiguousarray(below.weights[:, at]) for top, at in self._columns.items()}

    def find(
        self, counted: Counted, stories: Ints, tops: Ints, sure: Floats, nudges: Mapping[int, Nudge]
    ) -> dict[int, Found]:
        """What stands out below each of some topics of stories, by the number of the question.

        `tops` are numbers of top-level topics, `sure` their confidences; `nudges` by story are a desk's.
        """
        found: dict[int, Found] = {}
        for top in self._columns.keys() & set(tops.tolist()):
            questions = (tops == top).nonzero()[0]
            found |= self._below(top, counted, questions, stories[questions], sure[questions], nudges)
        return found

    def _below(
        self, top: int, counted: Counted, questions: Ints, stories: Ints, sure: Floats, nudges: Mapping[int, Nudge]
    ) -> dict[int, Found]:
        codes, columns, weights = self._model.narrow.codes, self._columns[top], self._weights[top]
        places = asked(counted, stories)
        row = self._row[counted.term[places.at]]
        known = (row >= 0).nonzero()[0]
        places, row = places.only(known), row[known]
        value = counted.value[places.at]
        scores = _sums(weights.take(row, 0) * value[:, None], places) + self._model.narrow.bias[columns]
        power = np.exp(scores - scores.max(axis=1, keepdims=True))
        share = sure[:, None] * power / power.sum(axis=1, keepdims=True)
        for at, story in enumerate(stories.tolist()):
            if story in nudges:
                share[at] = [
                    nudged(s, codes[c], nudges[story])
                    for s, c in zip(share[at].tolist(), columns.tolist(), strict=True)
                ]
        best = share.argmax(axis=1)
        confidence = np.minimum(sure, share[np.arange(len(share)), best])
        spoke = weights[row, best[places.question]] * value
        telling = np.bincount(places.question[spoke > NARROW_SPOKE], minlength=len(questions))
        out: dict[int, Found] = {}
        evidence: list[list[list[object]]] = []
        for at in (confidence >= NARROW_CONFIDENCE).nonzero()[0].tolist():
            code = codes[columns[best[at]]]
            reasons = boosted(code, nudges.get(int(stories[at])))
            if reasons or telling[at] >= NARROW_TERMS:
                evidence = evidence or heaviest(self._model.terms, counted, places, spoke)
                out[int(questions[at])] = Found(code, float(confidence[at]), reasons + evidence[at])
        return out


def _sums(values: Floats, places: Asked) -> Floats:
    """The sums of rows by question, zero where it has none."""
    total = np.zeros((places.questions, values.shape[1]), dtype=np.float32)
    size = np.bincount(places.question, minlength=places.questions)
    filled = size.nonzero()[0]
    if len(filled):
        total[filled] = np.add.reduceat(values, (np.cumsum(size) - size)[filled], axis=0)
    return total
