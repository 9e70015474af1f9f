"""Lines to paragraphs: blank lines part them, indents begin them, hard-wrapped lines are joined again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from pipeline.text.clean import squeeze

_INDENT = re.compile(r"(?:\t| {2,})\S")
_LIST_ITEM = re.compile(r"\s*(?:[-*•·–—▪●>]\s|\d{1,2}[.)]\s)")
_COLUMNS = re.compile(r"\S {3,}\S.*\S {2,}\S|\S {5,}\S")
_SENTENCE_ENDS, _CLOSERS = frozenset(".!?…:;。！？।؟"), "\"'”’»)]"
_LAST = _SENTENCE_ENDS.union(_CLOSERS)
"""What the last character of a sentence can be."""

_MIN_WRAP = 40
"""Narrower than this nothing is hard-wrapped: short lines are lines of their own."""
_MAX_WRAP = 100
_SHORT = 0.75
"""Of the widest line: a line that ends a sentence and would have held the next word within this ends a paragraph."""
_SLACK = 6
"""Columns that a wrapper may leave free although the next word would have fitted (it counted tabs or tags)."""


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, each one line, none empty.

    Where lines follow each other without a blank one they are one paragraph if they look hard-wrapped, that is if the
    next word would not have fitted on the line; else each is its own. An indented line begins a paragraph among lines
    that are not (the form of the agencies' printers). Table rows and list items stay apart.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\n" not in text:
        only = squeeze(text)
        return [only] if only else []
    lines = [line.rstrip() for line in text.split("\n")]
    bare = [line.lstrip() for line in lines]
    form = _form_of(bare)
    found: list[str] = []
    start = 0
    for end in [*[at for at, one in enumerate(bare) if not one], len(bare)]:
        if end - start == 1:
            found.append(form.tidy(bare[start]))
        elif end > start:
            found += _join_block(lines[start:end], bare[start:end], form)
        start = end + 1
    return found


def join_block(lines: list[str]) -> list[str]:
    """The paragraphs of lines that no blank line parts; trailing spaces cut, none of them empty."""
    bare = [line.lstrip() for line in lines]
    return _join_block(lines, bare, _form_of(bare))


class _Form(NamedTuple):
    """What one look at all lines rules out for each of them."""

    rows: bool
    """Some line may be of a table or a list."""
    tidy: Callable[[str], str]
    """`squeeze`, or nothing to do."""


def _form_of(bare: list[str]) -> _Form:
    whole = "\n".join(bare)
    if "  " not in whole:
        tidy: Callable[[str], str] = str
        rows = False
    else:
        tidy = squeeze
        rows = "   " in whole
    # an ASCII letter begins most lines and no item
    rows = rows or any(map(_LIST_ITEM.match, [one for one in bare if not "A" <= one < "{"]))
    return _Form(rows, tidy)


def _join_block(lines: list[str], bare: list[str], form: _Form) -> list[str]:
    """`bare` are the lines without their indents."""
    starts = [i for i, one in enumerate(lines) if one < "!" and _INDENT.match(one)]
    if not starts or len(starts) == len(lines):
        return _join_run(lines, bare, form)
    # indents begin paragraphs; what follows one without an indent goes on in it
    if starts[0]:
        starts.insert(0, 0)
    ends = [*starts[1:], len(lines)]
    short = max(map(len, lines)) * _SHORT
    inner = {at for at, one in enumerate(lines, 1) if len(one) < short and one[-1] in _LAST}.difference(ends)
    found: list[str] = []
    for start, end in zip(starts, ends, strict=True):
        if form.rows or (inner and not inner.isdisjoint(range(start, end))):
            found += _join_run(lines[start:end], bare[start:end], form, begun_by_indent=True)
        else:  # as nearly every paragraph of such a text
            found.append(form.tidy(" ".join(bare[start:end])))
    return found


def _join_run(lines: list[str], bare: list[str], form: _Form, begun_by_indent: bool = False) -> list[str]:
    if len(lines) == 1:
        return [form.tidy(bare[0])]
    if form.rows and any(_COLUMNS.search(one) or _LIST_ITEM.match(one) for one in lines):
        return [form.tidy(one) for one in bare]
    if begun_by_indent or _is_wrapped(lines, bare):
        return [form.tidy(one) for one in _join_at_sentence_ends(lines, bare)]
    return [form.tidy(one) for one in bare]


def _is_wrapped(lines: list[str], bare: list[str]) -> bool:
    """Whether lines were broken because the next word did not fit: four of five breaks must be explained so."""
    widths = [len(one) for one in lines]
    widest = max(widths)
    if not _MIN_WRAP <= widest <= _MAX_WRAP:
        return False
    least = widest - _SLACK
    explained = 0
    for width, following in zip(widths, bare[1:], strict=False):
        # where one letter would not have fitted, no word would
        explained += width + 2 > least or width + 1 + len(following.split(None, 1)[0]) > least
    return explained * 5 >= (len(widths) - 1) * 4


def _join_at_sentence_ends(lines: list[str], bare: list[str]) -> list[str]:
    """Join wrapped lines; a line much shorter than the widest that ends a sentence ends the paragraph."""
    found: list[str] = []
    start = 0
    ends = [at for at, one in enumerate(bare[:-1], 1) if one[-1] in _LAST]
    if ends:
        short = max([len(one) for one in lines]) * _SHORT
        for end in ends:
            width = len(lines[end - 1]) + 1
            if (
                width < short
                and width + len(bare[end].split(None, 1)[0]) <= short
                and bare[end - 1].rstrip(_CLOSERS)[-1:] in _SENTENCE_ENDS
            ):
                found.append(" ".join(bare[start:end]))
                start = end
    found.append(" ".join(bare[start:]))
    return found
