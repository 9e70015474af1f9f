"""The name model's scores, added up from tables, against the same weights applied feature by feature."""

from __future__ import annotations

from importlib.resources import as_file, files
from itertools import pairwise

import numpy as np
import pytest

from pipeline.tags.features import Facts
from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.phrases import Phrases
from pipeline.tags.reading import read
from pipeline.tags.sequence import Finder
from pipeline.tags.tokens import split
from pipeline.tags.vocabulary import Vocabulary
from pipeline.tags.weights import EAGER, Weights
from training.tags.extractor import Extractor

TEXTS = [
    "LONDON (Reuters) - Britain’s Prime Minister Keir Starmer flew to New York City on Monday, aides said.",
    "“We need the World Bank,” said Ms. O'Neill-Diaz of Bank of America; shares of Exxon Mobil Corp. rose 4.2%.",
    "SOCCER - REAL MADRID BEAT BAYERN MUNICH 2-1.",
    "Iran-Backed Group Halts Attacks On US Troops In Iraq",
    "1. Usain Bolt (Jamaica) 9.58 seconds",
    "A",
]


@pytest.fixture(scope="module")
def parts() -> tuple[Lexicon, Gazetteer, Finder, Vocabulary]:
    lexicon, gazetteer, weights = Lexicon.load(), Gazetteer.load(), Weights.load()
    phrases = Phrases(lexicon, gazetteer)
    vocabulary = Vocabulary(weights, Facts(lexicon, gazetteer), phrases)
    return lexicon, gazetteer, Finder(weights, vocabulary, phrases), vocabulary


def numbers(vocabulary: Vocabulary, tokens: list[str]) -> list[int]:
    ends = np.cumsum([len(t.encode()) for t in tokens])
    return list(vocabulary.numbers("".join(tokens).encode(), np.append(0, ends[:-1]), ends))


def test_scores_are_the_sum_of_the_weights_of_the_features(
    parts: tuple[Lexicon, Gazetteer, Finder, Vocabulary],
) -> None:
    lexicon, gazetteer, finder, vocabulary = parts
    with as_file(files("pipeline.tags").joinpath("data", "names.npz")) as path, np.load(path) as data:
        names = bytes(data["features"]).decode().split("\n")
        weight = dict(zip(names, data["weights"].astype(np.float32), strict=True))
    extractor = Extractor(lexicon, gazetteer)
    zero = np.zeros(9, np.float32)
    reading = read([[t] for t in TEXTS], vocabulary)
    flags = vocabulary.flags[reading.ids]
    candidates, _ = finder._candidates(flags)
    scores = finder._scores(reading, flags, candidates)
    assert len(candidates) > 30
    for position, found in zip(candidates.tolist(), scores, strict=True):
        text = TEXTS[int(reading.owners[reading.segment[position]])]
        features = extractor.features([raw for raw in split(text) if raw])
        own = features[position - int(reading.begins[reading.segment[position]])]
        expected = sum((weight.get(f, zero) for f in own), zero.copy())
        expected[0] -= EAGER
        np.testing.assert_allclose(found, expected, atol=2e-3, err_msg=f"token {position} of {text!r}")


def test_decoding_finds_the_best_labels(parts: tuple[Lexicon, Gazetteer, Finder, Vocabulary]) -> None:
    """Against all label sequences of short runs with drawn scores."""
    finder = parts[2]
    transitions = finder._weights.transitions
    rng = np.random.default_rng(3)
    lengths = [1, 3, 2, 1, 4, 2]
    scores = rng.normal(0, 4, (sum(lengths), 9)).astype(np.float32)
    linked = np.ones(sum(lengths), bool)
    linked[np.cumsum([0, *lengths[:-1]])] = False
    labels = finder._decode(scores, linked)
    start = 0
    for n in lengths:
        run = scores[start : start + n]
        ways = np.array(np.meshgrid(*[range(9)] * n)).reshape(n, -1).T
        totals = [
            transitions[0, way[0]] + transitions[way[-1], 0] + sum(run[i, w] for i, w in enumerate(way))
            + sum(transitions[a, b] for a, b in pairwise(way))
            for way in ways.tolist()
        ]  # fmt: skip
        assert labels[start : start + n].tolist() == ways[int(np.argmax(totals))].tolist()
        start += n
    odds = finder._odds(scores, linked, labels, np.arange(len(scores)))
    assert np.isfinite(odds).all()
    alone = np.exp((scores[0] + transitions[0] + transitions[:, 0]).astype(np.float64))  # the first run is one token
    assert odds[0] == pytest.approx(np.log(alone[labels[0]] / np.delete(alone, labels[0]).sum()), abs=1e-4)


def test_numbers_of_one_shape_are_one_token_but_not_those_that_names_hold(
    parts: tuple[Lexicon, Gazetteer, Finder, Vocabulary],
) -> None:
    vocabulary = parts[3]
    ids = numbers(vocabulary, ["4.2%.", "7.9%.", "$1,200", "49ers", "76ers'", "77ers'", "1-tong", "F-16", "F-35"])
    assert ids[0] == ids[1]
    assert len(set(ids)) == len(ids) - 1
    assert [vocabulary.cores[vocabulary.word[n]] for n in ids[3:6]] == ["49ers", "76ers", "99ers"]


def test_what_is_known_of_a_token_does_not_depend_on_what_was_learnt_before(
    parts: tuple[Lexicon, Gazetteer, Finder, Vocabulary],
) -> None:
    vocabulary, tokens = parts[3], [t for text in TEXTS for t in split(text) if t]
    vocabulary.clear()
    together = numbers(vocabulary, tokens)
    vocabulary.weigh(vocabulary.word[together])
    word, style = vocabulary.word[together], vocabulary.style[together]
    known = [vocabulary.rows[word], vocabulary.klass[word], vocabulary.edges[style], vocabulary.flags[together]]
    vocabulary.clear()
    assert len(vocabulary) == 1
    alone = [numbers(vocabulary, [t])[0] for t in reversed(tokens)][::-1]
    for one in alone:
        vocabulary.weigh(vocabulary.word[[one]])
    word, style = vocabulary.word[alone], vocabulary.style[alone]
    for a, b in zip(
        known, [vocabulary.rows[word], vocabulary.klass[word], vocabulary.edges[style], vocabulary.flags[alone]],
        strict=True,
    ):  # fmt: skip
        np.testing.assert_array_equal(a, b)
