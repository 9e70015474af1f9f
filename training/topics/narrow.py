"""The narrower topics below each top-level one: a model of its own for each, over the words of our own writing.

Which narrower topics there are is decided by what our exemplars and lexicons mark with `# deep:` or a line's code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from pipeline.mediatopics import vocabulary
from pipeline.mediatopics.features import Floats
from pipeline.mediatopics.modelfile import Narrow
from training.topics.sources import LEXICON, OWN, Example

LEAST_TEXTS = 6
LEAST_TEXTS_UNLISTED = 30
"""A topic that no line of our lexicons is for needs more texts; what has fewer counts for the one above it."""
LEAST_WEIGHT = 0.3
"""A smaller weight tells nothing and is left out."""
REGULARISATION = 10.0
TFIDF_PART = 0.5
FOLDS = 4
SOURCES = (OWN, LEXICON)


def fit(x: sp.csr_matrix, vectors: Floats, examples: Sequence[Example]) -> tuple[Narrow, list[str]]:
    """The model of narrower topics, and a line about each top-level topic: how often its held-out texts were right."""
    examples = _told_apart(examples)
    marked = [
        row
        for row, example in enumerate(examples)
        if example.source in SOURCES and example.deeper and example.deeper != example.topics[0]
    ]
    counts = Counter((examples[row].topics[0], examples[row].deeper) for row in marked)
    codes: list[str] = []
    columns: list[Floats] = []
    bias: list[float] = []
    report = []
    for top in vocabulary.TOP:
        own = sorted(code for (above, code), count in counts.items() if above == top and count >= LEAST_TEXTS)
        if len(own) < 2:
            continue
        rows = np.array([r for r in marked if examples[r].topics[0] == top and examples[r].deeper in own])
        topic = np.array([own.index(examples[r].deeper) for r in rows])
        texts = [examples[r].source == OWN for r in rows]
        scores = _held_out(x[rows], vectors, topic, len(own), texts)
        right = (scores.argmax(axis=1) == topic)[texts].mean() if any(texts) else float("nan")
        report.append(f"{top} {len(own)} narrower topics, held-out texts {right:.3f} right")
        table, intercept = _weights(x[rows], vectors, topic, len(own))
        sharpness = _sharpness(scores[texts], topic[texts]) if any(texts) else 1.0
        codes += own
        columns += list(table * sharpness)
        bias += list(intercept * sharpness)
    weights = np.array(columns).T
    weights[x[marked].getnnz(axis=0) == 0] = 0.0
    weights[np.abs(weights) < LEAST_WEIGHT] = 0.0
    used = np.flatnonzero(np.abs(weights).sum(axis=1))
    return Narrow(tuple(codes), used.astype(np.int64), weights[used], np.array(bias, dtype=np.float32)), report


def _told_apart(examples: Sequence[Example]) -> list[Example]:
    """The examples, each marked with the narrowest topic that is told apart: its own, or the nearest one above."""
    marked = Counter(example.deeper for example in examples if example.source in SOURCES)
    listed = {example.deeper for example in examples if example.source == LEXICON}
    kept = {code for code, count in marked.items() if code in listed or count >= LEAST_TEXTS_UNLISTED}

    def nearest(code: str) -> str:
        return next((one for one in (code, *vocabulary.broader(code)) if one in kept), "") if code else ""

    return [replace(example, deeper=nearest(example.deeper)) for example in examples]


def _weights(x: sp.csr_matrix, vectors: Floats, topic: npt.NDArray[np.int64], topics: int) -> tuple[Floats, Floats]:
    """Topics x terms, and the bias: as at the top level, one regression on vectors and one on tf-idf, added up."""
    mass = np.bincount(topic, minlength=topics).clip(1)
    weight = mass.mean() / mass[topic]
    table = np.zeros((topics, x.shape[1]), dtype=np.float32)
    bias = np.zeros(topics, dtype=np.float32)
    for features, fold, part in ((np.asarray(x @ vectors), vectors, 1.0), (x, None, TFIDF_PART)):
        regression = LogisticRegression(C=REGULARISATION, max_iter=200, tol=1e-3)
        regression.fit(features, topic, sample_weight=weight)
        coefficients, intercept = regression.coef_, regression.intercept_
        if topics == 2:
            coefficients = np.vstack([-coefficients, coefficients]) / 2
            intercept = np.concatenate([-intercept, intercept]) / 2
        table += part * (coefficients if fold is None else coefficients @ fold.T).astype(np.float32)
        bias += part * intercept.astype(np.float32)
    return table, bias


def _sharpness(scores: Floats, topic: npt.NDArray[np.int64]) -> float:
    """The factor that makes the held-out texts likeliest: a temperature (Guo et al., 2017), from a grid."""

    def likelihood(factor: float) -> float:
        scaled = scores * factor
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        share = scaled[np.arange(len(topic)), topic] - np.log(np.exp(scaled).sum(axis=1))
        return float(share.mean())

    return max((0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0), key=likelihood)


def _held_out(x: sp.csr_matrix, vectors: Floats, topic: npt.NDArray[np.int64], topics: int, held: list[bool]) -> Floats:
    """The scores of the texts that may be held out, a quarter of them at a time; zeros for the others."""
    fold = np.where(held, np.arange(len(topic)) % FOLDS, FOLDS)
    scores = np.zeros((len(topic), topics), dtype=np.float32)
    for out in range(FOLDS):
        table, bias = _weights(x[fold != out], vectors, topic[fold != out], topics)
        scores[fold == out] = x[fold == out] @ table.T + bias
    return scores
