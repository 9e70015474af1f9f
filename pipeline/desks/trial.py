"""What rules would do with the stories of an input, without a broker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from pipeline.desks.rules import Desks
from pipeline.desks.values import ROUTED
from pipeline.model import Story, Verdict


@dataclass(frozen=True, slots=True)
class Routed:
    """A story as far as it concerns routing, and where it would go."""

    id: str
    status: str
    headline: str
    desks: dict[str, str]
    """Desk to what made it so, in the order of the file."""


def routed(desks: Desks, documents: Iterable[dict[str, Any]]) -> Iterator[Routed]:
    """For each story of `wire process`'s documents that goes out: not for repeats, kills, held and dead ones."""
    for document in documents:
        if document["status"] in ROUTED and not document.get("outcome"):
            story = Story.from_json(orjson.dumps(document))
            verdict = Verdict(document["status"], document["id"], document["of"] or "", document["cluster"])
            found = desks.explain(story, verdict, document["tags"], document["topics"])
            yield Routed(document["id"], document["status"], document["headline"], found)
