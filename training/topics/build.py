"""Build the shipped topics model from its sources: `wire train topics`, or `python -m training.topics.build`.

The same sources, packages and processor give the same bytes; another processor's arithmetic may move the last digits of
a weight, and so the version's digest, but not the figures. Prints what came from where and how well it does on held-out
texts of those same sources; `wire eval topics` measures it on text of other kinds.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from threadpoolctl import threadpool_limits

from pipeline.mediatopics import modelfile, vocabulary
from pipeline.mediatopics.features import Floats, Terms
from pipeline.mediatopics.words import ALONE
from training.topics import calibrate, combined, fit, narrow, sources
from training.topics.encoder import Encoder

NAME = "mediatopics-linear"


def word_vectors(words: Sequence[str], more: Path | None) -> Floats:
    """Words x 384. `more` names a file that keeps them between runs."""
    known: dict[str, npt.NDArray[np.float16]] = {}
    if more is not None and more.exists():
        with np.load(more) as kept:
            known = dict(zip(kept["words"].tobytes().decode().split("\n"), kept["vectors"], strict=True))
    missing = [word for word in words if word not in known]
    if missing:
        known |= dict(zip(missing, Encoder().encode(missing).astype(np.float16), strict=True))
        if more is not None:
            np.savez(more, words=modelfile.pack_words(list(known)), vectors=np.array(list(known.values())))
    return np.array([known[word] for word in words], dtype=np.float32)


def gather(shared: Path | None) -> list[sources.Example]:
    """Every example of every source at hand."""
    examples = [*sources.own(), *sources.bags(), *sources.iptc()]
    if shared is not None:
        examples += [*sources.huffpost(shared), *sources.wikinews(shared)]
    examples = [example for example in examples if example.words]
    folds = np.random.default_rng(7).integers(0, calibrate.FOLDS, len(examples)).tolist()
    examples = [replace(example, fold=fold) for example, fold in zip(examples, folds, strict=True)]
    return [*examples, *combined.stories(examples)]


def write(
    path: Path, terms: Terms, fitted: fit.Fitted, platt: calibrate.Platt, below: modelfile.Narrow, card: dict[str, Any]
) -> str:
    """Write the model file; returns its version, which holds a digest of what is in it."""
    first, second = np.divmod(terms.pairs, len(terms.words))
    parts: dict[str, npt.NDArray[Any]] = {
        "words": modelfile.pack_words(list(terms.words)),
        "first": first.astype(np.int32),
        "second": second.astype(np.int32),
        "idf": terms.idf.astype(np.float16),
        "weights": fitted.weights.astype(np.float16),
        "bias": fitted.bias,
        "scale": platt.scale,
        "shift": platt.shift,
        "narrow_terms": below.terms.astype(np.int32),
        "narrow_weights": below.weights.astype(np.float16),
        "narrow_bias": below.bias,
    }
    digest = hashlib.sha256(b"".join(part.tobytes() for part in parts.values())).hexdigest()[:8]
    card["version"] = f"{NAME}-{modelfile.FORMAT}-{digest}"
    parts["card"] = np.frombuffer(orjson.dumps(card), dtype=np.uint8)
    with path.open("wb") as out:
        np.savez_compressed(out, **parts)  # type: ignore[arg-type]
    return str(card["version"])


def build(examples: Sequence[sources.Example], out: Path, vectors: Path | None, say: Callable[[str], None]) -> str:
    """Fit everything and write the model file `out`; returns its version. `vectors` keeps word vectors between runs."""
    counts = Counter(example.source for example in examples)
    for source, count in counts.items():
        say(f"{source:20} {count:6} texts, {sum(len(e.words) for e in examples if e.source == source):8} words")
    # One thread: the products are small, and on a busy machine the threads of a numerics library wait for each other.
    with threadpool_limits(1):
        encoder = Encoder()
        texts = [example.words for example in examples]
        terms = fit.vocabulary_of(texts, encoder.vocabulary)
        kept = fit.centred(word_vectors(terms.words, vectors), terms)
        x = fit.matrix(terms, texts)
        number = {code: at for at, code in enumerate(vocabulary.TOP)}
        topic = np.array([number[example.topics[0]] for example in examples])
        weight = np.array([example.weight for example in examples], dtype=np.float32)
        alone = terms.numbers[ALONE]
        fold = np.array([example.fold for example in examples])
        held_out = calibrate.held_out_scores(x, kept, topic, weight, fold, len(number), alone)
        platt = calibrate.platt(held_out, examples, number)
        for line in calibrate.report(held_out, platt, examples, number):
            say(line)
        fitted = fit.fit(x, kept, topic, weight, len(number), alone)
        below, report = narrow.fit(x, kept, examples)
    for line in report:
        say(line)
    card = {
        "format": modelfile.FORMAT,
        "codes": vocabulary.TOP,
        "threshold": calibrate.THRESHOLD,
        "also": calibrate.ALSO,
        "narrow": below.codes,
        "texts": dict(counts),
        "words": len(terms.words),
        "pairs": len(terms.pairs),
    }
    version = write(out, terms, fitted, platt, below, card)
    say(f"{version}: {len(terms.words)} words, {len(terms.pairs)} pairs, {out.stat().st_size / 1e6:.1f} MB")
    return version


def without(source: str, shared: Path, vectors: Path | None = None) -> modelfile.Model:
    """A model like the shipped one that never saw `source`, for leave-one-source-out."""
    examples = [example for example in gather(shared) if not example.source.startswith(source)]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model.npz"
        build(examples, out, vectors, lambda line: None)
        return modelfile.load(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="the folder with data/dev-topics.jsonl.gz (HuffPost, Wikinews)")
    parser.add_argument("--vectors", type=Path, help="keep the word vectors in this file between runs")
    parser.add_argument("--out", type=Path, default=modelfile.PATH)
    chosen = parser.parse_args()
    build(gather(chosen.shared), chosen.out, chosen.vectors, print)


if __name__ == "__main__":
    main()
