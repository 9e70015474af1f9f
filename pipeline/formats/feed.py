"""RSS 0.9 to 2.0, RSS 1.0 (RDF) and Atom, read with feedparser; each item is a story.

What the feed says of itself (language, rights, title) holds for items that say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.errors import Rejected
from pipeline.formats.document import Document
from pipeline.formats.item import Item
from pipeline.model import Story, Subject
from pipeline.stages.base import SkippedItem
from pipeline.text.markup import html_paragraphs, html_text, looks_like_html
from pipeline.text.paragraphs import paragraphs
from pipeline.text.times import read_time

NAME = "feed"

_ROOTS = frozenset(("rss", "RSS", "Rss", "RDF", "feed", "channel"))
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>", re.S)
_ENTITIES = 50
MAX_TAGS = 20_000
"""Outside of CDATA: a feed of 500 full items has some 15,000. Broken ones cost feedparser 50 microseconds a tag."""
_CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>", re.S)

_HEADERS = {"content-type": "application/xml; charset=utf-8"}
"""The document's own encoding was found already: feedparser gets UTF-8 and is told so."""


def recognises(document: Document) -> bool:
    return document.root_name in _ROOTS


def read(document: Document) -> Iterator[Item]:
    """A story for each item. Raises Rejected `bad-xml` for what even a forgiving parser finds no feed in."""
    text = document.text
    if text.count("<!ENTITY") > _ENTITIES:
        raise Rejected("too-complex", "The feed declares too many entities.")
    if text.count("<") > MAX_TAGS and _CDATA.sub("", text).count("<") > MAX_TAGS:
        raise Rejected("too-complex", f"The feed has more than {MAX_TAGS:,} tags.")
    result = parse(text)
    if not result.get("version") and not result.entries:
        raise Rejected("bad-xml", "The record begins as a feed, but no feed could be read from it.")
    if result.get("bozo") and result.entries:
        document.notes.append("xml: not well-formed, read with a forgiving parser")
    if not result.entries:
        yield SkippedItem("empty feed", "The feed holds no item.")
    name = "atom" if str(result.version).startswith("atom") else "rss"
    for entry in result.entries:
        story = story_of(entry, result.feed, name)
        if story.headline or story.paragraphs:
            yield story
        else:
            yield SkippedItem("empty item", "The feed's item has neither a title nor a text.", story.id)


def parse(text: str) -> Any:
    """feedparser's result for decoded text; its word for the format stands in `version`. Raises Rejected `bad-xml`."""
    import feedparser  # loaded by workers that see a feed

    # no search in every folder of the path, for every feed, for a parser that is not there: expat reads them
    feedparser.api.PREFERRED_XML_PARSERS.clear()
    text = text.lstrip("\ufeff")
    declaration = _DECLARATION.match(text)
    source = text[declaration.end() :] if declaration else text
    data = f'<?xml version="1.0" encoding="utf-8"?>\n{source.lstrip()}'.encode("utf-8", "replace")
    try:
        return feedparser.parse(data, response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False)
    except (
        Exception
    ) as e:  # it forgives much, but trips over the rest in ways of its own (a namespace with a no-break space)
        raise Rejected("bad-xml", f"The feed could not be read: {type(e).__name__}: {e}"[:300]) from e


def story_of(entry: Any, feed: Any, name: str) -> Story:
    """One item of a feed (feedparser's entry); without headline and paragraphs where it has none."""
    identity = _string(entry, "id")
    link = _string(entry, "link")
    story = Story(id=identity or link, source="", format=name, uri=identity or link, url=link)
    story.headline = _plain(_string(entry, "title"))
    contents = [str(one.get("value", "")) for one in entry.get("content", []) if _is_text(one)]
    body = max(contents, key=len, default="")
    summary = _string(entry, "summary")
    if len(summary) > 2 * len(body):  # some put the story into the description and a line into the content
        body, summary = summary, body
    story.paragraphs = _paragraphs(body)
    if summary and body and summary != body:
        story.abstract = " ".join(_paragraphs(summary))
    story.byline = _string(entry, "author")
    # a later time than the first publication makes a version
    published, updated = read_time(_string(entry, "published")), read_time(_string(entry, "updated"))
    story.created = read_time(_string(entry, "created")) or published
    story.published = max(published, updated)
    story.provider = (
        _string(entry, "publisher")
        or _string(entry.get("source", {}), "title")
        or _string(feed, "publisher")
        or _string(feed, "title")
    )
    story.language = _language(entry) or _string(feed, "language")
    story.rights = _string(entry, "rights") or _string(feed, "rights")
    for tag in entry.get("tags", []):
        subject: Subject = {}
        term, label, scheme = _string(tag, "term"), _string(tag, "label"), _string(tag, "scheme")
        if label or term:
            subject["name"] = label or term
        if term and label:
            subject["code"] = term
        if scheme:
            subject["scheme"] = scheme
        if subject and len(story.subjects) < 500:
            story.subjects.append(subject)
    story.keywords = [subject["name"] for subject in story.subjects if "name" in subject]
    return story


def _is_text(content: Any) -> bool:
    kind = str(content.get("type", "")).lower()
    return not kind or "html" in kind or kind.startswith("text") or "xml" in kind


def _paragraphs(text: str) -> list[str]:
    return html_paragraphs(text) if looks_like_html(text) else paragraphs(text)


def _plain(text: str) -> str:
    return html_text(text) if looks_like_html(text) else text


def _language(entry: Any) -> str:
    for key in ("title_detail", "summary_detail"):
        detail = entry.get(key)
        if detail and detail.get("language"):
            return str(detail["language"])
    return _string(entry, "language")


def _string(value: Any, key: str) -> str:
    # `in` first: asked for a missing `updated`, feedparser would give the time of publication, and warn
    found = value.get(key) if hasattr(value, "get") and key in value else None
    return found.strip() if isinstance(found, str) else ""
