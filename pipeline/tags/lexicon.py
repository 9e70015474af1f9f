"""The word lists that ship with the tagger, built by `training/tags/lexicons.py`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import orjson
import zstandard


def shipped(name: str) -> Any:
    """The decoded content of a data file of this package."""
    data = files("pipeline.tags").joinpath("data", name).read_bytes()
    return orjson.loads(zstandard.ZstdDecompressor().decompress(data))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words by what they say about the words beside them. Lower case, except names."""

    titles: frozenset[str]
    saying: frozenset[str]
    org_ends: frozenset[str]
    org_starts: frozenset[str]
    place_ends: frozenset[str]
    place_starts: frozenset[str]
    inside: frozenset[str]
    calendar: frozenset[str]
    stop: frozenset[str]
    """Never keywords."""
    given: frozenset[str]
    family: frozenset[str]
    common: dict[str, float]
    """Words that running text mostly prints small, with their rarity: log of texts to texts that hold them."""
    organisations: dict[str, str]
    """Name as printed to canonical name."""

    @classmethod
    def load(cls) -> Lexicon:
        data: dict[str, Any] = shipped("words.json.zst")
        organisations, common = data.pop("organisations"), data.pop("common")
        return cls(
            organisations=organisations, common=common, **{name: frozenset(words) for name, words in data.items()}
        )
