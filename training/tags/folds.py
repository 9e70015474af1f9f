"""Parts of the training texts to measure on: a model trained on the rest has not seen them."""

from __future__ import annotations

from dataclasses import dataclass

from training.tags.corpora import Sample

STRETCH = 20
"""Paragraphs or sentences in a row that stay together, so that a story is mostly in one part."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Part `number` of `parts`."""

    number: int
    parts: int

    def _holds(self, place: int) -> bool:
        return place // STRETCH % self.parts == self.number

    def held(self, samples: list[Sample]) -> list[Sample]:
        return [sample for place, sample in enumerate(samples) if self._holds(place)]

    def rest(self, samples: list[Sample]) -> list[Sample]:
        return [sample for place, sample in enumerate(samples) if not self._holds(place)]
