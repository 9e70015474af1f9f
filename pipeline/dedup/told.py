"""Verdicts as they are remembered: a list in JSON that ends where all that follows is as in a plain new story."""

from __future__ import annotations

from typing import Any

import orjson

from pipeline.model import Verdict


def packed(verdict: Verdict, version: str) -> bytes:
    """What a story was told, and the version that the feed gave it."""
    v = verdict
    plain = v.status == "new" and v.cluster == v.id and v.rule == "new" and not version and v.position == 1
    if plain and not v.of and not v.similarity and not v.containment:
        if v.thread == v.id and not v.evidence:
            return orjson.dumps([v.id])
        return orjson.dumps([v.id, _less(v.thread, v.id), v.evidence])
    return orjson.dumps(
        [
            v.id, _less(v.thread, v.cluster), v.evidence, v.status, v.rule, v.of, _less(v.cluster, v.of or v.id),
            v.similarity, v.containment, v.position, version,
        ]
    )  # fmt: skip


def _less(value: str, usual: str) -> str | None:
    return None if value == usual else value


def unpacked(data: bytes) -> Verdict:
    """The verdict again."""
    values: list[Any] = orjson.loads(data)
    if len(values) == 1:
        id = values[0]
        return Verdict("new", id, "", id, id, rule="new")
    if len(values) == 3:
        id, thread, evidence = values
        return Verdict("new", id, "", id, id if thread is None else thread, rule="new", evidence=evidence)
    id, thread, evidence, status, rule, of, cluster, similarity, containment, position, _ = values
    if cluster is None:
        cluster = of or id
    if thread is None:
        thread = cluster
    return Verdict(status, id, of, cluster, thread, similarity, containment, rule, evidence, position)


def version(data: bytes) -> str:
    """The version alone."""
    values: list[Any] = orjson.loads(data)
    return str(values[-1]) if len(values) > 3 else ""
