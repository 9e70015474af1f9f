"""Fingerprints of stories, many at a time: each step is done once for the words of all of them.

See `fingerprint` for what a fingerprint holds. It is the same bytes on every machine and in whatever batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

from pipeline.dedup import prior, tokens
from pipeline.dedup.fingerprint import (
    BRIEF_WORDS,
    HEAD,
    HEAD_WORDS,
    HEADER,
    HEADER_TYPE,
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
from pipeline.dedup.runs import Rows, cut, distinct, edges_of, firsts, least, smallest, sort
from pipeline.model import Story

I64 = NDArray[np.int64]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

TOGETHER = 200_000
"""Characters that are worked on at once: arrays that stay in the processor's outer cache."""
MARKER_CHARACTERS = 40
"""A wire marker (`UPDATE 1-`, `BULLETIN KILL:`) ends this far into the headline at the latest."""

_A, _B, _C = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_TF = 1 + np.log(np.maximum(np.arange(4096), 1))
"""What a number of occurrences counts for."""
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
    is_word.cumsum(out=before[1:])
    words = codes[is_word]
    edges = before[begins]
    titles, bodies, ends = edges[0:-1:2], edges[1::2], edges[2::2]
    brief = ends - bodies < BRIEF_WORDS
    starts = np.where(brief, titles, bodies)
    first = np.where(brief, begins[0:-1:2], begins[1::2])
    stems = _stems(words)
    heavy = ((words & np.uint64(tokens.SMALL)) == 0).nonzero()[0]
    hashes, shingles = _hashes(words, stems[heavy] << np.uint32(8), starts, ends, *heavy.searchsorted((titles, bodies)))
    terms = _terms(stems, heavy, titles, bodies, ends)
    marks = _marks(words, starts, ends, codes, first, begins[2::2])
    count = brief.size
    headers = np.zeros(count, dtype=HEADER_TYPE)
    headers["version"], headers["flags"] = VERSION, np.where(brief, TITLE_ONLY, 0)
    headers["words"], headers["shingles"] = np.minimum(ends - starts, 0xFFFF), np.minimum(shingles, 0xFFFF)
    forms = memoryview(words & tokens.FORM_BITS).cast("B")
    headers["body"] = _digests(xxhash.xxh3_64_intdigest, forms, starts, ends)
    headers["headline"] = _digests(xxhash.xxh32_intdigest, forms, titles, bodies)
    sketch, head, headline = hashes.sizes.reshape(3, count)
    headers["counts"] = np.array((sketch, head, terms.sizes, headline, *marks.sizes.reshape(2, count))).T
    front = headers.tobytes()
    some, more = hashes.pieces(), marks.pieces()
    parts = (
        [front[at : at + HEADER.size] for at in range(0, len(front), HEADER.size)],
        some[:count], some[count : 2 * count], terms.pieces(), some[2 * count :], more[:count], more[count:],
    )  # fmt: skip
    return [b"".join(row) for row in zip(*parts, strict=True)]


def _digests(digest: Callable[[memoryview], int], forms: memoryview, starts: I64, ends: I64) -> list[int]:
    """Of the forms of words from each start to each end; 0 where there are none."""
    spans = zip((8 * starts).tolist(), (8 * ends).tolist(), strict=True)
    return [digest(forms[a:b]) if b > a else 0 for a, b in spans]


def _hashes(
    words: U64, headlines: U32, starts: I64, ends: I64, first: I64, last: I64
) -> tuple[Rows[np.uint32], I64]:  # fmt: skip
    """The smallest hashes of each text's runs of three words, then of each one's head, then those of its headline's
    words, which are in `headlines` from `first` to `last`; and how many runs each text has."""
    h = words >> _FORM_SHIFT
    mixed = _mixed(h[:-2] * _A + h[1:-1] * _B + h[2:] * _C) if h.size >= SHINGLE else h[:0].astype(np.uint32)
    begin, end = starts, np.maximum(starts, ends - (SHINGLE - 1))
    short = ((ends > starts) & (ends - starts < SHINGLE)).nonzero()[0]
    if short.size:  # one or two words are one shingle
        two = (ends - starts)[short] == 2
        sums = h[starts[short]] * _A + np.where(two, h[ends[short] - 1] * _B, np.uint64(0))
        begin = starts.copy()
        begin[short] = mixed.size + np.arange(short.size)
        end[short] = begin[short] + 1
        mixed = np.concatenate((mixed, _mixed(sums)))
    head = np.where(end - begin > SKETCH // 2, np.minimum(end, begin + HEAD_WORDS - SHINGLE + 1), begin)
    last = mixed.size + np.minimum(last, first + HEADLINE_WORDS)
    pool = np.concatenate((mixed, headlines))
    rows = cut(pool, np.concatenate((begin, begin, mixed.size + first)), np.concatenate((end, head, last)))
    found, counts = smallest(rows, np.array((SKETCH, HEAD, HEADLINE_WORDS)).repeat(starts.size))
    return found, counts[: starts.size]


def _mixed(values: U64) -> U32:
    values = (values ^ (values >> _S33)) * _MIX
    return (values >> _S32).astype(np.uint32)


def _stems(words: U64) -> U32:
    """The 24-bit stems of words."""
    return ((words >> tokens.TERM_SHIFT) & tokens.TERM_MASK).astype(np.uint32)


def _terms(stems: U32, heavy: I64, titles: I64, bodies: I64, ends: I64) -> Rows[np.uint32]:
    """The words that each story is about: 24-bit stem in the high bits, occurrences (weighted by place) in the low.

    A word counts 2 in the headline, 1 in the body, and `LEDE_WEIGHT` more among the first `LEDE_WORDS` of either. Of
    more than `TERMS` words those stay that occur most for how rare they are in the language. `heavy` are the places of
    words that tell something.
    """
    title, body = bodies - titles, ends - bodies
    lede = np.minimum(title, LEDE_WORDS)
    after = np.minimum(body, LEDE_WORDS - lede)
    sizes = np.array((lede, title - lede, after, body - after)).T.ravel()
    weights = np.array((2 + LEDE_WEIGHT, 2, 1 + LEDE_WEIGHT, 1) * titles.size, dtype=np.uint32).repeat(sizes)
    values = (stems << np.uint32(3)) | weights
    edges = heavy.searchsorted(np.concatenate((titles[:1], ends)))
    rows = Rows(values.take(heavy), edges)
    if not rows.flat.size:
        return rows
    sort(rows)
    hashes = Rows(rows.flat >> np.uint32(3), edges)
    new = distinct(hashes)
    counts = np.add.reduceat(rows.flat & np.uint32(7), new.flat)
    terms = (hashes.flat[new.flat] << np.uint32(8)) | np.minimum(counts, 255).astype(np.uint32)
    scores = _TF.take(counts, mode="clip") * prior.rarity(terms)
    kept = least(Rows(-scores, new.edges), TERMS)
    return Rows(terms[kept], edges_of(np.minimum(new.sizes, TERMS)))


def _marks(words: U64, starts: I64, ends: I64, codes: U64, begins: I64, stops: I64) -> Rows[np.uint16]:
    """Numbers of each text, then names of each: capitalised words inside sentences, but none where nearly everything
    is capitalised (a text in capitals). A text has `words` from its start to its end, `codes` (with the ends of
    sentences) from where it begins to where it stops."""
    figures = ((words & np.uint64(tokens.NUMBER)) != 0).nonzero()[0]
    kinds = codes & tokens.KIND_BITS
    capital = (kinds & np.uint64(tokens.CAPITAL | tokens.SMALL)) == np.uint64(tokens.CAPITAL)
    capitals = capital.nonzero()[0]
    shouted = (capitals.searchsorted(stops) - capitals.searchsorted(begins)) * 2 > stops - begins
    capital[:1] = False
    capital[1:] &= kinds[:-1] & np.uint64(tokens.STOP) == 0
    names = capital.nonzero()[0]
    name, end = names.searchsorted((begins + 1, stops))
    end = np.where(shouted | (end < name), name, end)
    values = (_stems(np.concatenate((words[figures], codes[names]))) >> np.uint32(8)).astype(np.uint16)
    return firsts(
        values,
        np.concatenate((figures.searchsorted(starts), figures.size + name)),
        np.concatenate((figures.searchsorted(ends), figures.size + end)),
        np.array((NUMBERS, NAMES)).repeat(starts.size),
    )
