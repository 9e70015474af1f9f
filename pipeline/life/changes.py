"""What changed between two versions of a story, as data and as a sentence.

Paragraphs are aligned in order (Ratcliff and Obershelp's matching blocks, as in Python's difflib); of what lies between
two that are the same, those that are alike count as changed, the rest as removed or added.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NotRequired, TypedDict

from pipeline.dedup.passages import Words, names, numbers
from pipeline.model import Story

ALIKE = 0.5
"""Two paragraphs that share so much of their words are one that was changed."""

MOST_PARAGRAPHS = 400
"""Longer texts are compared up to here: aligning takes time with the square of their length."""

MOST_WORDS = 40
"""Numbers and names listed on each side, at most."""


class Changed(TypedDict):
    """Something that stood there before and stands there now."""

    before: str
    after: str


class Moved(TypedDict):
    """Words that only one of two versions has."""

    gone: list[str]
    come: list[str]


class Changes(TypedDict):
    """Only what changed is there; `summary` always is."""

    summary: str
    headline: NotRequired[Changed]
    added: NotRequired[list[str]]
    removed: NotRequired[list[str]]
    changed: NotRequired[list[Changed]]
    numbers: NotRequired[Moved]
    names: NotRequired[Moved]
    note: NotRequired[str]
    """What the provider itself says of the change (the editorial note)."""


def changes_between(before: Story, after: Story) -> Changes:
    """What `after` changes of `before`."""
    found: Changes = {"summary": ""}
    said = []
    if before.headline != after.headline:
        found["headline"] = {"before": before.headline, "after": after.headline}
        said.append("new headline")
    added, removed, changed = _paragraphs(before.paragraphs[:MOST_PARAGRAPHS], after.paragraphs[:MOST_PARAGRAPHS])
    if added:
        found["added"] = added
        said.append(_count(len(added), "added"))
    if removed:
        found["removed"] = removed
        said.append(_count(len(removed), "removed"))
    if changed:
        found["changed"] = changed
        said.append(_count(len(changed), "changed"))
    if added or removed or changed:
        for kind, words in (("numbers", numbers(before, after)), ("names", names(before, after))):
            if moved := _moved(words):
                said.append(_say(kind, moved))
                if kind == "numbers":
                    found["numbers"] = moved
                else:
                    found["names"] = moved
    if after.ednote and after.ednote != before.ednote:
        found["note"] = after.ednote
    found["summary"] = "; ".join(said) or "same headline and text"
    return found


def _paragraphs(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str], list[Changed]]:
    added: list[str] = []
    removed: list[str] = []
    changed: list[Changed] = []
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        old, new = list(before[a1:a2]), list(after[b1:b2])
        for paragraph in new:
            twin = _twin(paragraph, old)
            if twin is None:
                added.append(paragraph)
            else:
                # what stands before the twin was skipped, for order is kept
                removed += old[:twin]
                changed.append({"before": old[twin], "after": paragraph})
                del old[: twin + 1]
        removed += old
    return added, removed, changed


def _twin(paragraph: str, candidates: Sequence[str]) -> int | None:
    """The candidate that is most like the paragraph, if any is like it at all."""
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(paragraph.split())
    best, place = ALIKE, None
    for n, candidate in enumerate(candidates):
        matcher.set_seq1(candidate.split())
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
            best, place = ratio, n
    return place


def _moved(words: Words) -> Moved | None:
    if not words.first and not words.second:
        return None
    return {"gone": words.first[:MOST_WORDS], "come": words.second[:MOST_WORDS]}


def _say(kind: str, moved: Moved) -> str:
    gone, come = (", ".join(moved[side][:4]) for side in ("gone", "come"))
    return f"{kind} {gone or 'none'} → {come or 'none'}"


def _count(count: int, what: str) -> str:
    return f"{count} paragraph{'' if count == 1 else 's'} {what}"
