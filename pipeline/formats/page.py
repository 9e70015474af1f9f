"""An HTML page: the article in it, with the headline and times that its head declares.

The article is the `article` (or `main`) element with most text in paragraphs, or the element whose own paragraphs hold
most of the page's text; what is left of the page around it is furniture, cut as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from pipeline.errors import Rejected
from pipeline.formats.document import Document
from pipeline.model import Story
from pipeline.text.markup import element_paragraphs, html_paragraphs, parse_html
from pipeline.text.times import read_time
from pipeline.text.xml import attribute, descendants, first, text_of

NAME = "html"

_ROOTS = frozenset(
    (
        "html",
        "HTML",
        "Html",
        "body",
        "BODY",
        "head",
        "div",
        "p",
        "P",
        "article",
        "section",
        "h1",
        "main",
        "span",
        "table",
    )
)
_ARTICLE_TYPES = frozenset(
    ("NewsArticle", "Article", "ReportageNewsArticle", "AnalysisNewsArticle", "BlogPosting", "LiveBlogPosting")
)


def recognises(document: Document) -> bool:
    if document.shape != "xml":
        return False
    return document.root_name in _ROOTS or document.text[:500].lstrip().lower().startswith(("<!doctype html", "<html"))


def read(document: Document) -> Iterator[Story]:
    """One story. Raises Rejected `no-text`."""
    root = parse_html(document.text)
    if root is None:
        raise Rejected("no-text", "The page holds nothing that can be read.")
    story = Story(id="", source="", format=NAME)
    _read_head(story, root)
    story.paragraphs = article_paragraphs(root) or html_paragraphs(document.text)
    if not story.headline and len(story.paragraphs) > 1 and len(story.paragraphs[0]) <= 250:
        story.headline = story.paragraphs.pop(0)
    elif story.paragraphs and story.paragraphs[0] == story.headline:
        del story.paragraphs[0]
    if not story.paragraphs:
        raise Rejected("no-text", "The page holds no paragraph of text.")
    yield story


def article_paragraphs(root: Any) -> list[str]:
    """The paragraphs of the page's article."""
    for candidates in (list(descendants(root, "article")), _marked(root), list(descendants(root, "main"))):
        best = max(candidates, key=_text_length, default=None)
        if best is not None and _text_length(best) > 100:
            return element_paragraphs(best)
    sums: dict[Any, int] = {}
    for paragraph in descendants(root, "p"):
        parent = paragraph.getparent()
        if parent is not None:
            sums[parent] = sums.get(parent, 0) + len(text_of(paragraph))
    if sums:
        best = max(sums, key=lambda one: sums[one])
        if sums[best] * 2 >= sum(sums.values()):
            return element_paragraphs(best)
    body = first(root, "body")
    return element_paragraphs(body if body is not None else root)


def _marked(root: Any) -> list[Any]:
    return [one for one in descendants(root, "div", "section") if attribute(one, "itemprop") == "articleBody"]


def _text_length(element: Any) -> int:
    return sum(len(text_of(paragraph)) for paragraph in descendants(element, "p"))


def _read_head(story: Story, root: Any) -> None:
    metas: dict[str, str] = {}
    for meta in descendants(root, "meta"):
        key = attribute(meta, "property", "name", "itemprop").lower()
        if key:
            metas.setdefault(key, attribute(meta, "content"))
    title = text_of(first(root, "title"))
    heading = next((text for one in descendants(root, "h1") if (text := text_of(one))), "")
    story.headline = metas.get("og:title") or heading or title
    story.abstract = metas.get("og:description") or metas.get("description", "")
    story.byline = metas.get("author", "")
    story.provider = metas.get("og:site_name", "")
    story.language = attribute(root, "lang")
    canonical = next(
        (attribute(one, "href") for one in descendants(root, "link") if attribute(one, "rel") == "canonical"), ""
    )
    story.url = canonical or metas.get("og:url", "")
    story.id = story.uri = story.url
    published = read_time(metas.get("article:published_time") or metas.get("datepublished") or metas.get("date"))
    modified = read_time(metas.get("article:modified_time") or metas.get("datemodified"))
    story.created, story.published = published, max(published, modified)
    story.keywords = [
        word.strip() for word in metas.get("keywords", metas.get("news_keywords", "")).split(",") if word.strip()
    ]
    for script in descendants(root, "script"):
        if "ld+json" in attribute(script, "type"):
            _read_linked_data(story, script.text or "")


def _read_linked_data(story: Story, text: str) -> None:
    """schema.org's NewsArticle, as most news pages declare it."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    entries = value if isinstance(value, list) else [value]
    graph = [
        one
        for entry in entries
        if isinstance(entry, dict)
        for one in entry.get("@graph", [])
        if isinstance(entry.get("@graph"), list)
    ]
    for one in [*entries, *graph]:
        if not isinstance(one, dict) or str(one.get("@type")) not in _ARTICLE_TYPES:
            continue
        if isinstance(one.get("headline"), str):
            story.headline = one["headline"]
        published, modified = read_time(one.get("datePublished")), read_time(one.get("dateModified"))
        story.created = story.created or published
        story.published = story.published or max(published, modified)
        author = one.get("author")
        names = [
            str(a["name"])
            for a in (author if isinstance(author, list) else [author])
            if isinstance(a, dict) and isinstance(a.get("name"), str)
        ]
        story.byline = story.byline or ", ".join(names[:5])
        return
