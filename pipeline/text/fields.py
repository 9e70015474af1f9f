"""A field of text as JSON carries it: plain, marked up, or marked up and escaped once more. Nobody says which it is."""

from __future__ import annotations

import re

from pipeline.text import clean
from pipeline.text.markup import html_paragraphs, html_text, looks_like_html
from pipeline.text.paragraphs import paragraphs

_TAG = re.compile(r"<[^<>]*>")
_OF_BLOCKS = re.compile(r"<(?:p|br|div|li|t[rdh]|script|style)\b", re.I)
"""Tags that part paragraphs by themselves, or hide lines; where a text has none of them, its lines are its own."""


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a text field.

    Where markup stands in a text that is parted by lines (a link or an emphasis, as editors and plugins put them), the
    lines stay paragraphs.
    """
    if "<!--" in text:
        text = _without_comments(text)
    if not looks_like_html(text):
        plain = clean.unescape(text)
        if plain is text or not looks_like_html(plain):
            return paragraphs(plain)
        text = plain  # escaped once too often
    if "\n" not in text or _OF_BLOCKS.search(text):
        return html_paragraphs(text)
    # a tag may run over the end of a line
    lines = _TAG.sub(lambda tag: " ".join(tag[0].split()), text)
    found: list[str] = []
    for one in paragraphs(lines):
        found += html_paragraphs(one) if looks_like_html(one) else [clean.unescape(one)]
    return found


def line_of(text: str) -> str:
    """A headline, byline or the like as one clean line without markup."""
    if looks_like_html(text):
        text = html_text(text)
    plain = clean.unescape(text)
    if plain is not text and looks_like_html(plain):
        plain = html_text(plain)
    return clean.line(plain)


def _without_comments(text: str) -> str:
    """The text without `<!-- … -->`; one that never ends stays. (A pattern would look for the end of each.)"""
    parts = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return " ".join((*parts, text[at:]))
