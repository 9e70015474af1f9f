"""Everything about a story's text that dedup may look at, in a few hundred bytes: what it holds and how it is read.

It is computed once, in the parse stage (`printing`).

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
from numpy.typing import NDArray

from pipeline.errors import Rejected

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

HEADER = struct.Struct("<BBHHQI6B")
HEADER_TYPE = np.dtype(
    [("version", "u1"), ("flags", "u1"), ("words", "<u2"), ("shingles", "<u2"), ("body", "<u8"), ("headline", "<u4"),
     ("counts", "u1", 6)]
)  # fmt: skip
"""The same for arrays of headers."""
COARSE = np.uint32(0xFFFFFF00)
"""The bits of a sketch's hashes by which stories are compared; what is remembered has no others."""
LIMITS = (SKETCH, HEAD, TERMS, HEADLINE_WORDS, NUMBERS, NAMES)
"""The most of each part."""


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


def decode(data: bytes) -> Fingerprint:
    """The parts of a fingerprint. Raises Rejected for bytes that are none."""
    try:
        version, flags, words, shingles, body_hash, headline_hash, *counts = HEADER.unpack_from(data)
    except struct.error:
        raise Rejected("bad-fingerprint", f"The fingerprint is cut short: {len(data)} bytes.") from None
    if version != VERSION:
        raise Rejected("bad-fingerprint", f"The fingerprint is of version {version}; this program reads {VERSION}.")
    if any(count > limit for count, limit in zip(counts, LIMITS, strict=True)):
        raise Rejected("bad-fingerprint", "The fingerprint has more of a part than there can be.")
    wide, narrow = sum(counts[:4]), sum(counts[4:])
    if len(data) != HEADER.size + 4 * wide + 2 * narrow:
        raise Rejected("bad-fingerprint", f"The fingerprint has {len(data)} bytes, not what its header says.")
    longs = np.frombuffer(data, "<u4", wide, HEADER.size)
    shorts = np.frombuffer(data, "<u2", narrow, HEADER.size + 4 * wide)
    a, b, c = counts[0], counts[0] + counts[1], counts[0] + counts[1] + counts[2]
    d = counts[4]
    return Fingerprint(
        flags, words, shingles, body_hash, headline_hash,
        longs[:a], longs[a:b], longs[b:c], longs[c:], shorts[:d], shorts[d:],
    )  # fmt: skip


def encode(print_: Fingerprint) -> bytes:
    """The bytes of a fingerprint: the inverse of `decode`."""
    parts = (print_.sketch, print_.head, print_.terms, print_.headline, print_.numbers, print_.names)
    header = HEADER.pack(
        VERSION, print_.flags, print_.words, print_.shingles, print_.body_hash, print_.headline_hash,
        *[part.size for part in parts],
    )  # fmt: skip
    return b"".join((header, *[part.tobytes() for part in parts]))
