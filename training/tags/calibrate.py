"""How often a name is right that the model gives with so much certainty: measured on texts that it has not seen.

The model's own probability is too sure. So a model is trained that has not seen a third of WikiGold and Wikinews, and
on that third the log odds of each name given are held against whether it is right to the letter and in kind. For each
kind Platt's curve (Platt 1999) is fitted to that: confidence = 1 / (1 + exp(-(scale * log odds + shift))).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from pipeline.model import Story
from pipeline.tags.aliases import CAUGHT
from pipeline.tags.resolve import TYPES
from pipeline.tags.sequence import SUREST
from pipeline.tags.tagger import Tagger
from pipeline.tags.weights import Weights
from training.tags import corpora
from training.tags.corpora import Sample
from training.tags.folds import Fold

HELD_OUT = Fold(0, 3)
_FLAT = 0.1
"""A scale so small that three digits of the confidence tell the log odds."""
Arrays = dict[str, np.ndarray]


def curve(fit: Callable[[Fold], Arrays], data: Path, labels: list[str]) -> np.ndarray:
    """[label, scale and shift]. `fit` trains a model without a part of the texts."""
    odds: dict[str, list[float]] = defaultdict(list)
    right: dict[str, list[bool]] = defaultdict(list)
    flat = np.tile(np.array([_FLAT, 0.0], np.float32), (len(labels), 1))
    tagger = Tagger(Weights.of({**fit(HELD_OUT), "curve": flat, "version": np.zeros(0, np.uint8)}))
    for source in (corpora.labelled_sentences(data, ("wikigold",)), corpora.wikinews(data)):
        for kind, confidence, is_right in _answers(tagger, HELD_OUT.held(source)):
            odds[kind].append(float(np.log(confidence / (1 - confidence))) / _FLAT)
            right[kind].append(is_right)
    out = np.tile(np.array([1.0, 0.0], np.float32), (len(labels), 1))
    for kind, values in odds.items():
        capped = np.minimum(values, SUREST)[:, None]
        fitted = LogisticRegression(C=1e6).fit(capped, right[kind])
        for at, label in enumerate(labels):
            if label[2:] == kind:
                out[at] = np.round((fitted.coef_[0, 0], fitted.intercept_[0]), 3)
    return out


def _answers(tagger: Tagger, samples: list[Sample]) -> list[tuple[str, float, bool]]:
    """Kind, confidence, and whether right, of the names that the model finds in texts."""
    kinds = {tag_type: kind for kind, tag_type in TYPES.items()}
    stories = [
        Story(id="", source="", format="text", paragraphs=[s.text], language="en", language_confidence=1.0)
        for s in samples
    ]
    return [
        (kinds[tag["type"]], tag["confidence"], (tag["start"], tag["end"], kinds[tag["type"]]) in sample.spans)
        for sample, tags in zip(samples, tagger.tags(stories), strict=True)
        for tag in tags
        if tag["type"] in kinds and tag["field"] == "text" and tag["confidence"] != CAUGHT  # no word of the model's
    ]
