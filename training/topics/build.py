"""Build the shipped topics model from its sources: `python -m training.topics.build` (the extra `train`).

Deterministic: the same sources give the same file. Prints what came from where and how well it does on held-out texts
of those same sources; `wire eval topics` measures it on text of other kinds.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from threadpoolctl import threadpool_limits

from pipeline.mediatopics import modelfile, vocabulary
from pipeline.mediatopics.features import Floats, Terms
from training.topics import calibrate, fit, narrow, sources
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
    return [example for example in examples if example.words]


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, help="the folder with data/dev-topics.jsonl.gz (HuffPost, Wikinews)")
    parser.add_argument("--vectors", type=Path, help="keep the word vectors in this file between runs")
    parser.add_argument("--out", type=Path, default=modelfile.PATH)
    chosen = parser.parse_args()

    examples = gather(chosen.shared)
    counts = Counter(example.source for example in examples)
    for source, count in counts.items():
        print(f"{source:10} {count:6} texts, {sum(len(e.words) for e in examples if e.source == source):8} words")
    encoder = Encoder()
    texts = [example.words for example in examples]
    terms = fit.vocabulary_of(texts, encoder.vocabulary)
    vectors = fit.centred(word_vectors(terms.words, chosen.vectors), terms)
    x = fit.matrix(terms, texts)
    number = {code: at for at, code in enumerate(vocabulary.TOP)}
    topic = np.array([number[example.topics[0]] for example in examples])
    weight = np.array([example.weight for example in examples], dtype=np.float32)

    held_out = calibrate.held_out_scores(x, vectors, topic, weight, len(number))
    platt = calibrate.platt(held_out, examples, number)
    calibrate.report(held_out, platt, examples, number)
    fitted = fit.fit(x, vectors, topic, weight, len(number))
    below, report = narrow.fit(x, vectors, examples)
    print(*report, sep="\n")
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
    version = write(chosen.out, terms, fitted, platt, below, card)
    print(f"{version}: {len(terms.words)} words, {len(terms.pairs)} pairs, {chosen.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    # One thread: the products are small, and on a busy machine the threads of a numerics library wait for each other.
    with threadpool_limits(1):
        main()
