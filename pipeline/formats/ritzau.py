"""Ritzau's own XML (Denmark): one `RBNews`, or a queue of them; the body is escaped HTML."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.errors import Rejected
from pipeline.formats.document import Document
from pipeline.model import Story
from pipeline.text.clean import unescape
from pipeline.text.markup import html_paragraphs
from pipeline.text.times import read_time
from pipeline.text.xml import Element, child, descendants, name, text_of

NAME = "ritzau"


def recognises(document: Document) -> bool:
    return document.root_name in ("RBNews", "XMLNewsQueuedResponse")


def read(document: Document) -> Iterator[Story]:
    """A story for each news element. Raises Rejected."""
    root = document.root
    items = [root] if name(root) == "RBNews" else list(descendants(root, "RBNews"))
    if not items:
        raise Rejected("no-text", "The queue holds no news.")
    for item in items:
        yield _story(item)


def _story(item: Element) -> Story:
    def field(tag: str) -> str:
        return unescape(text_of(child(item, tag)))

    identity = field("NewsID")
    story = Story(id=identity, source="", format=NAME, uri=identity, version=field("version"), provider="Ritzau")
    story.headline = field("headline")
    story.slugline = field("strapline")
    story.abstract = field("subtitle")
    story.paragraphs = html_paragraphs(unescape(text_of(child(item, "content"))))
    story.byline = field("origin") or field("byLine")
    story.dateline = story.dateline_place = field("town")
    story.priority = field("Priority")
    story.genre = field("format")
    story.ednote = field("TilRedaktionen")
    story.published = read_time(field("PublishDate"))
    if section := field("section"):
        story.subjects.append({"name": section, "scheme": "section"})
    if field("Annuleret") == "true":
        story.pubstatus = "canceled"
    elif field("Korrektion") == "true":
        story.signal, story.signal_text = "correction", "Korrektion true"
    elif field("NyVersion") == "true":
        story.signal, story.signal_text = "update", "NyVersion true"
    if replaced := field("replacedID") or field("Replaces"):
        story.links.append(replaced)
    return story
