"""What two texts have in common and what differs, for a person: runs of words, numbers and names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipeline.dedup import tokens
from pipeline.model import Story


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of words: `kind` is `shared`, `first` (only the first story has it) or `second`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Numbers or names of two stories, as printed, in order of appearance."""

    shared: list[str]
    first: list[str]
    second: list[str]


LEAST_SHARED = 3
"""Words in a row that count as a shared passage: as many as a shingle has."""


def passages(a: Story, b: Story) -> list[Passage]:
    """The texts of both stories as one sequence of passages, in the order of the second."""
    first, second = a.text.split(), b.text.split()
    x, y = [_bare(word) for word in first], [_bare(word) for word in second]
    found: list[Passage] = []
    at_a = at_b = 0
    for match in SequenceMatcher(None, x, y, autojunk=False).get_matching_blocks():
        if match.size < LEAST_SHARED and match.size:
            continue
        _add(found, "first", first[at_a : match.a])
        _add(found, "second", second[at_b : match.b])
        _add(found, "shared", second[match.b : match.b + match.size])
        at_a, at_b = match.a + match.size, match.b + match.size
    return found


def _add(found: list[Passage], kind: str, words: Sequence[str]) -> None:
    if words:
        found.append(Passage(kind, " ".join(words)))


def _bare(word: str) -> str:
    return word.strip(".,;:!?\"'()[]“”‘’«»").casefold()


def numbers(a: Story, b: Story) -> Words:
    """The numbers of both texts, compared as dedup does (`1,700,000` is 1700000)."""
    return _compared(*(_of_kind(story, tokens.NUMBER) for story in (a, b)))


def names(a: Story, b: Story) -> Words:
    """Capitalised words inside sentences of both texts."""
    return _compared(*(_of_kind(story, tokens.CAPITAL) for story in (a, b)))


def _of_kind(story: Story, kind: int) -> dict[int, str]:
    """Form to the word as first printed."""
    found: dict[int, str] = {}
    start = True
    for token in tokens.split(tokens.normalise("\n".join(story.paragraphs) or story.headline)):
        code = tokens.code(token)
        wanted = code & kind and not code & tokens.SMALL and not (kind == tokens.CAPITAL and start)
        if wanted:
            found.setdefault(code >> 28, token)
        start = bool(code & tokens.STOP)
    return found


def _compared(a: dict[int, str], b: dict[int, str]) -> Words:
    return Words(
        [word for form, word in a.items() if form in b],
        [word for form, word in a.items() if form not in b],
        [word for form, word in b.items() if form not in a],
    )
