"""Under which exact keys a story is found again: its record, the identity that its feed gave it, its text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.dedup.columns import Columns
from pipeline.dedup.keys import key
from pipeline.model import Card

_BODY, _HEADLINE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


@dataclass(slots=True)
class Identity:
    """The keys of one story."""

    record: int
    id: int
    own: tuple[int, ...]
    """By source and id, and by provider and uri."""
    links: tuple[int, ...]
    """Of the ids that it says it follows."""
    text: tuple[int, ...] = ()
    """Of its exact text and of its exact headline."""

    @property
    def all(self) -> tuple[int, ...]:
        return (self.id, *self.own, *self.links, *self.text)


def record_key(card: Card) -> int:
    return key("record", card.record)


def id_key(id: str) -> int:
    return key("id", id)


def identity(card: Card, record: int, text: tuple[int, ...]) -> Identity:
    """Of a story whose other keys are known already."""
    own = key("story", card.source, card.id)
    uri = (key("uri", card.provider or card.source, card.uri),) if card.uri else ()
    return Identity(record, id_key(card.id), (own, *uri), tuple(map(id_key, card.links)), text)


def text_keys(columns: Columns) -> list[tuple[int, ...]]:
    """Of each story: of its exact text, and of its exact headline, as far as it has them."""
    bodies = (columns.bodies * _BODY).tolist()
    headlines = (columns.headers["headline"].astype(np.uint64) * _HEADLINE).tolist()
    return [tuple(filter(None, both)) for both in zip(bodies, headlines, strict=True)]
