"""A handful of words and names that say what a story is about.

Words by how often the story uses them against how rare they are in news at large (tf-idf; Spärck Jones 1972), two
that stand together more than once taken as one; and the names that matter most in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np

from pipeline.model import Tag
from pipeline.tags.reading import Ints, Reading
from pipeline.tags.sieve import UNITS
from pipeline.tags.vocabulary import Vocabulary

WORDS = 5
NAMES = 3
BEST = 3 * WORDS
"""Words of a story that may become part of a phrase."""
HEADLINE = 1.35
"""What a word's score is multiplied by where it stands in the headline."""
FULL = 30.0
"""The score of a word that a story is all about."""

Phrase = tuple[str, float]


def phrases(vocabulary: Vocabulary, reading: Reading, stories: int) -> list[list[Phrase]]:
    """The most telling words and pairs of words of each story with their scores, best first.

    Text 2i of the reading is story i's headline, text 2i + 1 its body. What comes first in a story wins a tie.
    """
    word = vocabulary.word[reading.ids]
    telling = (vocabulary.rarity[word] > 0).nonzero()[0]
    owner = reading.owners[reading.segment[telling]]
    size, room = len(vocabulary.cores), len(telling).bit_length()
    # sorted with its place behind it, each word of a story is one stretch that begins with its first mention
    keys = ((owner >> 1) * size + vocabulary.keyword[word[telling]] << room) | np.arange(len(telling))
    keys.sort()
    place, keys = keys & (1 << room) - 1, keys >> room
    changes = np.ones(len(keys) + 1, bool)
    changes[1:-1] = keys[1:] != keys[:-1]
    edges = changes.nonzero()[0]
    heads, counts = edges[:-1], edges[1:] - edges[:-1]
    inverse = np.empty(len(keys), np.int64)
    inverse[place] = np.repeat(np.arange(len(heads)), counts)
    first = place[heads]
    story, words = np.divmod(keys[heads], size)
    scores = (counts - 0.5) * vocabulary.rarity[words]
    scores[owner[first] % 2 == 0] *= HEADLINE
    order = first.argsort()
    # story and score as one whole number, for that sorts faster than two
    light = (story << 50) - (np.minimum(scores, 1 << 17) * (1 << 32)).astype(np.int64)
    order = order[light[order].argsort(kind="stable")]
    bounds = np.searchsorted(story, np.arange(stories + 1))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - bounds[story]
    pairs = _pairs(telling, inverse, rank, story)
    out: list[list[Phrase]] = []
    ordered, ordered_scores = order.tolist(), scores[order].tolist()
    cores, spelt = vocabulary.cores, words.tolist()
    for number in range(stories):
        start, end = int(bounds[number]), min(int(bounds[number + 1]), int(bounds[number]) + BEST)
        best = dict(zip(ordered[start:end], ordered_scores[start:end], strict=True))
        out.append(_choose(best, pairs.get(number, {}), {u: cores[spelt[u]].lower() for u in best}))
    return out


def _pairs(telling: Ints, inverse: Ints, rank: Ints, story: Ints) -> dict[int, dict[tuple[int, int], int]]:
    """Pairs of best words that stand side by side, and how often, per story."""
    good = rank[inverse] < BEST
    beside = (good[:-1] & good[1:] & (np.diff(telling) == 1)).nonzero()[0]
    found: dict[int, dict[tuple[int, int], int]] = {}
    for (a, b), n in Counter(zip(inverse[beside].tolist(), inverse[beside + 1].tolist(), strict=True)).items():
        if n > 1 and a != b:
            found.setdefault(int(story[a]), {})[a, b] = n
    return found


def _choose(best: dict[int, float], pairs: dict[tuple[int, int], int], name: dict[int, str]) -> list[Phrase]:
    out: list[Phrase] = []
    used: set[int] = set()
    for word, score in best.items():
        if len(out) == WORDS:
            break
        if word in used:
            continue
        together = [p for p in pairs if word in p and not used.intersection(p)] if pairs else []
        pair = max(together, key=pairs.__getitem__) if together else None
        used.update(pair or (word,))
        out.append((f"{name[pair[0]]} {name[pair[1]]}" if pair else name[word], score))
    return out


def keywords(chosen: Sequence[Phrase], headline: str, text: str, tags: Sequence[Tag]) -> list[Tag]:
    """Keyword tags of one story from its phrases and the tags of its names."""
    out = _names(tags)
    for phrase, score in chosen:
        if not UNITS.isdisjoint(phrase.split(" ")):
            continue
        field: Literal["headline", "text"] = "headline"
        start = headline.find(phrase)
        if start < 0:
            field, start = "text", text.find(phrase)
        if start >= 0:
            out.append(
                {
                    "type": "keyword", "name": phrase, "field": field, "start": start, "end": start + len(phrase),
                    "salience": round(min(1.0, score / FULL), 3),
                }
            )  # fmt: skip
    return out


def _names(tags: Sequence[Tag]) -> list[Tag]:
    best: dict[str, Tag] = {}
    for tag in tags:
        if "salience" in tag:
            best.setdefault(tag["name"], tag)
    chosen = sorted(best.values(), key=lambda t: -t["salience"])[:NAMES]
    return [
        {
            "type": "keyword", "name": t["name"], "field": t["field"], "start": t["start"], "end": t["end"],
            "salience": t["salience"],
        }
        for t in chosen
    ]  # fmt: skip
