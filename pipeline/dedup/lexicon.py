"""From texts to the codes of their words, all texts of a batch at once.

What stands between two spaces is looked up, by a hash of its bytes, in a table of what it was read as before; only
what was never seen is split and coded letter by letter (`tokens`). The table changes nothing but the speed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup import tokens
from pipeline.dedup.runs import places

U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

PLACES_LOG2 = 18
FULL = 150_000
"""Printed words that are kept (the table takes 10 MB); after that it is begun anew, and the frequent ones come back."""
LONGEST = 24
"""Bytes; longer runs without a space are mostly sentences of unspaced scripts, which do not come twice."""
_SHIFT = np.uint64(64 - PLACES_LOG2)
_LAST = (1 << PLACES_LOG2) - 1
_SPACE = 32
"""Bytes up to this one part words: blanks, and control characters, which parse has taken out."""
_OTHER_SPACES = "\x85\u1680\u2028\u2029"
"""Besides those that normalising makes plain."""
_PADDING = b" " * (LONGEST + 8)
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)
"""By count: what leaves so many bytes of eight, from the first on."""
_MULTIPLIERS = (
    np.uint64(0x9E3779B97F4A7C15), np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC2B2AE3D27D4EB4F),
)  # fmt: skip
_NEW_LINE = 10
_S32 = np.uint64(32)
_LONG = np.uint64(1)


class Lexicon:
    """Words seen before. One for all: it only remembers what any text would give."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        size = 1 << PLACES_LOG2
        self._known = 0
        self._hashes = np.zeros(size, dtype=np.uint64)
        self._counts = np.zeros(size, dtype=np.int8)
        """How many tokens the word has."""
        self._codes = np.zeros(size, dtype=np.uint64)
        """The code of its one token; of several, where they stand in `_several`."""
        self._several = np.zeros(1 << 12, dtype=np.uint64)
        self._written = 0

    def read(self, texts: Sequence[str]) -> tuple[U64, I64]:
        """The codes of all texts (normalised) one after the other, and where each text begins, with the end last."""
        if self._known >= FULL:
            self._clear()
        data = [(text if text.isascii() else _plain(text)).encode("utf-8", "surrogatepass") for text in texts]
        joined = b" ".join((b"", *data, _PADDING))
        spaces = (np.frombuffer(joined, dtype=np.uint8) <= _SPACE).nonzero()[0]
        ends = spaces[1:]
        sizes = ends - spaces[:-1] - 1
        words = sizes.nonzero()[0]
        ends, sizes = ends.take(words), sizes.take(words)
        starts = ends - sizes
        lengths = np.fromiter(map(len, data), dtype=np.int64, count=len(data)) + 1
        firsts = starts.searchsorted(np.concatenate((np.ones(1, dtype=np.int64), 1 + lengths.cumsum())))
        hashes = _hash(joined, starts, sizes)
        at, missed = self._find(hashes)
        apart: dict[int, list[int]] = {}
        if missed.size:
            apart = self._learn(joined, starts, sizes, hashes, missed)
            at[missed] = self._find(hashes[missed])[0]
        counts = self._counts.take(at)
        totals = np.zeros(starts.size + 1, dtype=np.int64)
        counts.cumsum(out=totals[1:])
        codes = np.empty(int(totals[-1]) + 1, dtype=np.uint64)
        first = self._codes.take(at)
        codes[totals[:-1]] = first  # a word of no token is overwritten by the next
        if (several := (counts > 1).nonzero()[0]).size:
            size = counts[several]
            codes[places(totals[several], size)] = self._several[places(first[several].view(np.int64), size)]
        codes = codes[:-1]
        if apart:
            codes, totals = _inserted(codes, totals, apart)
        return codes, totals[firsts]

    def _find(self, hashes: U64) -> tuple[I64, I64]:
        """The place of each word, and which ones have none yet (their place is a free one)."""
        at = (hashes >> _SHIFT).view(np.int64)
        missed = (self._hashes.take(at) != hashes).nonzero()[0]
        going = missed
        lost: list[I64] = []
        while going.size:
            here = self._hashes[at[going]]
            lost.append(going[here == 0])
            going = going[(here != 0) & (here != hashes[going])]
            at[going] = (at[going] + 1) & _LAST
        return at, np.concatenate(lost) if lost else missed

    def _learn(self, joined: bytes, starts: I64, sizes: I64, hashes: U64, missed: I64) -> dict[int, list[int]]:
        """Read the words that were not found and keep them; the codes of those that the table does not take."""
        short = sizes[missed] <= LONGEST
        apart: dict[int, list[int]] = {}
        for n in missed[~short].tolist():
            chunk = joined[starts[n] : starts[n] + sizes[n]]
            apart[n] = tokens.codes_of(chunk.decode("utf-8", "surrogatepass"))
        missed = missed[short]
        if not missed.size:
            return apart
        wanted, first = np.unique(hashes[missed], return_index=True)
        some = missed[first]
        lines = np.frombuffer(joined, dtype=np.uint8)[places(starts[some], sizes[some] + 1)]
        lines[np.cumsum(sizes[some] + 1) - 1] = _NEW_LINE  # in place of the blank behind each word
        codes, counts = tokens.codes_of_lines(lines.tobytes().decode("utf-8", "surrogatepass"))
        edges = counts.cumsum() - counts
        room = FULL - self._known
        self._keep(wanted[:room], codes, edges[:room], counts[:room])
        for n in missed[hashes[missed] > wanted[room - 1]].tolist() if room < wanted.size else ():
            place = int(wanted.searchsorted(hashes[n]))
            apart[n] = codes[edges[place] : edges[place] + counts[place]].tolist()
        return apart

    def _keep(self, hashes: U64, codes: U64, edges: I64, counts: I64) -> None:
        """Take in words that are not there, each of which has `counts` of the codes, from its edge on."""
        self._known += hashes.size
        held = np.append(codes, _LONG)[edges]
        if (several := (counts > 1).nonzero()[0]).size:
            more = codes[places(edges[several], counts[several])]
            if self._written + more.size > self._several.size:
                self._several = np.concatenate((self._several, np.zeros(self._written + more.size, dtype=np.uint64)))
            self._several[self._written : self._written + more.size] = more
            held[several] = self._written + np.cumsum(counts[several]) - counts[several]
            self._written += more.size
        while hashes.size:
            at, _ = self._find(hashes)
            self._hashes[at] = hashes  # of several to one free place, one has it; the others go on
            got = self._hashes[at] == hashes
            self._codes[at[got]], self._counts[at[got]] = held[got], counts[got]
            hashes, held, counts = hashes[~got], held[~got], counts[~got]


def _hash(joined: bytes, starts: I64, sizes: I64) -> U64:
    """Of each word: its bytes, eight at a time. Those longer than `LONGEST` all have one that is never in the table."""
    eights: U64 = np.ndarray((len(joined) - 7,), dtype="<u8", buffer=joined, strides=(1,))
    hashes = eights.take(starts) & _FIRST_BYTES.take(sizes, mode="clip")
    hashes *= _MULTIPLIERS[0]
    for n, multiplier in enumerate(_MULTIPLIERS[1:], 1):
        longer = (sizes > 8 * n).nonzero()[0]
        more = eights.take(starts[longer] + 8 * n) & _FIRST_BYTES.take(sizes[longer] - 8 * n, mode="clip")
        so_far = hashes[longer]
        hashes[longer] = (so_far ^ (so_far >> _S32) ^ more) * multiplier
    hashes ^= hashes >> _S32
    hashes *= _MULTIPLIERS[1]
    hashes[sizes > LONGEST] = _LONG
    return hashes


def _plain(text: str) -> str:
    for space in _OTHER_SPACES:
        text = text.replace(space, " ")
    return text


def _inserted(codes: U64, totals: I64, apart: dict[int, list[int]]) -> tuple[U64, I64]:
    """With the codes of the words in `apart`, which so far count for none."""
    pieces, at = [], 0
    more = np.zeros(totals.size, dtype=np.int64)
    for n in sorted(apart):
        end = int(totals[n])
        pieces += [codes[at:end], np.array(apart[n], dtype=np.uint64)]
        more[n + 1], at = len(apart[n]), end
    return np.concatenate((*pieces, codes[at:])), totals + more.cumsum()


LEXICON = Lexicon()
