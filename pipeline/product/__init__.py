"""What leaves the pipeline: `lines`, a flat JSON object a story; `ninjs`, the same as IPTC ninjs 3.1; `reading`, back.

The names below are what the stages and the offline twin write with.
"""

from __future__ import annotations

from pipeline.product.lines import (
    dead_document,
    duplicate_json,
    encode,
    outcome_of,
    skipped_document,
    story_document,
    story_json,
)
from pipeline.product.ninjs import cancelled_ninjs_json, ninjs_document, ninjs_json
from pipeline.product.reading import flat

__all__ = [
    "cancelled_ninjs_json",
    "dead_document",
    "duplicate_json",
    "encode",
    "flat",
    "ninjs_document",
    "ninjs_json",
    "outcome_of",
    "skipped_document",
    "story_document",
    "story_json",
]
