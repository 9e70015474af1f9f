"""From a record of `wire.stories` back to the flat fields of `wire process`, for whoever reads the product."""

from __future__ import annotations

from typing import Any

from pipeline.product.ninjs import TEXTS, TIMES

_ONE_OF_SEVERAL = (
    ("bodies", "value", "text"),
    ("bodies", "wordCount", "word_count"),
    ("descriptions", "value", "abstract"),
    ("genres", "name", "genre"),
    ("infoSources", "name", "provider"),
)
_SINGLE = (
    *((theirs, ours) for ours, theirs in (*TEXTS, *TIMES)),
    ("urgency", "urgency"),
    ("pubStatus", "pubstatus"),
    ("copyrightNotice", "rights"),
    ("usageTerms", "rights"),
)


def flat(document: dict[str, Any]) -> dict[str, Any]:
    """The fields of docs/output.md, one level: `id`, `status`, `headline`, `text`, `tags`, `topics`, …

    The inverse of `ninjs_document`: what the feed gave comes out as it came. An object that is no ninjs document of
    ours (a duplicate, a skipped item, an earlier release's story) is given back as it is.
    """
    wire = document.get("wire")
    if not isinstance(wire, dict):
        return document
    fields: dict[str, Any] = {"id": wire.get("id", ""), "text": ""}
    for theirs, ours in _SINGLE:
        if theirs in document:
            fields[ours] = document[theirs]
    for theirs, part, ours in _ONE_OF_SEVERAL:
        values = document.get(theirs)
        if isinstance(values, list) and values and isinstance(values[0], dict) and part in values[0]:
            fields[ours] = values[0][part]
    return fields | wire
