"""The repository's `training` package, which is not part of what is installed."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pipeline
from pipeline.errors import Unavailable

ROOT = Path(pipeline.__file__).resolve().parents[1]


TAUGHT_BY = {
    "topics": ("huffpost", "wikinews"),
    "entities": ("wikigold", "wnut17-train"),
}
"""Labelled sources that the shipped models learn from, by what they are measured for."""


def shared() -> Path:
    """The folder of labelled data: WIRE_SHARED, else `shared` beside the repository. Raises Unavailable."""
    folder = Path(os.environ.get("WIRE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        raise Unavailable(f"training reads labelled data in {folder}/data: set WIRE_SHARED to the folder that has it.")
    return folder


def trainer(module: str) -> Any:
    """A module of `training`. Raises Unavailable outside a checkout, or without the packages of the extra `train`."""
    if not (ROOT / "training").is_dir():
        raise Unavailable("models are trained from a checkout of the repository, and this is an installed package.")
    if find_spec("sklearn") is None or find_spec("pycrfsuite") is None:
        raise Unavailable("training needs the extra `train`: start it with ./wire, which sets it up in .venv-train.")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return import_module(f"training.{module}")
