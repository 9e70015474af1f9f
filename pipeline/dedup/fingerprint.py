"""Everything about a story's text that dedup may look at, in a few hundred bytes, computed once in the parse stage.

Layout, little-endian, version 1:

    u8 version | u8 flags | u16 words | u16 shingles | u64 body hash | u32 headline hash
    u8 x 6: how many of each that follow
    u32 sketch | u32 head | u32 terms | u32 headline words | u16 numbers | u16 names

- *sketch*: the smallest 32-bit hashes of the body's word 3-shingles (bottom-k sampling; A. Broder, "On the resemblance
  and containment of documents", 1997): resemblance and containment of two texts are estimated from it, exactly while
  the shorter text has at most `SKETCH` shingles below the other's threshold.
- *head*: the smallest hashes among the first `HEAD_WORDS` words, so that a brief finds the long story that it opens.
- *terms*: what the story is about, 24-bit word hash and 8-bit weight, for threads; *headline words* are such hashes
  too, with weight 0.
- *numbers*, *names*: 16-bit hashes; they are only ever compared within one pair of stories.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

from pipeline.dedup import prior, tokens
from pipeline.errors import Rejected
from pipeline.model import Story

VERSION = 1
SHINGLE = 3
SKETCH = 64
HEAD = 8
HEAD_WORDS = 60
TERMS = 64
LEDE_WORDS = 100
LEDE_WEIGHT = 4
HEADLINE_WORDS = 16
NUMBERS = 32
NAMES = 32

BRIEF_WORDS = 8
"""A body shorter than this is no body: it is read as the end of the headline."""

TITLE_ONLY = 1
"""The story has no body to speak of: everything but the headline words is taken from headline and body together."""

U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

_HEADER = struct.Struct("<BBHHQI6B")
_A, _B, _C = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_S32, _S33 = np.uint64(32), np.uint64(33)
_EMPTY = np.empty(0, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A decoded fingerprint; arrays are read-only views, sorted ascending, each value once."""

    flags: int
    words: int
    """Words of the body (of the headline where there is no body)."""
    shingles: int
    """Distinct shingles of the same."""
    body_hash: int
    """Of the folded words and numbers in order; 0 for an empty story."""
    headline_hash: int
    sketch: U32
    head: U32
    terms: U32
    headline: U32
    numbers: U16
    names: U16

    @property
    def title_only(self) -> bool:
        return bool(self.flags & TITLE_ONLY)


MARKER_CHARACTERS = 40
"""A wire marker (`UPDATE 1-`, `BULLETIN KILL:`) ends this far into the headline at the latest."""


def _unmarked(story: Story) -> str:
    """The headline without the wire marker before it, so that a version or a kill bears its story's headline."""
    at = story.headline.find(story.signal_text) if story.signal_text else -1
    end = at + len(story.signal_text)
    if at < 0 or end > MARKER_CHARACTERS:
        return story.headline
    return story.headline[end:].lstrip(" -–—:)(") or story.headline


def fingerprint(story: Story) -> bytes:
    """The fingerprint of a story's headline and paragraphs; the same bytes on every machine."""
    title = tokens.codes(tokens.normalise(_unmarked(story)))
    body = tokens.codes(tokens.normalise("\n".join(story.paragraphs)))
    title_words, words = _words(title), _words(body)
    flags = 0
    title_hash = xxhash.xxh32_intdigest((title_words & tokens.FORM_BITS).tobytes()) if title_words.size else 0
    text, text_words = body, words
    if words.size < BRIEF_WORDS:
        flags, text = TITLE_ONLY, np.concatenate((title, body))
        text_words = _words(text)
    body_hash = xxhash.xxh3_64_intdigest((text_words & tokens.FORM_BITS).tobytes()) if text_words.size else 0
    hashes = _shingles(text_words)
    distinct = np.unique(hashes)
    head = np.unique(hashes[: HEAD_WORDS - SHINGLE + 1])[:HEAD] if hashes.size > SKETCH // 2 else _EMPTY
    parts = (
        distinct[:SKETCH],
        head,
        _terms(title_words, words),
        _headline(title_words),
        _distinct_short(text_words[(text_words & np.uint64(tokens.NUMBER)) != 0], NUMBERS),
        _distinct_short(_names(text), NAMES),
    )
    header = _HEADER.pack(
        VERSION, flags, min(text_words.size, 0xFFFF), min(distinct.size, 0xFFFF), body_hash, title_hash,
        *(part.size for part in parts),
    )  # fmt: skip
    return header + b"".join(part.tobytes() for part in parts)


def decode(data: bytes) -> Fingerprint:
    """The inverse of `fingerprint`. Raises Rejected for anything else."""
    try:
        version, flags, words, shingles, body_hash, headline_hash, *counts = _HEADER.unpack_from(data)
    except struct.error:
        raise Rejected("bad-fingerprint", f"The fingerprint is cut short: {len(data)} bytes.") from None
    if version != VERSION:
        raise Rejected("bad-fingerprint", f"The fingerprint is of version {version}; this program reads {VERSION}.")
    wide, narrow = sum(counts[:4]), sum(counts[4:])
    if len(data) != _HEADER.size + 4 * wide + 2 * narrow:
        raise Rejected("bad-fingerprint", f"The fingerprint has {len(data)} bytes, not what its header says.")
    longs = np.frombuffer(data, "<u4", wide, _HEADER.size)
    shorts = np.frombuffer(data, "<u2", narrow, _HEADER.size + 4 * wide)
    a, b, c = counts[0], counts[0] + counts[1], counts[0] + counts[1] + counts[2]
    d = counts[4]
    return Fingerprint(
        flags, words, shingles, body_hash, headline_hash,
        longs[:a], longs[a:b], longs[b:c], longs[c:], shorts[:d], shorts[d:],
    )  # fmt: skip


def for_comparing(data: bytes) -> bytes:
    """The same fingerprint without head and terms: what is needed to compare a remembered story with a new one."""
    version, flags, words, shingles, body_hash, headline_hash, *counts = _HEADER.unpack_from(data)
    head = _HEADER.size + 4 * counts[0]
    rest = head + 4 * (counts[1] + counts[2])
    counts[1] = counts[2] = 0
    header = _HEADER.pack(version, flags, words, shingles, body_hash, headline_hash, *counts)
    return header + data[_HEADER.size : head] + data[rest:]


def _words(codes: U64) -> U64:
    kept: U64 = codes[(codes & np.uint64(tokens.STOP)) == 0]
    return kept


def _shingles(words: U64) -> U32:
    """One 32-bit hash for each run of three words; a text of one or two words is one shingle."""
    h = words >> np.uint64(28)
    if not h.size:
        return _EMPTY
    if h.size < SHINGLE:
        mixed = np.add.reduce(h * (_A, _B)[: h.size], keepdims=True) if h.size > 1 else h * _A
    else:
        mixed = h[:-2] * _A + h[1:-1] * _B + h[2:] * _C
    mixed = (mixed ^ (mixed >> _S33)) * _MIX
    return (mixed >> _S32).astype(np.uint32)


def _names(codes: U64) -> U64:
    """Capitalised words inside sentences; none where nearly everything is capitalised (a text in capitals)."""
    if codes.size < 2:
        return codes[:0]
    kind = codes & tokens.KIND_BITS
    capital = (kind & np.uint64(tokens.CAPITAL | tokens.SMALL)) == np.uint64(tokens.CAPITAL)
    if np.count_nonzero(capital) * 2 > codes.size:
        return codes[:0]
    inside = (kind[:-1] & np.uint64(tokens.STOP)) == 0
    names: U64 = codes[1:][capital[1:] & inside]
    return names


def _short(codes: U64) -> U16:
    return (terms_of(codes) >> np.uint32(8)).astype(np.uint16)


def _distinct_short(codes: U64, limit: int) -> U16:
    """The distinct ones, of the first that stand in the text, ascending."""
    if not codes.size:
        return _short(codes)
    values, first = np.unique(_short(codes), return_index=True)
    return values if values.size <= limit else np.sort(values[np.argsort(first, kind="stable")[:limit]])


def terms_of(codes: U64) -> U32:
    """The 24-bit stems of words."""
    return ((codes >> tokens.TERM_SHIFT) & tokens.TERM_MASK).astype(np.uint32)


def _headline(words: U64) -> U32:
    heavy = words[(words & np.uint64(tokens.SMALL)) == 0][:HEADLINE_WORDS]
    return np.unique(terms_of(heavy) << np.uint32(8))


def _terms(title: U64, body: U64) -> U32:
    """The words that the story is about: 24-bit stem in the high bits, occurrences (weighted by place) in the low.

    A word counts 2 in the headline, 1 in the body, and `LEDE_WEIGHT` more among the first `LEDE_WORDS` of either. Of
    more than `TERMS` words those stay that occur most for how rare they are in the language.
    """
    words = np.concatenate((title, body))
    weights = np.ones(words.size)
    weights[: title.size] = 2
    weights[:LEDE_WORDS] += LEDE_WEIGHT
    heavy = (words & np.uint64(tokens.SMALL)) == 0
    words, weights = words[heavy], weights[heavy]
    if not words.size:
        return _EMPTY
    hashes, inverse = np.unique(terms_of(words), return_inverse=True)
    counts = np.bincount(inverse, weights)
    if hashes.size > TERMS:
        rarity = np.log(prior.PRIOR_STORIES / (1 + prior.expected(hashes << np.uint32(8))))
        kept = np.argsort(-(1 + np.log(counts)) * rarity, kind="stable")[:TERMS]
        kept.sort()
        hashes, counts = hashes[kept], counts[kept]
    return (hashes << np.uint32(8)) | np.minimum(counts, 255).astype(np.uint32)
