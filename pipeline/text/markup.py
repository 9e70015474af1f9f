"""HTML bodies to paragraphs of text, with libxml2's HTML parser (lxml): forgiving, fast, bounded in depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml import etree

from pipeline.errors import Rejected

_INLINE_NAMES = "a|b|i|u|em|strong|span|img|font|small|sup|sub|nobr|center"
_BLOCK_NAMES = (
    "p|br|hr|div|ul|ol|li|h[1-6]|table|tr|td|blockquote|figure|section|article|body|html|hl2|pre|script|style"
)
_HTML_NAMES = f"{_INLINE_NAMES}|{_BLOCK_NAMES}"
# A lone capital in angle brackets is a ticker: `PHILLIPS <P> SAYS STOCK UP`.
_LOOKS_LIKE_HTML = re.compile(
    rf"<(?:(?i:/(?:{_HTML_NAMES})\s*>|[bh]r\s*/?>|(?:{_HTML_NAMES})\s+[\w-]+\s*=[^<>]{{0,400}}>)"
    r"|(?:p|div|span|ul|ol|li|h[1-6]|table|blockquote|section|article|em|strong)\s*/?>)"
)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _names(
    "p div br li ul ol dl dt dd h1 h2 h3 h4 h5 h6 blockquote pre table tr caption section article header footer main"
    " aside nav figure figcaption form fieldset hr address body html tbody thead tfoot hl1 hl2 media block"
    " body.content title"
)
_CELLS = frozenset(("td", "th"))
_SILENT = _names(
    "script style noscript template iframe object embed svg math button select option textarea input head nav form"
    " video audio canvas figcaption"
)
"""Elements whose text is no part of a story (a picture's caption is the picture's)."""

MAX_ELEMENTS = 50_000
"""Of one document: a long page has some thousands."""
_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^<>]*>", re.I | re.S)
_ESCAPED_DASH = re.compile(r"</?(?:en|em)[_-]?dash\s?/?>", re.I)
"""Tags of an editor around a dash, escaped once too often."""
_LONGEST_RAW = 20_000


def looks_like_html(text: str) -> bool:
    """Whether a text field holds markup: at least one tag that HTML knows."""
    return "<" in text and _LOOKS_LIKE_HTML.search(text) is not None


def html_paragraphs(markup: str) -> list[str]:
    """The paragraphs of an HTML fragment or document, white space collapsed, empty ones left out.

    Scripts, styles, forms and captions are left out. What libxml2 cannot read is dropped. Raises Rejected
    `too-complex` beyond `MAX_ELEMENTS`.
    """
    root = parse_html(markup)
    found = element_paragraphs(root) if root is not None else []
    if not found and markup.strip():
        # nested beyond the parser's bounds, or not HTML at all: what stands between the tags
        found = [text for part in _TAG.split(markup[:_LONGEST_RAW]) if (text := " ".join(part.split()))]
    return found


def element_paragraphs(root: Any, blocks: frozenset[str] = _BLOCKS, silent: frozenset[str] = _SILENT) -> list[str]:
    """The paragraphs below an lxml element (HTML, or NITF and the like: names without namespace decide)."""
    if sum(1 for _ in islice(root.iter(), MAX_ELEMENTS + 1)) > MAX_ELEMENTS:
        raise Rejected("too-complex", f"The markup has more than {MAX_ELEMENTS:,} elements.")
    found: list[str] = []
    run: list[str] = []
    # iterative, so that depth costs no stack: the elements that are open, each with its children still to come
    opened: list[tuple[Any, str, Iterator[Any]]] = []
    element: Any = root
    while True:
        if element is not None:
            name = _name(element)
            if name and name not in silent:
                if name in blocks:
                    _flush(run, found)
                if text := element.text:
                    run.append(text)
                opened.append((element, name, iter(element)))
            elif element is not root and (text := element.tail):
                run.append(text)
        if not opened:
            break
        element = next(opened[-1][2], None)
        if element is None:
            closed, name, _ = opened.pop()
            if name in blocks:
                _flush(run, found)
            elif name in _CELLS:
                run.append(" ")
            if closed is not root and (text := closed.tail):
                run.append(text)
    _flush(run, found)
    return found


def html_text(markup: str) -> str:
    """One line of text of a marked-up headline or the like."""
    return " ".join(html_paragraphs(markup))


def _flush(run: list[str], found: list[str]) -> None:
    if run:
        text = " ".join("".join(run).split())
        if "<" in text:
            text = _ESCAPED_DASH.sub("", text)
        if text:
            found.append(text)
        run.clear()


def parse_html(markup: str) -> Any:
    """The root element of an HTML document or fragment, or None for what holds no element at all."""
    # surrogates and zero bytes cannot be given to libxml2; a declared encoding in text is meaningless
    data = markup.replace("\x00", "").encode("utf-8", "replace")
    parser = etree.HTMLParser(  # lxml.html's own would ask Python for the class of every element
        encoding="utf-8", no_network=True, recover=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None


def _name(element: Any) -> str:
    """The local name; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""
