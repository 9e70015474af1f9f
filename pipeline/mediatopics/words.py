"""Text to the words that the model counts: lower case, digits as `0`, so that `38-9` and `21-7` are one score."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+|0(?:[-.,:/]?0)*[^\W\d_]*|[%$£€¥]")
# The same for text of ASCII only, where a plain range of letters is matched twice as fast.
_ASCII_WORD = re.compile(r"[a-z]+|0(?:[-.,:/]?0)*[a-z]*|[%$]")
_DIGIT = re.compile(r"\d")
_ASCII_DIGITS = str.maketrans("123456789", "000000000")

LEAD_CHARACTERS = 2_000
"""How much of a body is read: the lead says what a story is about, and the cost of a long one stays bounded."""


def words(text: str) -> list[str]:
    """The words of a text in order. A number is one word that keeps its shape: `00.0`, `0-0`, `0000`, `00bn`."""
    low = text.lower()
    if low.isascii():
        return _ASCII_WORD.findall(low.translate(_ASCII_DIGITS))
    return _WORD.findall(_DIGIT.sub("0", low))


def story_words(headline: str, text: str) -> list[str]:
    """The words of a story: the headline twice, because it is written to say what the story is about."""
    top = words(headline)
    return [*top, *top, *words(text[:LEAD_CHARACTERS])]
