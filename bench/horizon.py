"""Dedup's memory filled to any size with made-up stories, to measure what it takes and what a story then costs.

`python -m bench.horizon 1000000` prints resident memory and the processor time of a decision at several sizes, all
from one run. The fingerprints are drawn, not computed: as many shingles, terms, numbers and names as wire stories of
20 to 1,200 words have, words as frequent as in a language, copies, new versions and rewritten accounts among them.
"""

from __future__ import annotations

import gc
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.dedup.fingerprint import HEAD, HEADLINE_WORDS, NAMES, NUMBERS, SKETCH, TERMS, U32, Fingerprint, encode
from pipeline.dedup.state import State
from pipeline.model import Card

START = 1_800_000_000.0
HORIZON = 72 * 3600.0
KEPT = HORIZON * 7 / 6
"""How long a story is kept: the horizon and twice the grace."""
COPIES, VERSIONS, ACCOUNTS = 0.12, 0.06, 0.15
"""Shares of stories that repeat one of the last, are a new version of one, or tell the same event anew."""
RECENT = 3000
VOCABULARY = 200_000
BATCH = 100
PROBED = 3000
SOURCES = ("reuters", "afp", "ap", "dpa", "efe", "ansa", "xinhua", "itar-tass")


class Maker:
    """Fingerprints as wire stories might have them, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        ranks = np.arange(1, VOCABULARY + 1)
        shares = 1 / (ranks + 20.0)
        self._cumulated = np.cumsum(shares / shares.sum())
        self._hashes = self._rng.integers(0, 1 << 24, VOCABULARY, dtype=np.uint32)
        self._recent: list[Fingerprint] = []

    def make(self) -> Fingerprint:
        rng = self._rng
        what = rng.random()
        old = self._recent[int(rng.integers(len(self._recent)))] if self._recent else None
        if old is None or what >= COPIES + VERSIONS + ACCOUNTS:
            print_ = self._new()
        elif what < COPIES:
            return old
        elif what < COPIES + VERSIONS:
            print_ = self._version(old)
        else:
            print_ = self._account(old)
        if len(self._recent) < RECENT:
            self._recent.append(print_)
        else:
            self._recent[int(rng.integers(RECENT))] = print_
        return print_

    def _words(self, count: int) -> U32:
        return self._hashes[np.searchsorted(self._cumulated, self._rng.random(count))]

    def _new(self) -> Fingerprint:
        rng = self._rng
        words = int(np.clip(rng.lognormal(5.5, 0.7), 20, 1200))
        shingles = words - 2
        sketch = self._sample(shingles, SKETCH)
        head = self._sample(58, HEAD) if shingles > SKETCH // 2 else sketch[:0]
        stems = np.unique(self._words(min(words // 2, 90)))[:TERMS]
        counts = np.minimum(rng.geometric(0.35, stems.size) + 4 * (rng.random(stems.size) < 0.4), 255)
        terms = (stems << np.uint32(8)) | counts.astype(np.uint32)
        title = rng.choice(stems, min(stems.size, int(rng.integers(4, 9))), replace=False)
        return Fingerprint(
            0, words, shingles, int(rng.integers(1, 1 << 63)), int(rng.integers(1, 1 << 32)), sketch, head, terms,
            np.sort(title << np.uint32(8))[:HEADLINE_WORDS],
            self._short(min(words // 18, NUMBERS), 5000), self._short(min(words // 14, NAMES), 60000),
        )  # fmt: skip

    def _sample(self, of: int, most: int) -> U32:
        """The smallest `most` of so many random hashes."""
        limit = (1 << 32) * min(1.0, most / of)
        return np.unique(self._rng.integers(0, int(limit), min(of, most), dtype=np.uint32))

    def _short(self, count: int, kinds: int) -> NDArray[np.uint16]:
        return np.unique((self._rng.zipf(1.3, count) % kinds * 40503).astype(np.uint16))

    def _version(self, old: Fingerprint) -> Fingerprint:
        """Most of the wording kept, the rest new, and a figure changed."""
        fresh = self._new()
        kept = self._rng.random(old.sketch.size) < 0.85
        room = SKETCH - int(kept.sum())
        sketch = np.unique(np.concatenate((old.sketch[kept], self._sample(old.shingles, SKETCH)[:room])))[:SKETCH]
        numbers = np.unique(np.concatenate((old.numbers[1:], fresh.numbers[:1])))
        return replace(old, body_hash=fresh.body_hash, sketch=sketch, numbers=numbers)

    def _account(self, old: Fingerprint) -> Fingerprint:
        """Other wording about the same: half of the terms, most of the names."""
        fresh = self._new()
        terms = np.concatenate((old.terms[self._rng.random(old.terms.size) < 0.5], fresh.terms[::2]))
        _, first = np.unique(terms >> np.uint32(8), return_index=True)
        return replace(fresh, terms=terms[first][:TERMS], names=old.names)


def batches(count: int, seed: int = 1, first: int = 0, of: int = 0) -> Iterator[tuple[list[Card], list[bytes]]]:
    """So many stories in batches, as cards and fingerprints; spread so that `of` (or `count`) fill the horizon."""
    maker, rng = Maker(seed), np.random.default_rng(seed + 1)
    apart = KEPT / (of or count) * 0.999
    for at in range(first, first + count, BATCH):
        cards, prints = [], []
        for n in range(at, min(at + BATCH, first + count)):
            source = SOURCES[int(rng.integers(len(SOURCES)))]
            came = START + n * apart
            own = f"urn:newsml:{source}.example:20270115:{n:08d}"
            cards.append(Card(own, source, f"{n % 8}-{n // 8}", came, came - float(rng.exponential(60)), uri=own))
            prints.append(encode(maker.make()))
        yield cards, prints


def build(count: int, seed: int = 1) -> State:
    """A state that remembers `count` made-up stories, all within the horizon."""
    state = State(HORIZON)
    for cards, prints in batches(count, seed):
        for _ in state.decide(cards, prints):
            pass
    return state


def resident() -> int:
    """Bytes of memory that this process has in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@dataclass(frozen=True, slots=True)
class Size:
    """The memory at one size."""

    stories: int
    resident_bytes: int
    """Of the process."""
    bytes_a_story: float
    """Beyond the process without stories."""
    cpu_us: float
    """Processor time of a decision, microseconds a story: the median over the batches of the last stories."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The memory at several sizes, from one run."""

    empty_bytes: int
    peak_bytes: int
    sizes: list[Size]
    statuses: dict[str, int]


def sizes_up_to(last: int) -> list[int]:
    """Where the memory is looked at on its way to `last` stories."""
    return [n for n in (1_000, 10_000, 100_000, 300_000) if n < last] + [last]


def fill(sizes: list[int], say: Callable[[str], None]) -> tuple[State, Filled]:
    """Fill one state step by step; at each size look at its memory, and the cost of the last decisions before it."""
    state, done, statuses = State(HORIZON), 0, Counter[str]()
    gc.collect()
    empty = resident()
    say(f"{'stories':>10} {'resident MB':>12} {'a story B':>10} {'µs a story':>11}   empty: {empty / 1e6:.0f} MB")
    spent: list[float] = []
    found: list[Size] = []
    for cards, prints in batches(sizes[-1], of=sizes[-1]):
        began = time.process_time()
        statuses.update(verdict.status for verdict in state.decide(cards, prints))
        spent.append((time.process_time() - began) / len(cards))
        done += len(cards)
        if done in sizes:
            lately = float(np.median(spent[-min(PROBED, done // 2) // BATCH :])) * 1e6
            now = resident()
            found.append(Size(done, now, (now - empty) / done, lately))
            say(f"{done:>10,} {now / 1e6:>12.0f} {(now - empty) / done:>10.0f} {lately:>11.0f}")
    held = int(state.stats()["stories"])
    peak = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    kinds = ", ".join(f"{n:,} {status}" for status, n in statuses.items())
    say(f"held {held:,}; peak {int(peak) / 1e3:.0f} MB; {kinds}")
    return state, Filled(empty, int(peak) * 1024, found, dict(statuses))


if __name__ == "__main__":
    fill(sizes_up_to(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000), lambda line: print(line, flush=True))
