"""What share of stories has a word before any story was seen: word frequencies of 40 languages, in one small table.

Made by `training/dedup/frequencies.py` from wordfreq (data CC BY-SA 4.0; see `data/README.md`): for each bucket of
term hashes one byte, 16 times the negative binary logarithm of the share of stories that have such a word.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import numpy as np
import zstandard
from numpy.typing import NDArray

BUCKETS_LOG2 = 18
PRIOR_STORIES = 300.0
"""How many stories the table counts for, beside those seen."""


@lru_cache(1)
def table() -> NDArray[np.float32]:
    """Expected stories by bucket, of `PRIOR_STORIES`."""
    data = resources.files("pipeline.dedup").joinpath("data/words.zst").read_bytes()
    steps = np.frombuffer(zstandard.ZstdDecompressor().decompress(data), dtype=np.uint8)
    share = np.exp2(steps.astype(np.float32) / np.float32(-16))
    share[steps == 255] = 0
    stories: NDArray[np.float32] = (share * np.float32(PRIOR_STORIES)).astype(np.float32)
    return stories


def buckets(terms: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The bucket of each term (24-bit hash in the high bits)."""
    return terms >> np.uint32(32 - BUCKETS_LOG2)


@lru_cache(1)
def _rarities() -> NDArray[np.float32]:
    rarities: NDArray[np.float32] = np.log(np.float32(PRIOR_STORIES) / (1 + table()))
    return rarities


def rarity(terms: NDArray[np.uint32]) -> NDArray[np.float32]:
    """How rare each term is in the language: the log of the inverse share of stories that have it."""
    return _rarities().take(buckets(terms))
