"""Text to the words that the model counts: lower case, digits as `0`, so that `38-9` and `21-7` are one score."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from pipeline.text.hashing import Ints

_WORD = re.compile(r"[^\W\d_]+|0(?:[-.,:/]?0)*[^\W\d_]*|[%$£€¥]")
# The same for text of ASCII only, where a plain range of letters is matched twice as fast.
_ASCII_WORD = re.compile(r"[a-z]+|0(?:[-.,:/]?0)*[a-z]*|[%$]")
_DIGIT = re.compile(r"\d")
_ASCII_DIGITS = str.maketrans("123456789", "000000000")

LEAD_CHARACTERS = 2_000
"""How much of a body is read: the lead says what a story is about, and the cost of a long one stays bounded."""


ALONE = "headline\u00a0alone"
"""Stands beside the words of a headline without text: such headlines are more often a magazine's than a wire's. No text
holds it, for a no-break space parts words."""


def words(text: str) -> list[str]:
    """The words of a text in order. A number is one word that keeps its shape: `00.0`, `0-0`, `0000`, `00bn`."""
    low = text.lower()
    if low.isascii():
        return _ASCII_WORD.findall(low.translate(_ASCII_DIGITS))
    return _WORD.findall(_DIGIT.sub("0", low))


def story_words(headline: str, text: str) -> list[str]:
    """The words of a story: the headline twice, because it is written to say what the story is about."""
    top = words(headline)
    if headline and not text:
        return [*top, ALONE]
    return [*top, *top, *words(text[:LEAD_CHARACTERS])]


_SMALL = bytes(ord("0") if 48 <= c < 58 else c + 32 if 65 <= c < 91 else c for c in range(256))
"""Bytes to small letters, digits to `0`."""
_ALONE = ALONE.encode()
_PUNCTUATION = re.compile("[“”‘’—–…]")
_LETTER, _ZERO, _MARK, _WITHIN = 1, 2, 4, 8
_KIND = bytes(
    _LETTER if chr(c).islower() or c > 127 else _ZERO if c == 48 else _MARK if c in b"%$" else _WITHIN * (c in b"-.,:/")
    for c in range(256)
)
"""Bytes to their part in a word, once `_SMALL`."""


def plain(headline: str, text: str) -> bytes:
    """The words of a story as `cut` finds them again: those of `story_words`, in a fraction of the time."""
    if headline and not text:
        return b"\n".join((_bytes(headline), _ALONE))
    top, lead = _bytes(headline), _bytes(text[:LEAD_CHARACTERS])
    return b"\n".join((top, top, lead))


def _bytes(text: str) -> bytes:
    if not text.isascii():
        text = _PUNCTUATION.sub(" ", text)  # what most texts have beyond ASCII
        if not text.isascii():
            return " ".join(words(text)).encode()
    return text.encode().translate(_SMALL)


def cut(texts: Sequence[bytes]) -> tuple[bytes, Ints, Ints, Ints]:
    """The words of `plain` texts: bytes, where in them each word starts and ends, and how many each text has."""
    data = b"\n".join(texts)
    kind = np.frombuffer(b"".join((b"\0\0", data.translate(_KIND), b"\0")), np.uint8)
    before2, before, here, behind = kind[:-3], kind[1:-2], kind[2:-1], kind[3:]
    zero = here & _ZERO != 0
    # a mark between figures belongs to the number: 0-0, 00.0
    joins = (here & _WITHIN != 0) & (before & behind & _ZERO != 0)
    inside = here & (_LETTER | _ZERO | _MARK) != 0
    inside |= joins
    goes_on = (before & (_LETTER | _ZERO) != 0) & (here & _LETTER != 0)
    goes_on |= zero & ((before & _ZERO != 0) | ((before & _WITHIN != 0) & (before2 & _ZERO != 0)))
    goes_on |= joins
    starts = (inside & ~goes_on).nonzero()[0]
    inside[:-1] &= ~goes_on[1:]
    ends = inside.nonzero()[0] + 1
    bounds = np.zeros(len(texts) + 1, np.int64)
    bounds[1:] = starts.searchsorted(np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1))
    return data, starts, ends, bounds[1:] - bounds[:-1]
