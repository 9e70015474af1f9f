"""Fingerprints of stories, many at a time: each step is done once for the words of all of them.

See `fingerprint` for what a fingerprint holds. It is the same bytes on every machine and in whatever batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import xxhash
from numpy.typing import NDArray

from pipeline.dedup import prior, tokens
from pipeline.dedup.fingerprint import (
    BRIEF_WORDS,
    HEAD,
    HEAD_WORDS,
    HEADER,
    HEADLINE_WORDS,
    LEDE_WEIGHT,
    LEDE_WORDS,
    NAMES,
    NUMBERS,
    SHINGLE,
    SKETCH,
    TERMS,
    TITLE_ONLY,
    VERSION,
)  # fmt: skip
from pipeline.dedup.lexicon import LEXICON
from pipeline.model import Story

I64 = NDArray[np.int64]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

W = TypeVar("W", bound=np.unsignedinteger)

TOGETHER = 100_000
"""Characters that are worked on at once: arrays that stay in the processor's cache."""
MARKER_CHARACTERS = 40
"""A wire marker (`UPDATE 1-`, `BULLETIN KILL:`) ends this far into the headline at the latest."""

_A, _B, _C = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_S32, _S33, _FORM_SHIFT = np.uint64(32), np.uint64(33), np.uint64(28)


def fingerprint(story: Story) -> bytes:
    """The fingerprint of one story's headline and paragraphs."""
    return fingerprints([story])[0]


def fingerprints(stories: Sequence[Story]) -> list[bytes]:
    """The fingerprint of each story's headline and paragraphs, in order."""
    texts: list[str] = []
    prints: list[bytes] = []
    size = 0
    for story in stories:
        title, body = tokens.normalise(_unmarked(story)), tokens.normalise("\n".join(story.paragraphs))
        if texts and size + len(title) + len(body) > TOGETHER:
            prints += _prints(texts)
            texts, size = [], 0
        texts += (title, body)
        size += len(title) + len(body)
    return prints + _prints(texts) if texts else prints


def _unmarked(story: Story) -> str:
    """The headline without the wire marker before it, so that a version or a kill bears its story's headline."""
    at = story.headline.find(story.signal_text) if story.signal_text else -1
    end = at + len(story.signal_text)
    if at < 0 or end > MARKER_CHARACTERS:
        return story.headline
    return story.headline[end:].lstrip(" -–—:)(") or story.headline


def _prints(texts: Sequence[str]) -> list[bytes]:
    """Of stories given as title and body by turns."""
    codes, begins = LEXICON.read(texts)
    is_word = (codes & np.uint64(tokens.STOP)) == 0
    before = np.zeros(codes.size + 1, dtype=np.int64)
    np.cumsum(is_word, out=before[1:])
    words = codes[is_word]
    edges = before[begins]
    titles, bodies, ends = edges[0:-1:2], edges[1::2], edges[2::2]
    brief = ends - bodies < BRIEF_WORDS
    starts = np.where(brief, titles, bodies)
    first = np.where(brief, begins[0:-1:2], begins[1::2])
    sketches, heads, distinct = _shingles(words, starts.tolist(), ends.tolist())
    stems, heavy = _stems(words), (words & np.uint64(tokens.SMALL)) == 0
    terms = _terms(stems, heavy, titles, bodies, ends)
    headlines = _headlines(stems << np.uint32(8), heavy, titles, bodies)
    numbers = _numbers(words, starts, ends)
    names = _names(codes, first, begins[2::2])
    forms = memoryview(words & tokens.FORM_BITS).cast("B")
    prints = []
    for n, (a, b, c, d, short) in enumerate(
        zip(titles.tolist(), bodies.tolist(), starts.tolist(), ends.tolist(), brief.tolist(), strict=True)
    ):
        parts: Sequence[NDArray[Any]] = (sketches[n], heads[n], terms[n], headlines[n], numbers[n], names[n])
        header = HEADER.pack(
            VERSION, TITLE_ONLY if short else 0, min(d - c, 0xFFFF), min(distinct[n], 0xFFFF),
            xxhash.xxh3_64_intdigest(forms[8 * c : 8 * d]) if d > c else 0,
            xxhash.xxh32_intdigest(forms[8 * a : 8 * b]) if b > a else 0,
            *[part.size for part in parts],
        )  # fmt: skip
        prints.append(b"".join((header, *[part.tobytes() for part in parts])))
    return prints


def _shingles(words: U64, starts: list[int], ends: list[int]) -> tuple[list[U32], list[U32], list[int]]:
    """Of each text: the smallest hashes of its runs of three words, those of its head, and how many there are."""
    h = words >> _FORM_SHIFT
    mixed = _mixed(h[:-2] * _A + h[1:-1] * _B + h[2:] * _C) if h.size >= SHINGLE else h[:0].astype(np.uint32)
    every: list[U32] = []
    opening: list[U32] = []
    for start, end in zip(starts, ends, strict=True):
        if end - start >= SHINGLE:
            hashes = mixed[start : end - SHINGLE + 1]
        elif end > start:  # one or two words are one shingle
            short = h[start:end] * (_A, _B)[: end - start] if end - start > 1 else h[start:end] * _A
            hashes = _mixed(np.add.reduce(short, keepdims=True))
        else:
            hashes = mixed[:0]
        every.append(hashes)
        opening.append(hashes[: HEAD_WORDS - SHINGLE + 1 if hashes.size > SKETCH // 2 else 0])
    sketches, counts = _smallest(every, SKETCH)
    heads, _ = _smallest(opening, HEAD)
    return sketches, heads, counts


def _mixed(values: U64) -> U32:
    values = (values ^ (values >> _S33)) * _MIX
    return (values >> _S32).astype(np.uint32)


def _smallest(rows: Sequence[U32], most: int) -> tuple[list[U32], list[int]]:
    """The distinct values of each row ascending, `most` of them at most, and how many distinct ones there are."""
    sizes = [row.size for row in rows]
    flat = np.concatenate(rows)
    edges = _edges(sizes)
    for a, b in pairwise(edges):
        flat[a:b].sort()
    new = _new(flat, edges)
    rank = np.zeros(flat.size + 1, dtype=np.int64)
    np.cumsum(new, out=rank[1:])
    base = rank[edges[:-1]]
    counts = np.diff(rank[edges])
    kept = new & (rank[1:] - np.repeat(base, sizes) <= most)
    return _split(flat[kept], np.minimum(counts, most).tolist()), counts.tolist()


def _edges(sizes: Iterable[int]) -> list[int]:
    edges = [0]
    for size in sizes:
        edges.append(edges[-1] + size)
    return edges


def _new(flat: NDArray[np.unsignedinteger], edges: Sequence[int]) -> NDArray[np.bool_]:
    """Whether each value differs from the one before it in its row."""
    new = np.empty(flat.size, dtype=bool)
    new[:1] = True
    np.not_equal(flat[1:], flat[:-1], out=new[1:])
    starts = np.array(edges[:-1])
    new[starts[starts < flat.size]] = True
    return new


def _split(flat: NDArray[W], sizes: Sequence[int]) -> list[NDArray[W]]:
    edges = _edges(sizes)
    return [flat[a:b] for a, b in pairwise(edges)]


def _stems(words: U64) -> U32:
    """The 24-bit stems of words."""
    return ((words >> tokens.TERM_SHIFT) & tokens.TERM_MASK).astype(np.uint32)


def _terms(stems: U32, heavy: NDArray[np.bool_], titles: I64, bodies: I64, ends: I64) -> list[U32]:
    """The words that each story is about: 24-bit stem in the high bits, occurrences (weighted by place) in the low.

    A word counts 2 in the headline, 1 in the body, and `LEDE_WEIGHT` more among the first `LEDE_WORDS` of either. Of
    more than `TERMS` words those stay that occur most for how rare they are in the language.
    """
    values = (stems << np.uint32(3)) | np.uint32(1)
    for a, b, c in zip(titles.tolist(), bodies.tolist(), ends.tolist(), strict=True):
        values[a:b] += np.uint32(1)
        values[a : min(c, a + LEDE_WORDS)] += np.uint32(LEDE_WEIGHT)
    before = np.zeros(stems.size + 1, dtype=np.int64)
    np.cumsum(heavy, out=before[1:])
    values = values[heavy]
    if not values.size:
        return [values] * titles.size
    edges = [0, *before[ends].tolist()]
    for a, b in pairwise(edges):
        values[a:b].sort()
    hashes = values >> np.uint32(3)
    new = np.flatnonzero(_new(hashes, edges))
    counts = np.add.reduceat(values & np.uint32(7), new)
    terms = (hashes[new] << np.uint32(8)) | np.minimum(counts, 255).astype(np.uint32)
    bounds = np.searchsorted(new, edges).tolist()
    rows = [terms[a:b] for a, b in pairwise(bounds)]
    if max(row.size for row in rows) > TERMS:
        rarity = np.log(prior.PRIOR_STORIES / (1 + prior.expected(terms)))
        scores = -(1 + np.log(counts.astype(np.float64))) * rarity
        for n, (a, b) in enumerate(pairwise(bounds)):
            if b - a > TERMS:
                rows[n] = rows[n][_least(scores[a:b], TERMS)]
    return rows


def _least(scores: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    """The `count` smallest, of equal ones the first."""
    limit = np.partition(scores, count - 1)[count - 1]
    kept: NDArray[np.bool_] = scores < limit
    kept[np.flatnonzero(scores == limit)[: count - np.count_nonzero(kept)]] = True
    return kept


def _headlines(terms: U32, heavy: NDArray[np.bool_], titles: I64, bodies: I64) -> list[U32]:
    rows = [terms[a:b][heavy[a:b]][:HEADLINE_WORDS] for a, b in zip(titles.tolist(), bodies.tolist(), strict=True)]
    return _smallest(rows, HEADLINE_WORDS)[0]


def _numbers(words: U64, starts: I64, ends: I64) -> list[U16]:
    places = np.flatnonzero((words & np.uint64(tokens.NUMBER)) != 0)
    return _firsts(words[places], np.searchsorted(places, starts), np.searchsorted(places, ends), NUMBERS)


def _names(codes: U64, starts: I64, ends: I64) -> list[U16]:
    """Capitalised words inside sentences; none where nearly everything is capitalised (a text in capitals)."""
    kinds = codes & tokens.KIND_BITS
    capital = (kinds & np.uint64(tokens.CAPITAL | tokens.SMALL)) == np.uint64(tokens.CAPITAL)
    before = np.zeros(codes.size + 1, dtype=np.int64)
    np.cumsum(capital, out=before[1:])
    shouted = (before[ends] - before[starts]) * 2 > ends - starts
    inside = np.empty(codes.size, dtype=bool)
    inside[:1] = False
    np.equal(kinds[:-1] & np.uint64(tokens.STOP), 0, out=inside[1:])
    places = np.flatnonzero(capital & inside)
    begin, end = np.searchsorted(places, starts + 1), np.searchsorted(places, ends)
    end = np.where(shouted | (end < begin), begin, end)
    return _firsts(codes[places], begin, end, NAMES)


def _firsts(codes: U64, begins: I64, ends: I64, most: int) -> list[U16]:
    """16 bits of each code from `begins` to `ends`, ascending, each value once: of more than `most`, the first."""
    edges = _edges((ends - begins).tolist())
    if not edges[-1]:
        return [codes[:0].astype(np.uint16)] * begins.size
    spans = list(zip(begins.tolist(), ends.tolist(), strict=True))
    values = (_stems(codes) >> np.uint32(8)).astype(np.uint64)
    keys = (values << _S32) | np.arange(values.size, dtype=np.uint64)
    flat = np.concatenate([keys[a:b] for a, b in spans])
    bounds = list(pairwise(edges))
    for a, b in bounds:
        flat[a:b].sort()
    short = (flat >> _S32).astype(np.uint16)
    new = _new(short, edges)
    for a, b in bounds:
        if b - a > most and np.count_nonzero(new[a:b]) > most:
            distinct = a + np.flatnonzero(new[a:b])
            places = flat[distinct] & np.uint64(0xFFFFFFFF)
            new[distinct[np.argsort(places)[most:]]] = False
    kept = np.zeros(flat.size + 1, dtype=np.int64)
    np.cumsum(new, out=kept[1:])
    return _split(short[new], np.diff(kept[edges]).tolist())
