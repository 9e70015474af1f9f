"""From words to Media Topics: scores, calibrated confidences, and the terms that decided, for a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.mediatopics import vocabulary
from pipeline.mediatopics.evidence import EVIDENCE_TERMS, asked, heaviest
from pipeline.mediatopics.features import Counted, Floats
from pipeline.mediatopics.modelfile import Model
from pipeline.mediatopics.narrower import Narrower
from pipeline.mediatopics.nudging import boosted, nudged
from pipeline.model import MediaTopic
from pipeline.vocabulary.entries import Nudge

MOST_TOPICS = 3


def calibrated(scores: Floats, scale: Floats, shift: Floats) -> Floats:
    """Platt's curve over the log odds of each topic against all others: stories x topics, each 0 to 1."""
    power = np.exp(scores - scores.max(axis=1, keepdims=True))
    share = np.clip(power / power.sum(axis=1, keepdims=True), 1e-6, 1.0 - 1e-6)
    odds = np.log(share / (1.0 - share))
    return np.asarray(1.0 / (1.0 + np.exp(-(scale * odds + shift))), dtype=np.float32)


class Classifier:
    """A linear model over words and word pairs, one score for each top-level topic."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._narrower = Narrower(model)
        self._enough = np.full(min(MOST_TOPICS, len(model.codes)), model.also, np.float32)
        self._enough[0] = model.threshold

    def scores(self, counted: Counted) -> Floats:
        """Stories x topics: the uncalibrated scores."""
        model = self.model
        weighted = model.weights.take(counted.term, 0)
        weighted *= counted.value[:, None]
        total = np.zeros((len(counted.start) - 1, len(model.codes)), dtype=np.float32)
        filled = (counted.start[1:] > counted.start[:-1]).nonzero()[0]
        if len(filled):
            total[filled] = np.add.reduceat(weighted, counted.start[filled], axis=0)
        total += model.bias
        return total

    def confidences(self, scores: Floats) -> Floats:
        """Stories x topics: the calibrated probability that the topic fits, each on its own."""
        return calibrated(scores, self.model.scale, self.model.shift)

    def best(self, batch: Sequence[bytes]) -> list[tuple[str, float]]:
        """The likeliest topic of each story and its confidence, however doubtful; no qcode where no word is known.

        Stories are given as `pipeline.mediatopics.words.plain` makes them, here and below.
        """
        counted = self.model.terms.count_plain(batch)
        confidences = self.confidences(self.scores(counted))
        known = counted.start[1:] > counted.start[:-1]
        return [
            (self.model.codes[topic], float(row[topic])) if words else ("", 0.0)
            for row, topic, words in zip(confidences, confidences.argmax(axis=1), known, strict=True)
        ]

    def classify(self, batch: Sequence[bytes], nudges: Sequence[Nudge | None] | None = None) -> list[list[MediaTopic]]:
        """The topics of each story, best first; an empty list where the best is too doubtful.

        `nudges`, one for each story, are what a desk's rules change about its topics.
        """
        model = self.model
        counted = model.terms.count_plain(batch)
        confidences = self.confidences(self.scores(counted))
        changed = {at: nudge for at, nudge in enumerate(nudges or ()) if nudge is not None}
        for at, nudge in changed.items():
            row = confidences[at].tolist()
            confidences[at] = [nudged(sure, code, nudge) for sure, code in zip(row, model.codes, strict=True)]
        order = (-confidences).argsort(axis=1, kind="stable")[:, :MOST_TOPICS]
        ordered = confidences[np.arange(len(order))[:, None], order]
        chosen = ordered >= self._enough
        chosen[:, 0] &= counted.start[1:] > counted.start[:-1]
        chosen &= chosen[:, :1]  # the others only beside a best one, and as they come in order none is left out
        stories, places = chosen.nonzero()
        tops, sure = order[stories, places], ordered[stories, places]
        terms = asked(counted, stories)
        spoke = model.weights[counted.term[terms.at], tops[terms.question]] * counted.value[terms.at]
        evidence = heaviest(model.terms, counted, terms, spoke)
        below = self._narrower.find(counted, stories, tops, sure, changed)
        out: list[list[MediaTopic]] = [[] for _ in batch]
        for question, (story, top, confidence) in enumerate(
            zip(stories.tolist(), tops.tolist(), sure.tolist(), strict=True)
        ):
            code = model.codes[top]
            reasons = boosted(code, changed.get(story))
            out[story].append(_topic(code, confidence, reasons + evidence[question]))
            narrow = below.get(question)
            if narrow is not None:
                out[story].append(_topic(narrow.code, narrow.confidence, narrow.evidence))
        return out


def _topic(qcode: str, confidence: float, evidence: list[list[object]]) -> MediaTopic:
    return {
        "qcode": qcode,
        "name": vocabulary.topics()[qcode].name,
        "confidence": round(confidence, 3),
        "evidence": evidence[:EVIDENCE_TERMS],
        "broader": vocabulary.broader(qcode),
    }
