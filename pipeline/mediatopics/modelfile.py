"""The model file: everything that decides on topics, in one compressed archive of arrays with a version of its own.

Built by `training/topics/build.py`; `docs/topics.md` is its model card.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from pipeline.errors import Unavailable
from pipeline.mediatopics.features import Floats, Ints, Terms

PATH = Path(__file__).with_name("model.npz")
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Narrow:
    """A linear model for the narrower topics below each top-level one."""

    codes: tuple[str, ...]
    """Their qcodes, one for each column of `weights`."""
    terms: Ints
    """The terms that have a weight, ascending."""
    weights: Floats
    """Those terms x narrower topics."""
    bias: Floats


@dataclass(frozen=True, slots=True)
class Model:
    """What `model.npz` holds, ready to use."""

    version: str
    codes: tuple[str, ...]
    """The top-level qcodes, one for each column of `weights`."""
    terms: Terms
    weights: Floats
    """Terms x topics: what a term of weight one adds to a topic's score."""
    bias: Floats
    """One score for each topic before any word is read."""
    scale: Floats
    shift: Floats
    """Platt's calibration: confidence = 1 / (1 + exp(-(scale * score + shift))), per topic."""
    threshold: float
    """Below this confidence of the best topic the stage abstains."""
    also: float
    """A further topic is given from this confidence on."""
    narrow: Narrow
    card: dict[str, Any]
    """How it was built and from what, for people."""


@cache
def codes(path: Path = PATH) -> tuple[str, ...]:
    """The qcodes that a model file decides on, top-level and narrower, without loading the rest of it."""
    card = orjson.loads(_parts(path, "card")["card"].tobytes())
    return (*card["codes"], *card["narrow"])


def pack_words(words: list[str]) -> npt.NDArray[np.uint8]:
    """Words as one array of bytes, parted by line feeds."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def load(path: Path = PATH) -> Model:
    """Read a model file. Raises Unavailable where there is none, or one of another format."""
    part = _parts(path)
    card = orjson.loads(part["card"].tobytes())
    if card["format"] != FORMAT:
        raise Unavailable(f"{path.name} has format {card['format']}, this version reads {FORMAT}: run `wire train`.")
    words = part["words"].tobytes().decode().split("\n")
    pairs: Ints = part["first"].astype(np.int64) * len(words) + part["second"]
    return Model(
        version=card["version"],
        codes=tuple(card["codes"]),
        terms=Terms(words, pairs, part["idf"].astype(np.float32)),
        weights=part["weights"].astype(np.float32),
        bias=part["bias"].astype(np.float32),
        scale=part["scale"].astype(np.float32),
        shift=part["shift"].astype(np.float32),
        threshold=float(card["threshold"]),
        also=float(card["also"]),
        narrow=Narrow(
            tuple(card["narrow"]),
            part["narrow_terms"].astype(np.int64),
            part["narrow_weights"].astype(np.float32),
            part["narrow_bias"].astype(np.float32),
        ),
        card=card,
    )


def _parts(path: Path, *names: str) -> dict[str, npt.NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names or archive.files}
    except OSError as e:
        raise Unavailable(f"The topics model {path.name} cannot be read ({e.strerror}); reinstall the package.") from e
