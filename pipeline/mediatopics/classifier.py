"""From words to Media Topics: scores, calibrated confidences, and the terms that decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log

import numpy as np

from pipeline.mediatopics import vocabulary
from pipeline.mediatopics.features import Counted, Floats
from pipeline.mediatopics.modelfile import Model
from pipeline.model import MediaTopic
from pipeline.vocabulary.entries import Nudge

EVIDENCE_TERMS = 6
MOST_TOPICS = 3

NARROW_CONFIDENCE = 0.5
NARROW_TERMS = 2
"""A narrower topic needs this many terms that speak for it, each at least `NARROW_SPOKE`: one word is no evidence."""
NARROW_SPOKE = 0.05


def calibrated(scores: Floats, scale: Floats, shift: Floats) -> Floats:
    """Platt's curve over the log odds of each topic against all others: stories x topics, each 0 to 1."""
    power = np.exp(scores - scores.max(axis=1, keepdims=True))
    share = np.clip(power / power.sum(axis=1, keepdims=True), 1e-6, 1.0 - 1e-6)
    odds = np.log(share / (1.0 - share))
    return np.asarray(1.0 / (1.0 + np.exp(-(scale * odds + shift))), dtype=np.float32)


def nudged(confidence: float, code: str, nudge: Nudge) -> float:
    """A confidence after what a desk's rules add to its log odds; 0 where they forbid the topic."""
    if code in nudge.forbid:
        return 0.0
    add = nudge.add.get(code, 0.0)
    if not add:
        return confidence
    sure = min(max(confidence, 1e-6), 1.0 - 1e-6)
    return 1.0 / (1.0 + exp(-(log(sure / (1.0 - sure)) + add)))


def boosted(code: str, nudge: Nudge | None) -> list[list[object]]:
    """The evidence of a boost: the words that gave it, and what was added."""
    if nudge is None or nudge.add.get(code, 0.0) <= 0.0:
        return []
    words = ", ".join(dict.fromkeys(nudge.why.get(code, []))) or "always"
    return [[f"rule: {words}", round(nudge.add[code], 3)]]


class Classifier:
    """A linear model over words and word pairs, one score for each top-level topic."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._names = [vocabulary.topics()[code].name for code in model.codes]
        below = model.narrow
        self._narrow_row = np.full(len(model.terms), -1, dtype=np.int64)
        self._narrow_row[below.terms] = np.arange(len(below.terms))
        tops = [vocabulary.broader(code)[-1] for code in below.codes]
        self._narrow_of = {top: np.array([at for at, own in enumerate(tops) if own == top]) for top in set(tops)}
        self._narrow_weights = {
            top: np.ascontiguousarray(below.weights[:, columns]) for top, columns in self._narrow_of.items()
        }

    def scores(self, counted: Counted) -> Floats:
        """Stories x topics: the uncalibrated scores."""
        model = self.model
        weighted = model.weights[counted.term] * counted.value[:, None]
        total = np.zeros((len(counted.start) - 1, len(model.codes)), dtype=np.float32)
        filled = np.flatnonzero(np.diff(counted.start))
        if len(filled):
            total[filled] = np.add.reduceat(weighted, counted.start[filled], axis=0)
        total += model.bias
        return total

    def confidences(self, scores: Floats) -> Floats:
        """Stories x topics: the calibrated probability that the topic fits, each on its own."""
        return calibrated(scores, self.model.scale, self.model.shift)

    def best(
        self, batch: Sequence[Sequence[str]], numbers: Sequence[Mapping[str, int]] | None = None
    ) -> list[tuple[str, float]]:
        """The likeliest topic of each story and its confidence, however doubtful; no qcode where no word is known."""
        counted = self.model.terms.count(batch, numbers)
        confidences = self.confidences(self.scores(counted))
        known = np.diff(counted.start) > 0
        return [
            (self.model.codes[topic], float(row[topic])) if words else ("", 0.0)
            for row, topic, words in zip(confidences, confidences.argmax(axis=1), known, strict=True)
        ]

    def classify(
        self,
        batch: Sequence[Sequence[str]],
        numbers: Sequence[Mapping[str, int]] | None = None,
        nudges: Sequence[Nudge | None] | None = None,
    ) -> list[list[MediaTopic]]:
        """The topics of each story, best first; an empty list where the best is too doubtful.

        `nudges`, one for each story, are what a desk's rules change about its topics.
        """
        counted = self.model.terms.count(batch, numbers)
        confidences = self.confidences(self.scores(counted))
        if nudges is not None:
            for row, nudge in zip(confidences, nudges, strict=True):
                if nudge is not None:
                    row[:] = [nudged(c, code, nudge) for c, code in zip(row.tolist(), self.model.codes, strict=True)]
        order = np.argsort(-confidences, axis=1, kind="stable")[:, :MOST_TOPICS]
        return [
            self._topics(counted, story, confidences[story], order[story], nudges[story] if nudges else None)
            for story in range(len(batch))
        ]

    def _topics(
        self, counted: Counted, story: int, confidence: Floats, order: Sequence[int], nudge: Nudge | None
    ) -> list[MediaTopic]:
        begin, end = counted.start[story], counted.start[story + 1]
        if begin == end or confidence[order[0]] < self.model.threshold:
            return []
        chosen: list[MediaTopic] = []
        for place, topic in enumerate(order):
            sure = float(confidence[topic])
            if place and sure < self.model.also:
                break
            code = self.model.codes[topic]
            evidence = boosted(code, nudge) + self._evidence(counted, int(begin), int(end), int(topic))
            chosen.append(_topic(code, self._names[topic], sure, evidence[:EVIDENCE_TERMS]))
            narrower = self._narrower(code, sure, counted, int(begin), int(end), nudge)
            if narrower is not None:
                chosen.append(narrower)
        return chosen

    def _narrower(
        self, top: str, sure: float, counted: Counted, begin: int, end: int, nudge: Nudge | None
    ) -> MediaTopic | None:
        """The one topic below `top` that stands out, or None; its confidence includes that of `top`."""
        columns = self._narrow_of.get(top)
        if columns is None:
            return None
        below = self.model.narrow
        rows = self._narrow_row[counted.term[begin:end]]
        known = rows >= 0
        weights = self._narrow_weights[top][rows[known]]
        value = counted.value[begin:end][known]
        scores = value @ weights + below.bias[columns]
        power = np.exp(scores - scores.max())
        share = sure * power / power.sum()
        if nudge is not None:
            share = np.array([nudged(s, below.codes[at], nudge) for s, at in zip(share.tolist(), columns, strict=True)])
        best = int(share.argmax())
        confidence = min(sure, float(share[best]))
        if confidence < NARROW_CONFIDENCE:
            return None
        spoke = weights[:, best] * value
        reasons = boosted(below.codes[columns[best]], nudge)
        if not reasons and np.count_nonzero(spoke > NARROW_SPOKE) < NARROW_TERMS:
            return None
        terms = counted.term[begin:end][known]
        name = self.model.terms.name
        heaviest = np.argsort(-spoke, kind="stable")[:EVIDENCE_TERMS]
        evidence: list[list[object]] = [
            [name(int(terms[at])), round(float(spoke[at]), 3)] for at in heaviest if spoke[at] > 0
        ]
        code = below.codes[columns[best]]
        return _topic(code, vocabulary.topics()[code].name, confidence, (reasons + evidence)[:EVIDENCE_TERMS])

    def _evidence(self, counted: Counted, begin: int, end: int, topic: int) -> list[list[object]]:
        """The terms that spoke for a topic, heaviest first, with what each added to the score."""
        terms = counted.term[begin:end]
        share = self.model.weights[terms, topic] * counted.value[begin:end]
        heaviest = np.argsort(-share, kind="stable")[:EVIDENCE_TERMS]
        name = self.model.terms.name
        return [[name(int(terms[at])), round(float(share[at]), 3)] for at in heaviest if share[at] > 0]


def _topic(qcode: str, name: str, confidence: float, evidence: list[list[object]]) -> MediaTopic:
    return {
        "qcode": qcode,
        "name": name,
        "confidence": round(confidence, 3),
        "evidence": evidence,
        "broader": vocabulary.broader(qcode),
    }
