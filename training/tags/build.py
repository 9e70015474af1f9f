"""Builds everything that ships with the tagger from its sources: word lists, gazetteer, name model.

    wire train tags, or: python -m training.tags.build [--data ../shared/data]

Needs the packages of the extra `train`. Takes some minutes on one core. The version, stamped on every story, holds a
digest of all that was built, so that it changes whenever any of it does.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path

import numpy as np
import zstandard

from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.weights import Weights
from training.tags import augment, calibrate, corpora, foreign, gazetteer, lexicons
from training.tags.corpora import Sample
from training.tags.extractor import Extractor
from training.tags.folds import Fold
from training.tags.train import LABELS, train

NAME = "tags-crf-2"
SEED = 5
ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "pipeline" / "tags" / "data"
LISTS = ("words.json.zst", "places.json.zst", "foreign.json.zst")


def samples(
    data: Path, names: augment.Names, places: Gazetteer, left_out: str = "", fold: Fold | None = None
) -> list[Sample]:
    """The training set: the corpora, the same with names swapped, some in capitals, and filled tables.

    `left_out` names a corpus to do without; `fold` leaves a part of WikiGold and Wikinews out, to measure on.
    """
    gold = corpora.labelled_sentences(data, ("wikigold",)) if left_out != "wikigold" else []
    news = corpora.wikinews(data)
    if fold is not None:
        gold, news = fold.rest(gold), fold.rest(news)
    tweets = corpora.labelled_sentences(data, ("wnut17-train",)) if left_out != "wnut17-train" else []
    own = corpora.own_sentences()
    out = [*gold, *news, *tweets, *own]
    out += [augment.swapped(s, names, places) for s in gold + news]
    out += [augment.swapped(s, names, places, 0.5) for _ in range(3) for s in own]
    for sample in gold + news + own:
        if len(sample.text) < 160:
            draw = names.random.random()
            if draw < 0.15:
                out.append(augment.capitals(augment.swapped(sample, names, places)))
            elif draw < 0.42:
                out.append(augment.headline_case(augment.swapped(sample, names, places)))
    return out + augment.tables(names, 12)


def build(data: Path) -> str:
    """Write all data files; the version of what was built."""
    texts = corpora.wikinews_texts(data) + corpora.in_tens(
        corpora.labelled_sentences(data, ("wikigold", "wnut17-train")) + corpora.own_sentences()
    )
    lexicons.write(SHIPPED / "words.json.zst", texts)
    gazetteer.write(SHIPPED / "places.json.zst")
    words, places = Lexicon.load(), Gazetteer.load()
    foreign.write(SHIPPED / "foreign.json.zst", places)

    def fit(fold: Fold | None = None) -> dict[str, np.ndarray]:
        return _fit(samples(data, augment.Names(SEED, words, places), places, fold=fold), words, places)

    arrays = fit()
    arrays["curve"] = calibrate.curve(fit, data, LABELS)
    version = f"{NAME}-{_digest(arrays)}"
    _write(SHIPPED / "names.npz", version, arrays)
    return version


def without(source: str, data: Path, out: Path) -> None:
    """Write to `out` a name model like the shipped one that never saw `source`, for leave-one-source-out.

    The word lists stay: they hold how rare words are in the corpora, but nothing of the labels.
    """
    words, places = Lexicon.load(), Gazetteer.load()
    training = samples(data, augment.Names(SEED, words, places), places, left_out=source)
    arrays = _fit(training, words, places)
    arrays["curve"] = Weights.load().curve
    _write(out, f"{NAME}-without-{source}", arrays)


def _fit(training: list[Sample], words: Lexicon, places: Gazetteer) -> dict[str, np.ndarray]:
    return train(training, Extractor(words, places), c1=0.08, c2=0.01, iterations=140)


def _write(path: Path, version: str, arrays: dict[str, np.ndarray]) -> None:
    np.savez_compressed(path, version=np.frombuffer(version.encode(), np.uint8), **arrays)


def _digest(arrays: dict[str, np.ndarray]) -> str:
    """Of the model and of the lists it was built with."""
    digest = hashlib.sha256(b"".join(arrays[name].tobytes() for name in sorted(arrays)))
    for name in LISTS:
        digest.update(zstandard.decompress((SHIPPED / name).read_bytes()))
    return digest.hexdigest()[:8]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="the labelled data")
    arguments = parser.parse_args()
    started = time.monotonic()
    version = build(arguments.data)
    print(f"built {version} in {time.monotonic() - started:.0f} s into {SHIPPED}", file=sys.stderr)


if __name__ == "__main__":
    main()
