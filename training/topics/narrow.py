"""The narrower topics below each top-level one: a model of its own for each, over the words of our own writing.

Which narrower topics there are is decided by what our exemplars and lexicons mark with `# deep:` or a line's code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from pipeline.mediatopics import vocabulary
from pipeline.mediatopics.modelfile import Narrow
from training.topics.sources import Example

LEAST_TEXTS = 6
LEAST_WEIGHT = 0.15
"""A smaller weight tells nothing and is left out."""
REGULARISATION = 20.0
FOLDS = 4
SOURCES = ("own", "lexicon")


def fit(x: sp.csr_matrix, examples: Sequence[Example]) -> tuple[Narrow, list[str]]:
    """The model of narrower topics, and a line about each top-level topic: how often its held-out texts were right."""
    marked = [
        row
        for row, example in enumerate(examples)
        if example.source in SOURCES and example.deeper and example.deeper != example.topics[0]
    ]
    counts = Counter((examples[row].topics[0], examples[row].deeper) for row in marked)
    codes: list[str] = []
    columns: list[npt.NDArray[np.float32]] = []
    bias: list[float] = []
    report = []
    for top in vocabulary.TOP:
        own = sorted(code for (above, code), count in counts.items() if above == top and count >= LEAST_TEXTS)
        if len(own) < 2:
            continue
        rows = np.array([r for r in marked if examples[r].topics[0] == top and examples[r].deeper in own])
        topic = np.array([own.index(examples[r].deeper) for r in rows])
        scores = _held_out(x[rows], topic, len(own))
        texts = np.array([examples[r].source == "own" for r in rows])
        right = (scores.argmax(axis=1) == topic)[texts].mean() if texts.any() else float("nan")
        report.append(f"{top} {len(own)} narrower topics, held-out texts {right:.3f} right")
        table, intercept = _weights(x[rows], topic, len(own))
        codes += own
        columns += list(table)
        bias += list(intercept)
    weights = np.array(columns).T
    weights[np.abs(weights) < LEAST_WEIGHT] = 0.0
    used = np.flatnonzero(np.abs(weights).sum(axis=1))
    return Narrow(tuple(codes), used.astype(np.int64), weights[used], np.array(bias, dtype=np.float32)), report


def _weights(
    x: sp.csr_matrix, topic: npt.NDArray[np.int64], topics: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Topics x terms, and the bias; a topic that no text has gets none."""
    table = np.zeros((topics, x.shape[1]), dtype=np.float32)
    bias = np.full(topics, -9.0, dtype=np.float32)
    regression = LogisticRegression(C=REGULARISATION, max_iter=200, tol=1e-3).fit(x, topic)
    if len(regression.classes_) == 2:
        table[regression.classes_] = np.vstack([-regression.coef_, regression.coef_]) / 2
        bias[regression.classes_] = np.concatenate([-regression.intercept_, regression.intercept_]) / 2
    else:
        table[regression.classes_], bias[regression.classes_] = regression.coef_, regression.intercept_
    return table, bias


def _held_out(x: sp.csr_matrix, topic: npt.NDArray[np.int64], topics: int) -> npt.NDArray[np.float32]:
    fold = np.arange(len(topic)) % FOLDS
    scores = np.zeros((len(topic), topics), dtype=np.float32)
    for held in range(FOLDS):
        table, bias = _weights(x[fold != held], topic[fold != held], topics)
        scores[fold == held] = x[fold == held] @ table.T + bias
    return scores
