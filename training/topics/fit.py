"""Fit the linear model: tf-idf of words and pairs beside mean word vectors, folded into one table at the end.

A story's vector is the sum of its words' vectors, each times its tf-idf weight, so a linear model on it is linear in
the words: `weights[word] += vector[word] @ coefficients`. What ships is that table, without the vectors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from pipeline.mediatopics.features import Floats, Terms
from pipeline.mediatopics.words import ALONE

REGULARISATION = 3.0
"""Inverse strength, as scikit-learn counts it."""
WIRE_SHARE = np.array([8, 2, 1, 22, 2, 3, 1, 2, 1, 3, 15, 2, 10, 3, 16, 7, 2], dtype=np.float32) / 100
"""What we take for each topic's share of a general wire, in code order, as a story's foremost subject: an editor's
estimate, not a measurement. Crime, disaster and health stand in many more stories, as the second subject of another
desk's. The training texts have other shares, so the scores are moved part of the way."""
WIRE_PULL = 0.75
WEB_SHARE = np.array([20, 3, 1, 6, 6, 6, 9, 8, 1, 18, 6, 4, 6, 16, 4, 1, 1], dtype=np.float32) / 116
"""The same estimate for headlines that stand alone, which are more often those of a web magazine."""
WEB_PULL = 0.5

ALONE_IDF = 8.0
"""That a headline stands alone weighs as much as a rare word, though a third of the training texts are such."""

AXES = 160
SPREAD = 2.0
"""The two halves are brought to one spread of scores each, so that neither drowns the other."""


def vocabulary_of(
    texts: Sequence[Sequence[str]], more: Sequence[str], least_word: int = 2, least_pair: int = 3
) -> Terms:
    """The words that stand in `least_word` texts or in `more`, the pairs in `least_pair` texts, and their idf."""
    texts_with: Counter[str] = Counter()
    for text in texts:
        texts_with.update(set(text))
    words = sorted({word for word, count in texts_with.items() if count >= least_word} | set(more))
    number = {word: at for at, word in enumerate(words)}
    pair_count: Counter[int] = Counter()
    for text in texts:
        ids = [number.get(word, -1) for word in text]
        pair_count.update({a * len(words) + b for a, b in pairwise(ids) if a >= 0 and b >= 0})
    pairs = np.array(sorted(key for key, count in pair_count.items() if count >= least_pair), dtype=np.int64)
    counts = [texts_with[word] for word in words] + [pair_count[int(key)] for key in pairs]
    idf = np.log((len(texts) + 1) / (np.array(counts) + 1)) + 1
    if ALONE in number:
        idf[number[ALONE]] = ALONE_IDF
    return Terms(words, pairs, idf.astype(np.float32))


def matrix(terms: Terms, texts: Sequence[Sequence[str]]) -> sp.csr_matrix:
    """Texts x terms."""
    counted = terms.count(texts)
    return sp.csr_matrix((counted.value, counted.term, counted.start), shape=(len(texts), len(terms)))


def centred(vectors: Floats, terms: Terms) -> Floats:
    """Word vectors less their mean, on their first principal axes, with rows of zeros for pairs: terms x AXES."""
    vectors = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    vectors = vectors @ axes[:, -AXES:]
    if ALONE in terms.numbers:
        vectors[terms.numbers[ALONE]] = 0.0
    return np.vstack([vectors, np.zeros((len(terms.pairs), vectors.shape[1]), dtype=np.float32)])


@dataclass(frozen=True, slots=True)
class Fitted:
    """A table of scores, terms x topics, and the bias."""

    weights: Floats
    bias: Floats

    def scores(self, x: sp.csr_matrix) -> Floats:
        return np.asarray(x @ self.weights + self.bias, dtype=np.float32)


def fit(
    x: sp.csr_matrix, vectors: Floats, topic: npt.NDArray[np.int64], weight: Floats, topics: int, alone: int
) -> Fitted:
    """Two multinomial logistic regressions, on tf-idf and on vectors, added up.

    Fitted apart, neither leans on the other: fitted as one, the words of the training texts explain them so well that
    little is learnt for words that are not in them. Rare topics weigh more, by the root of the imbalance. `alone` is
    the number of the term `ALONE`.
    """
    mass = np.bincount(topic, weights=weight, minlength=topics)
    balance = np.sqrt(mass.sum() / topics / np.maximum(mass, 1.0))
    dense = np.asarray(x @ vectors, dtype=np.float32)
    table = np.zeros((x.shape[1], topics), dtype=np.float32)
    bias = np.zeros(topics, dtype=np.float32)
    for features, fold in ((x, None), (dense, vectors)):
        regression = LogisticRegression(C=REGULARISATION, max_iter=200, tol=1e-3)
        regression.fit(features, topic, sample_weight=weight * balance[topic])
        if len(regression.classes_) != topics:
            raise ValueError("Some topic has no training text.")
        coefficients = regression.coef_.astype(np.float32)
        coefficients -= coefficients.mean(axis=0)
        intercept = regression.intercept_.astype(np.float32) - regression.intercept_.mean()
        spread = float(np.std(features @ coefficients.T + intercept)) / SPREAD
        table += (coefficients.T if fold is None else fold @ coefficients.T) / spread
        bias += intercept / spread
    trained = np.sqrt(mass) / np.sqrt(mass).sum()
    marked = x[:, alone].data
    if len(marked):
        table[alone] += WEB_PULL * np.log(WEB_SHARE / WIRE_SHARE) / marked.mean()
    return Fitted(table, bias + WIRE_PULL * np.log(WIRE_SHARE / trained).astype(np.float32))
