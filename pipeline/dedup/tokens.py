"""Text to word codes: one 64-bit integer a word, the same on every machine: its form, its stem and its kind.

Works for any script. Where words are parted by spaces a token is a word or a number; Chinese and Japanese runs become
overlapping pairs of characters, and Thai, Lao, Khmer and Burmese runs overlapping fours (about as much text as a word).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import xxhash
from numpy.typing import NDArray

from pipeline.dedup.smallwords import SMALL_WORDS

NUMBER = 1
CAPITAL = 2
"""Starts with an upper-case letter (or is a word of a script that gives names no capitals: then never set)."""
STOP = 4
"""Ends a sentence: not a word."""
SMALL = 8
"""A function word or a single letter: nothing a story can be recognised by."""
REMEMBERED = 50_000
"""Tokens whose codes are kept at hand, some 10 MB."""
FORM_BITS = np.uint64(0xFFFF_FFFF_F000_0000)
"""The word as printed but for case."""
TERM_SHIFT, TERM_MASK = np.uint64(4), np.uint64(0xFF_FFFF)
"""The word's stem, 24 bits."""
KIND_BITS = np.uint64(0xF)

_PAIRS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f"
_FOURS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff\u0f00-\u0fff"

_KINDS = rf"\d+(?:[.,٫٬]\d+)*|(?:[^\W\d_]+|[{_MARKS}]+)+|[。！？]|[.!?…؟۔।](?=[\"'”’»)\]]*{{end}})"
_TOKEN = re.compile(_KINDS.format(end="$"))
_ASCII_TOKEN_OR_LINE = re.compile(r"[A-Za-z]+|[0-9]+(?:[.,][0-9]+)*|\n|[.!?](?=[\"')\]]*\n)")
_TOKEN_OR_LINE = re.compile(_KINDS.format(end="\\n") + "|\n")
_UNSPACED = re.compile(rf"[{_PAIRS}{_FOURS}]")
_RUNS = re.compile(rf"([{_PAIRS}]+)|([{_FOURS}]+)")
_ENDINGS = ("ing", "ed", "es", "s")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


def normalise(text: str) -> str:
    """Compatibility forms folded (full-width letters, ligatures); plain ASCII passes through untouched."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def split(text: str) -> list[str]:
    """The tokens of normalised text in order: words, numbers, and sentence ends as single marks."""
    return [token for chunk in text.split() for token in _tokens(chunk)]


def _tokens(chunk: str) -> list[str]:
    tokens: list[str] = _TOKEN.findall(chunk)
    if chunk.isascii() or _UNSPACED.search(chunk) is None:
        return tokens
    return [piece for token in tokens for piece in _pieces(token)]


def _pieces(token: str) -> Iterable[str]:
    if _UNSPACED.search(token) is None:
        yield token
        return
    at = 0
    for run in _RUNS.finditer(token):
        if run.start() > at:
            yield token[at : run.start()]
        text = run.group()
        size = 2 if run.group(1) else 4
        yield from (text[i : i + size] for i in range(max(1, len(text) - size + 1)))
        at = run.end()
    if at < len(token):
        yield token[at:]


def code(word: str) -> int:
    """The code of one token: 36 bits of its folded form, 24 bits of its stem, and its kind in the low four."""
    first = word[0]
    if first.isdigit():
        value = number(word)
        return _packed(value, value) | NUMBER
    if not word.isalpha() and not any(c.isalpha() for c in word):
        return STOP
    folded = word.casefold()
    kind = CAPITAL if first.isupper() else 0
    if folded in SMALL_WORDS or (len(folded) == 1 and folded.isascii()):
        kind |= SMALL
    return _packed(folded, stem(folded)) | kind


def stem(word: str) -> str:
    """A folded word without the commonest endings of English, so that `talks` and `talk` are one term."""
    if word.endswith(_ENDINGS) and len(word) > 4 and word.isascii():
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 4:
                return word[: -len(ending)]
    return word


def number(word: str) -> str:
    """A number as it is compared: western digits, without grouping marks (`1,700,000` is 1700000) and idle zeros."""
    if word.isdigit() and word.isascii():
        return word
    if not word.isascii():
        word = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in word)
        word = word.replace("٬", ",").replace("٫", ".")
    if _GROUPED.fullmatch(word):
        return word.replace(",", "").replace(".", "")
    word = word.replace(",", ".")
    return word.rstrip("0").rstrip(".") or "0" if word.count(".") == 1 else word


def _packed(form: str, term: str) -> int:
    hashed = _hashed(form)
    return (hashed & ~0xFFF_FFFF) | ((hashed if term == form else _hashed(term)) >> 40 << 4)


def _hashed(text: str) -> int:
    return xxhash.xxh3_64_intdigest(text.encode() if text.isascii() else text.encode("utf-8", "surrogatepass"))


def codes_of(chunk: str) -> list[int]:
    """The codes of the tokens of what stands between two spaces."""
    return [code(token) for token in _tokens(chunk)]


def codes_of_lines(lines: str) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The same of many chunks, each with a line's end behind it: all their codes, and how many are of each."""
    if lines.isascii():
        found = _ASCII_TOKEN_OR_LINE.findall(lines)
    elif _UNSPACED.search(lines) is None:
        found = _TOKEN_OR_LINE.findall(lines)
    else:
        found = [token for chunk in lines.split("\n")[:-1] for token in (*_tokens(chunk), "\n")]
    if len(_CODES) > REMEMBERED:
        _CODES.clear()
    codes = np.fromiter(map(_CODES.__getitem__, found), dtype=np.uint64, count=len(found))
    line = codes == _LINE
    ends = line.nonzero()[0]
    counts = np.diff(ends, prepend=-1) - 1
    return codes[~line], counts


class _Codes(dict[str, int]):
    """Codes of tokens met lately: `market` stands in `market`, `market,` and `"market`."""

    def __missing__(self, token: str) -> int:
        found = self[token] = _LINE if token == "\n" else code(token)
        return found


_LINE = NUMBER | STOP
_CODES = _Codes()
