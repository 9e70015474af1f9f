"""All formats, in order of trial. To add one: write its module, and add one line to `FORMATS`.

A format module gives `NAME`, `recognises(document)`, which tells from the bytes alone, and `read(document)`, which
yields a `Story` for each text item, a `SkippedItem` for what carries no text and a `Dead` for a broken one. It may
raise `Rejected` or `Skipped` for the whole record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.formats import jsonlines, plain
from pipeline.formats.document import Document
from pipeline.model import Story
from pipeline.stages.base import Dead, SkippedItem

Item = Story | SkippedItem | Dead


@dataclass(frozen=True, slots=True)
class Format:
    """One wire format: its name (as in `Story.format`), how it is told from others, and how it is read."""

    name: str
    recognises: Callable[[Document], bool]
    read: Callable[[Document], Iterator[Item]]
    title: str
    """For people."""


FORMATS: tuple[Format, ...] = (
    Format(jsonlines.NAME, jsonlines.recognises, jsonlines.read, "JSON lines"),
    Format(plain.NAME, plain.recognises, plain.read, "plain text"),
)


def recognise(document: Document) -> Format:
    """The first format that recognises the document; the last one takes any text."""
    return next(one for one in FORMATS if one.recognises(document))
