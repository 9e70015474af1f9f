"""Trains the name model and writes `pipeline/tags/data/names.npz`.

A linear-chain conditional random field over the tokens and features that tagging uses (`pipeline.tags.features`),
fitted by python-crfsuite (L-BFGS with L1 and L2 penalties). The L1 penalty leaves a few ten thousand weights, stored as
16-bit floats. Same sources, same seed, same weights.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pycrfsuite

from training.tags.corpora import KINDS, Sample
from training.tags.extractor import Extractor

LABELS = ["O", *(f"{side}-{kind}" for kind in KINDS for side in "BI")]


def train(
    samples: Iterable[Sample], extractor: Extractor, c1: float, c2: float, iterations: int, log: bool = False
) -> dict[str, np.ndarray]:
    """Fit the model; the arrays of `names.npz`, without the version."""
    trainer = pycrfsuite.Trainer(verbose=log)
    trainer.set_params({"c1": c1, "c2": c2, "max_iterations": iterations, "feature.possible_transitions": True})
    for sample in samples:
        raws, labels = sample.labelled()
        if raws:
            trainer.append(pycrfsuite.ItemSequence(extractor.features(raws)), labels)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "names.crfsuite")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        info = tagger.info()
        tagger.close()
    column = {label: i for i, label in enumerate(LABELS)}
    names = sorted({name for name, _ in info.state_features})
    row = {name: i for i, name in enumerate(names)}
    weights = np.zeros((len(names), len(LABELS)), np.float16)
    for (name, label), value in info.state_features.items():
        weights[row[name], column[label]] = value
    transitions = np.zeros((len(LABELS), len(LABELS)), np.float32)
    for (a, b), value in info.transitions.items():
        transitions[column[a], column[b]] = value
    for a in LABELS:  # never seen, never allowed: an I without its B
        for b in LABELS:
            if b.startswith("I-") and a[2:] != b[2:]:
                transitions[column[a], column[b]] = -1000
    return {
        "features": np.frombuffer("\n".join(names).encode(), np.uint8),
        "weights": weights,
        "transitions": transitions,
        "labels": np.frombuffer("\n".join(LABELS).encode(), np.uint8),
    }
