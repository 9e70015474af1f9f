"""NewsML 1.0 to 1.2 (IPTC, 2000 to 2003), as AFP, Business Wire and others still send it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from pipeline.errors import Rejected
from pipeline.formats import nitf
from pipeline.formats.document import Document
from pipeline.formats.item import Item
from pipeline.model import Signal, Story, Subject
from pipeline.stages.base import SkippedItem
from pipeline.text.markup import element_paragraphs, html_paragraphs, looks_like_html
from pipeline.text.paragraphs import paragraphs
from pipeline.text.times import read_time
from pipeline.text.xml import Element, attribute, child, children, descendants, first, text_of

NAME = "newsml-1"

_REVISION = re.compile(r":\d+[A-Z]?$")
_SIGNALS: dict[str, Signal] = {
    "update": "update",
    "rewrite": "update",
    "correction": "correction",
    "corrected": "correction",
    "kill": "kill",
    "delete": "kill",
    "cancel": "kill",
    "rectify": "correction",
}


def recognises(document: Document) -> bool:
    return document.root_name == "NewsML"


def read(document: Document) -> Iterator[Item]:
    """A story, or what it is instead, for each news item. Raises Rejected."""
    root = document.root
    items = list(children(root, "NewsItem"))
    if not items:
        raise Rejected("no-text", "The NewsML document carries no news item.")
    priority = attribute(first(child(root, "NewsEnvelope"), "Priority"), "FormalName")
    for item in items:
        one = read_item(item)
        if isinstance(one, Story):
            one.priority = priority
        yield one


def read_item(item: Element) -> Item:
    """One news item: its main text component, or what it holds instead."""
    story = Story(id="", source="", format=NAME)
    _read_identification(story, child(item, "Identification"))
    story.language = attribute(item, "lang")
    _read_management(story, child(item, "NewsManagement"))
    for component in descendants(item, "NewsComponent"):
        _read_component(story, component)
    body, others = _body(item)
    story.paragraphs = body
    if not body and others:
        return SkippedItem(others[0], f"The news item carries {others[0]} content and no text.", story.id)
    nitf_head = first(item, "body.head")
    if nitf_head is not None:
        _fill_from_nitf(story, nitf_head)
    story.headline = story.headline or text_of(first(item, "hl1"))
    return story


def _read_identification(story: Story, identification: Element | None) -> None:
    identifier = child(identification, "NewsIdentifier")
    public = text_of(child(identifier, "PublicIdentifier"))
    revision = child(identifier, "RevisionId")
    story.version = text_of(revision)
    parts = [text_of(child(identifier, part)) for part in ("ProviderId", "DateId", "NewsItemId")]
    story.id = public or (f"urn:newsml:{':'.join(parts)}:{story.version}" if all(parts) else "")
    story.uri = _REVISION.sub("", public) if public else (f"urn:newsml:{':'.join(parts)}" if all(parts) else "")
    story.slugline = text_of(child(identification, "NameLabel"))
    story.provider = parts[0]
    previous = attribute(revision, "PreviousRevision")
    if previous not in ("", "0") and story.uri:
        story.links.append(f"{story.uri}:{previous}")


def _read_management(story: Story, management: Element | None) -> None:
    story.created = read_time(text_of(child(management, "FirstCreated")))
    story.published = read_time(text_of(child(management, "ThisRevisionCreated")))
    status = attribute(child(management, "Status"), "FormalName").lower()
    story.pubstatus = {"canceled": "canceled", "cancelled": "canceled", "withheld": "withheld"}.get(status, "usable")
    urgency = attribute(child(management, "Urgency"), "FormalName")
    story.urgency = int(urgency) if urgency.isdecimal() and 1 <= int(urgency) <= 9 else 0
    if status == "embargoed":
        change = child(management, "StatusWillChange")
        when = text_of(child(change, "DateAndTime"))
        story.embargo = read_time(when, assume_utc=False) or f"unreadable: {when or 'no release date'}"
    for instruction in children(management, "Instruction"):
        word = attribute(instruction, "FormalName")
        if signal := _SIGNALS.get(word.lower()):
            story.signal, story.signal_text = signal, f"instruction {word}"
    for link in children(management, "DerivedFrom"):
        if target := attribute(link, "NewsItem"):
            story.links.append(target)


def _read_component(story: Story, component: Element) -> None:
    lines = child(component, "NewsLines")
    for field, tag in (
        ("headline", "HeadLine"),
        ("byline", "ByLine"),
        ("dateline", "DateLine"),
        ("rights", "CopyrightLine"),
    ):
        if not getattr(story, field):
            setattr(story, field, next((text for one in children(lines, tag) if (text := text_of(one))), ""))
    if slug := text_of(child(lines, "SlugLine")):
        story.slugline = slug
    story.abstract = story.abstract or text_of(child(lines, "SubHeadLine"))
    story.keywords.extend(text for one in children(lines, "KeywordLine") if (text := text_of(one)))
    for line in children(lines, "NewsLine"):
        kind = attribute(child(line, "NewsLineType"), "FormalName").lower()
        text = " ".join(text_of(one) for one in children(line, "NewsLineText"))
        if "note" in kind or "advisory" in kind:
            story.ednote = f"{story.ednote} {text}".strip()
    administrative = child(component, "AdministrativeMetadata")
    provider = attribute(first(child(administrative, "Provider"), "Party"), "FormalName")
    story.provider = provider or story.provider
    usage = " ".join(text_of(one) for one in descendants(child(component, "RightsMetadata"), "UsageType"))
    if usage and usage not in story.rights:
        story.rights = f"{story.rights} {usage}".strip()
    _read_description(story, child(component, "DescriptiveMetadata"))


def _read_description(story: Story, meta: Element | None) -> None:
    story.language = story.language or attribute(child(meta, "Language"), "FormalName")
    story.genre = story.genre or attribute(child(meta, "Genre"), "FormalName")
    for subject in islice(descendants(meta, "Subject", "SubjectMatter", "SubjectDetail"), 2 * nitf.MAX_ITEMS):
        _add(
            story.subjects,
            {"code": attribute(subject, "FormalName"), "scheme": attribute(subject, "Vocabulary", "Scheme")},
        )
    for location in children(meta, "Location"):
        names = [
            attribute(one, "Value")
            for one in children(location, "Property")
            if attribute(one, "FormalName") in ("City", "CountryArea", "Country")
        ]
        _add(story.places, {"name": ", ".join(one for one in names if one)})
    for topic in children(meta, "TopicOccurrence"):
        _add(story.subjects, {"code": attribute(topic, "Topic"), "name": text_of(topic)})


def _add(found: list[Subject], subject: Subject) -> None:
    subject = {key: value for key, value in subject.items() if value}  # type: ignore[assignment]
    if subject and subject not in found and len(found) < nitf.MAX_ITEMS:
        found.append(subject)


def _body(item: Element) -> tuple[list[str], list[str]]:
    """The paragraphs of the fullest text content, and the kinds of other content."""
    texts: list[list[str]] = []
    others: list[str] = []
    for content in descendants(item, "ContentItem"):
        media = attribute(child(content, "MediaType"), "FormalName").lower()
        found = [text for data in children(content, "DataContent") for text in _paragraphs(data)]
        if media in ("", "text", "complextext") and found and not _is_caption(content):
            texts.append(found)
        elif media not in ("", "text", "complextext"):
            others.append({"photo": "picture"}.get(media, media))
    return max(texts, key=lambda found: sum(map(len, found)), default=[]), others


def _is_caption(content: Element) -> bool:
    parent = content.getparent()
    return "caption" in attribute(child(parent, "Role"), "FormalName").lower() if parent is not None else False


def _paragraphs(data: Element) -> list[str]:
    body = first(data, "body.content")
    if body is not None:
        return nitf.body_paragraphs(body)
    html_body = first(data, "body")
    if html_body is not None:
        return element_paragraphs(html_body)
    if len(data):
        return element_paragraphs(
            data, silent=frozenset(("media", "head", "title", "script", "style", "media-caption"))
        )
    text = data.text or ""
    return html_paragraphs(text) if looks_like_html(text) else paragraphs(text)


def _fill_from_nitf(story: Story, head: Element) -> None:
    inner = Story(id="", source="", format=NAME)
    nitf.read_body_head(inner, head)
    for field in ("headline", "byline", "dateline", "dateline_place", "abstract"):
        if not getattr(story, field):
            setattr(story, field, getattr(inner, field))
