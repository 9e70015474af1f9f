"""Makes `pipeline/dedup/data/words.zst` from wordfreq's lists (`pip install wordfreq`, needed here only).

python -m training.dedup.frequencies
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import zstandard
from numpy.typing import NDArray

from pipeline.dedup import tokens
from pipeline.dedup.prior import BUCKETS_LOG2

WORDS_PER_LANGUAGE = 20_000
STORY_WORDS = 350
OUT = Path(__file__).resolve().parents[2] / "pipeline" / "dedup" / "data" / "words.zst"


def shares(language: str) -> NDArray[np.float64]:
    """By bucket, the share of stories of that language that have a word of the bucket."""
    import wordfreq  # type: ignore[import-not-found, unused-ignore]

    frequencies: dict[int, float] = defaultdict(float)
    lists = wordfreq.get_frequency_dict(language, "best")
    for word, frequency in sorted(lists.items(), key=lambda item: (-item[1], item[0]))[:WORDS_PER_LANGUAGE]:
        for token in tokens.split(tokens.normalise(word)):
            code = tokens.code(token)
            if not code & (tokens.STOP | tokens.NUMBER):
                frequencies[(code >> 4 & 0xFFFFFF) >> (24 - BUCKETS_LOG2)] += frequency
    found = np.zeros(1 << BUCKETS_LOG2)
    found[list(frequencies)] = 1 - np.exp(-STORY_WORDS * np.array(list(frequencies.values())))
    return found


def main() -> None:
    import wordfreq  # type: ignore[import-not-found, unused-ignore]

    share = np.zeros(1 << BUCKETS_LOG2)
    for language in sorted(wordfreq.available_languages("best")):
        share = np.maximum(share, shares(language))
    with np.errstate(divide="ignore"):
        steps = np.round(-16 * np.log2(share))
    OUT.write_bytes(zstandard.ZstdCompressor(19).compress(np.minimum(steps, 255).astype(np.uint8).tobytes()))
    print(f"{OUT}: {OUT.stat().st_size} bytes, {np.count_nonzero(steps < 255)} buckets")


if __name__ == "__main__":
    main()
