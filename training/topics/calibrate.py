"""Turn scores into probabilities, on texts that the scores were not fitted on (Platt, 1999; Niculescu-Mizil, 2005)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from pipeline.mediatopics.classifier import calibrated
from pipeline.mediatopics.features import Floats
from training.topics import fit
from training.topics.sources import Example

FOLDS = 3
THRESHOLD = 0.85
ALSO = 0.25


@dataclass(frozen=True, slots=True)
class Platt:
    """Scale and shift of the curve for each topic; see `pipeline.mediatopics.classifier.calibrated`."""

    scale: Floats
    shift: Floats

    def confidences(self, scores: Floats) -> Floats:
        return calibrated(scores, self.scale, self.shift)


def held_out_scores(
    x: sp.csr_matrix,
    vectors: Floats,
    topic: npt.NDArray[np.int64],
    weight: Floats,
    fold: npt.NDArray[np.int64],
    topics: int,
    alone: int,
) -> Floats:
    """The score of each text by a model that was fitted without its fold."""
    scores = np.zeros((x.shape[0], topics), dtype=np.float32)
    for held in range(FOLDS):
        train = fold != held
        fitted = fit.fit(x[train], vectors, topic[train], weight[train], topics, alone)
        scores[~train] = fitted.scores(x[~train])
    return scores


def platt(scores: Floats, examples: Sequence[Example], number: Mapping[str, int]) -> Platt:
    """Fit scale and shift per topic, the texts weighed part of the way to each topic's share of a wire.

    The training texts hold far more of the rare topics than a wire does, and would make the curves too sure of them.
    """
    fits = np.zeros(scores.shape, dtype=bool)
    for row, example in enumerate(examples):
        fits[row, [number[code] for code in example.topics]] = True
    power = np.exp(scores - scores.max(axis=1, keepdims=True))
    share = np.clip(power / power.sum(axis=1, keepdims=True), 1e-6, 1 - 1e-6)
    odds = np.log(share / (1 - share))
    scale, shift = np.ones(len(number), np.float32), np.zeros(len(number), np.float32)
    weight = np.array([example.weight for example in examples])
    foremost = np.array([number[example.topics[0]] for example in examples])
    mass = np.bincount(foremost, weights=weight, minlength=len(number))
    weight = weight * np.sqrt(fit.WIRE_SHARE * mass.sum() / mass)[foremost]
    for at in range(len(number)):
        curve = LogisticRegression(C=100.0).fit(odds[:, [at]], fits[:, at], sample_weight=weight)
        scale[at], shift[at] = curve.coef_[0, 0], curve.intercept_[0]
    return Platt(scale, shift)


def report(scores: Floats, curve: Platt, examples: Sequence[Example], number: Mapping[str, int]) -> Iterator[str]:
    """Accuracy by source, and coverage and precision at the threshold, on the held-out texts: one line a source."""
    confidences = curve.confidences(scores)
    best = confidences.argmax(axis=1)
    right = np.array([best[row] in {number[code] for code in e.topics} for row, e in enumerate(examples)])
    sure = confidences.max(axis=1) >= THRESHOLD
    for source in sorted({e.source for e in examples}):
        of = np.array([e.source == source for e in examples])
        answered = of & sure
        yield (
            f"{source:20} held out: {right[of].mean():.3f} right; "
            f"{answered.sum() / of.sum():.3f} answered with precision {right[answered].mean():.3f}"
        )
