"""Counts of what was found against what was wanted, added up story by story."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from pipeline.evaluation.agreement import Score


@dataclass(slots=True)
class Counts:
    """Right, found and wanted so far."""

    right: int = 0
    found: int = 0
    wanted: int = 0

    def add(self, found: AbstractSet[Any], wanted: AbstractSet[Any]) -> None:
        """Count one story's sets."""
        self.right += len(found & wanted)
        self.found += len(found)
        self.wanted += len(wanted)

    def score(self) -> Score:
        return Score(self.right, self.found - self.right, self.wanted - self.right)
