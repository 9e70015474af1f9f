"""What a desk's rules change about a topic: its confidence, and the evidence that says so."""

from __future__ import annotations

from math import exp, log

from pipeline.vocabulary.entries import Nudge


def nudged(confidence: float, code: str, nudge: Nudge) -> float:
    """A confidence after what a desk's rules add to its log odds; 0 where they forbid the topic."""
    if code in nudge.forbid:
        return 0.0
    add = nudge.add.get(code, 0.0)
    if not add:
        return confidence
    sure = min(max(confidence, 1e-6), 1.0 - 1e-6)
    return 1.0 / (1.0 + exp(-(log(sure / (1.0 - sure)) + add)))


def boosted(code: str, nudge: Nudge | None) -> list[list[object]]:
    """The evidence of a boost: the words that gave it, and what was added."""
    if nudge is None or nudge.add.get(code, 0.0) <= 0.0:
        return []
    words = ", ".join(dict.fromkeys(nudge.why.get(code, []))) or "always"
    return [[f"rule: {words}", round(nudge.add[code], 3)]]
