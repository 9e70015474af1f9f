"""Lines to paragraphs: blank lines part them, indents begin them, hard-wrapped lines are joined again."""

from __future__ import annotations

import re

from pipeline.text.clean import squeeze

_INDENT = re.compile(r"(?:\t| {2,})\S")
_LIST_ITEM = re.compile(r"\s*(?:[-*•·–—▪●>]\s|\d{1,2}[.)]\s)")
_COLUMNS = re.compile(r"\S {3,}\S.*\S {2,}\S|\S {5,}\S")
_SENTENCE_END = re.compile(r"[.!?…:;。！？।؟][\"'”’»)\]]*$")

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
    runs: list[list[str]] = []
    run: list[str] = []
    for raw in text.split("\n"):
        text_line = raw.rstrip()
        if text_line:
            run.append(text_line)
        elif run:
            runs.append(run)
            run = []
    if run:
        runs.append(run)
    return runs


def join_block(lines: list[str]) -> list[str]:
    """The paragraphs of lines that no blank line parts."""
    if len(lines) == 1:
        return [squeeze(lines[0])]
    indented = [_INDENT.match(one) is not None for one in lines]
    if any(indented) and not all(indented):
        # indents begin paragraphs; what follows one without an indent goes on in it
        starts = [i for i, is_in in enumerate(indented) if is_in or i == 0]
        found: list[str] = []
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            found.extend(_join_run(lines[start:end], begun_by_indent=True))
        return found
    return _join_run(lines)


def _join_run(lines: list[str], begun_by_indent: bool = False) -> list[str]:
    if len(lines) == 1:
        return [squeeze(lines[0])]
    if any(_COLUMNS.search(one) or _LIST_ITEM.match(one) for one in lines):
        return [squeeze(one) for one in lines]
    if begun_by_indent or is_wrapped(lines):
        return _join_at_sentence_ends(lines)
    return [squeeze(one) for one in lines]


def is_wrapped(lines: list[str]) -> bool:
    """Whether lines were broken because the next word did not fit: four of five breaks must be explained so."""
    widths = [len(one) for one in lines]
    widest = max(widths)
    if len(lines) < 2 or not _MIN_WRAP <= widest <= _MAX_WRAP:
        return False
    explained = 0
    for width, following in zip(widths, lines[1:], strict=False):
        first_word = len(following.split(None, 1)[0])
        explained += width + 1 + first_word > widest - _SLACK
    return explained * 5 >= (len(lines) - 1) * 4


def _join_at_sentence_ends(lines: list[str]) -> list[str]:
    """Join wrapped lines; a line much shorter than the widest that ends a sentence ends the paragraph."""
    widest = max(len(one) for one in lines)
    found: list[str] = []
    run: list[str] = []
    for one, following in zip(lines, [*lines[1:], ""], strict=True):
        run.append(one.strip())
        first_word = len(following.split(None, 1)[0]) if following else 0
        would_fit = len(one) + 1 + first_word <= widest * 0.75
        if following and would_fit and _SENTENCE_END.search(one):
            found.append(squeeze(_unwrap(run)))
            run = []
    if run:
        found.append(squeeze(_unwrap(run)))
    return found


def _unwrap(run: list[str]) -> str:
    return " ".join(run)
