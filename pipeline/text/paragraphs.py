"""Lines to paragraphs: blank lines part them, indents begin them, hard-wrapped lines are joined again."""

from __future__ import annotations

import re

from pipeline.text.clean import squeeze

_INDENT = re.compile(r"(?:\t| {2,})\S")
_LIST_ITEM = re.compile(r"\s*(?:[-*•·–—▪●>]\s|\d{1,2}[.)]\s)")
_LIST_MARK = re.compile(r"[-*•·–—▪●>\d]")
"""What every list item begins with."""
_COLUMNS = re.compile(r"\S {3,}\S.*\S {2,}\S|\S {5,}\S")
_SENTENCE_ENDS, _CLOSERS = frozenset(".!?…:;。！？।؟"), "\"'”’»)]"

_MIN_WRAP = 40
"""Narrower than this nothing is hard-wrapped: short lines are lines of their own."""
_MAX_WRAP = 100
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
    found: list[str] = []
    for block in blocks(text):
        found.extend(join_block(block))
    return found


def blocks(text: str) -> list[list[str]]:
    """Runs of lines between blank lines; trailing spaces cut, indents kept."""
    even = "\n".join([line.rstrip() for line in text.split("\n")])
    return [run.split("\n") for part in even.split("\n\n") if (run := part.strip("\n"))]


def join_block(lines: list[str]) -> list[str]:
    """The paragraphs of lines that no blank line parts."""
    if len(lines) == 1:
        return [squeeze(lines[0])]
    bare = [one.strip() for one in lines]
    # one look at the whole block tells whether any line of it can be a table's or a list's
    apart = "   " in "\n".join(bare) or (
        _LIST_MARK.search("".join([one[0] for one in bare])) is not None and any(map(_LIST_ITEM.match, bare))
    )
    starts = [i for i, one in enumerate(lines) if one[0] <= " " and _INDENT.match(one)]
    if not starts or len(starts) == len(lines):
        return _join_run(lines, bare, apart)
    # indents begin paragraphs; what follows one without an indent goes on in it
    if starts[0]:
        starts.insert(0, 0)
    found: list[str] = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        found += _join_run(lines[start:end], bare[start:end], apart, begun_by_indent=True)
    return found


def _join_run(lines: list[str], bare: list[str], apart: bool, begun_by_indent: bool = False) -> list[str]:
    """`bare` are the lines without their indents; `apart` is False where none can be of a table or a list."""
    if len(lines) == 1:
        return [squeeze(bare[0])]
    if apart and any(_COLUMNS.search(one) or _LIST_ITEM.match(one) for one in lines):
        return [squeeze(one) for one in bare]
    widths = [len(one) for one in lines]
    if begun_by_indent or _is_wrapped(bare, widths):
        return _join_at_sentence_ends(bare, widths)
    return [squeeze(one) for one in bare]


def _is_wrapped(bare: list[str], widths: list[int]) -> bool:
    """Whether lines were broken because the next word did not fit: four of five breaks must be explained so."""
    widest = max(widths)
    if not _MIN_WRAP <= widest <= _MAX_WRAP:
        return False
    least = widest - _SLACK
    explained = 0
    for width, following in zip(widths, bare[1:], strict=False):
        # where one letter would not have fitted, no word would
        explained += width + 2 > least or width + 1 + len(following.split(None, 1)[0]) > least
    return explained * 5 >= (len(widths) - 1) * 4


def _join_at_sentence_ends(bare: list[str], widths: list[int]) -> list[str]:
    """Join wrapped lines; a line much shorter than the widest that ends a sentence ends the paragraph."""
    short = max(widths) * 0.75 - 1
    found: list[str] = []
    start = 0
    if min(widths[:-1]) < short:
        for at, width in enumerate(widths[:-1]):
            if (
                width < short
                and bare[at].rstrip(_CLOSERS)[-1:] in _SENTENCE_ENDS
                and width + len(bare[at + 1].split(None, 1)[0]) <= short
            ):
                found.append(squeeze(" ".join(bare[start : at + 1])))
                start = at + 1
    found.append(squeeze(" ".join(bare[start:])))
    return found
