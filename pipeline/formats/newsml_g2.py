"""NewsML-G2 (IPTC, 2.x): single news items, and news messages that carry several items.

Text items become stories; pictures, packages, concepts, events and planning items are set aside as what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from pipeline.errors import Rejected
from pipeline.formats import nitf
from pipeline.formats.document import Document
from pipeline.formats.item import Item
from pipeline.model import Signal, Story, Subject
from pipeline.stages.base import Dead, SkippedItem
from pipeline.text.markup import element_paragraphs, html_paragraphs, looks_like_html
from pipeline.text.paragraphs import paragraphs
from pipeline.text.times import read_time
from pipeline.text.xml import Element, attribute, child, children, first, name, text_of

NAME = "newsml-g2"

_ITEMS = ("newsItem", "packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem")
_SET_ASIDE = {
    "packageItem": "package", "conceptItem": "concept", "knowledgeItem": "concept", "planningItem": "planning",
    "catalogItem": "catalog",
}  # fmt: skip
_CLASSES = {
    "text": "", "composite": "package", "picture": "picture", "photo": "picture", "graphic": "graphic",
    "video": "video", "audio": "audio", "animated": "graphic",
}  # fmt: skip
_SIGNALS: dict[str, Signal] = {
    "update": "update",
    "correction": "correction",
    "corrected": "correction",
    "kill": "kill",
    "withdrawal": "kill",
}


def recognises(document: Document) -> bool:
    return document.root_name in ("newsMessage", *_ITEMS)


def read(document: Document) -> Iterator[Item]:
    """A story, or what it is instead, for each item. Raises Rejected."""
    root = document.root
    if name(root) in _ITEMS:
        items = [root]
    else:
        items = [one for itemset in children(root, "itemSet") for one in children(itemset, *_ITEMS)]
    if not items:
        raise Rejected("no-text", "The news message carries no item.")
    carried = any(name(one) == "newsItem" for one in items)
    for one in items:
        if name(one) == "packageItem" and carried and child(one, "groupSet") is None and len(items) > 1:
            continue  # an empty wrapper around the items that the message carries
        yield read_item(one)


def read_item(item: Element) -> Item:
    """One item; a broken one is a dead item, so that its neighbours go on."""
    kind = _SET_ASIDE.get(name(item), "")
    guid = attribute(item, "guid")
    if kind:
        return SkippedItem(kind, f"A NewsML-G2 {name(item)} carries no text story.", guid)
    meta, content = child(item, "itemMeta"), child(item, "contentSet")
    item_class = _code(child(meta, "itemClass"), local=True)
    kind = _CLASSES.get(item_class, "" if not item_class or item_class.startswith("text") else item_class)
    body = _body(content)
    if kind and not (kind == "package" and body):
        return SkippedItem(kind[:40], f"The news item is of class {item_class}, which carries no text story.", guid)
    if not body and content is not None and _is_data(content):
        return SkippedItem("data", "The news item carries data, no text story.", guid)
    story = Story(id=guid, source="", format=NAME, uri=guid, version=attribute(item, "version"))
    story.paragraphs = body
    count = next(
        (text for part in children(content, "inlineXML", "inlineData") if (text := attribute(part, "wordcount"))), ""
    )
    story.word_count = int(count) if count.isdecimal() and len(count) < 7 else 0
    story.language = attribute(item, "lang")
    _read_rights(story, child(item, "rightsInfo"))
    _read_item_meta(story, meta)
    for part in children(item, "contentMeta"):
        _read_content_meta(story, part)
    _read_names(story, item)
    nitf_root = first(content, "nitf")
    if nitf_root is not None:
        _fill_from_nitf(story, nitf_root)
    if not story.headline:
        story.headline = text_of(child(meta, "title")) or _html_title(content)
    if not story.headline and not story.paragraphs:
        return Dead("no-text", "The news item has neither a headline nor a text.")
    return story


def _body(content: Element | None) -> list[str]:
    """The text of the fullest rendition that stands in the item itself."""
    renditions = [
        found
        for part in children(content, "inlineXML", "inlineData")
        if (found := _inline_xml(part) if name(part) == "inlineXML" else _inline_data(part))
    ]
    return max(renditions, key=lambda texts: sum(map(len, texts)), default=[])


def _inline_xml(part: Element) -> list[str]:
    nitf_body = first(part, "body.content")
    if nitf_body is not None:
        return nitf.body_paragraphs(nitf_body)
    html_body = first(part, "body")
    if html_body is not None:
        return element_paragraphs(html_body)
    if attribute(part, "contenttype").lower().split(";")[0] in (
        "",
        "application/xhtml+xml",
        "text/html",
        "text/xml",
        "application/xml",
        "application/nitf+xml",
    ):
        if first(part, "p", "div", "section", "article", "li", "h1", "pre") is not None:
            return element_paragraphs(part)
        if not len(part):
            return _plain(part.text or "")
    return []


def _inline_data(part: Element) -> list[str]:
    kind = attribute(part, "contenttype").lower()
    if kind and not kind.startswith("text") and "html" not in kind and "xml" not in kind:
        return []
    return _plain("".join(part.itertext()))


def _plain(text: str) -> list[str]:
    return html_paragraphs(text) if looks_like_html(text) else paragraphs(text)


def _is_data(content: Element) -> bool:
    """SportsML, EventsML and other structures: XML inside, none of it prose."""
    return any(len(part) for part in children(content, "inlineXML"))


def _html_title(content: Element | None) -> str:
    return text_of(first(content, "title", "h1"))


def _read_rights(story: Story, rights: Element | None) -> None:
    notices = list(children(rights, "copyrightNotice"))
    terms = list(children(rights, "usageTerms"))
    parts = [_in_language(notices, story.language), _in_language(terms, story.language)]
    story.rights = " ".join(part for part in parts if part) or _label(child(rights, "copyrightHolder"))


def _in_language(elements: list[Element], language: str) -> str:
    for one in elements:
        if language and attribute(one, "lang").split("-")[0] == language.split("-")[0] and text_of(one):
            return text_of(one)
    return next((text for one in elements if (text := text_of(one))), "")


def _read_item_meta(story: Story, meta: Element | None) -> None:
    provider = child(meta, "provider")
    story.provider = _label(provider)
    story.published = read_time(text_of(child(meta, "versionCreated")))
    story.created = read_time(text_of(child(meta, "firstCreated")))
    status = _code(child(meta, "pubStatus"), local=True).lower()
    story.pubstatus = {"cancelled": "canceled"}.get(status, status) or "usable"
    embargoed = child(meta, "embargoed")
    if embargoed is not None:
        given = text_of(embargoed)
        if given:
            story.embargo = read_time(given, assume_utc=False) or f"unreadable: {given}"
        else:  # the standard: embargoed until the provider says otherwise
            story.embargo = "unreadable: an embargo without a date"
    notes = sorted(children(meta, "edNote"), key=lambda note: "private" in attribute(note, "role"))  # the public first
    story.ednote = " ".join(text for note in notes if (text := text_of(note)))
    for signal in children(meta, "signal"):
        code = _code(signal, local=True).lower()
        if code in _SIGNALS:
            story.signal, story.signal_text = _SIGNALS[code], f"signal {_code(signal)}"
    for link in children(meta, "link"):
        relation = _code_of(attribute(link, "rel"))
        target = attribute(link, "residref", "guidref", "href")
        if target and (
            "previous" in relation.lower()
            or "update" in relation.lower()
            or "correct" in relation.lower()
            or "replace" in relation.lower()
        ):
            story.links.append(target)


def _read_content_meta(story: Story, meta: Element) -> None:
    urgency = text_of(child(meta, "urgency"))
    if urgency.isdecimal() and 1 <= int(urgency) <= 9:
        story.urgency = int(urgency)
    story.created = story.created or read_time(text_of(child(meta, "contentCreated")))
    story.published = story.published or read_time(text_of(child(meta, "contentModified")))
    headlines = sorted(
        children(meta, "headline"),
        key=lambda one: "main" not in attribute(one, "role") and bool(attribute(one, "role")),
    )
    story.headline = story.headline or next((text for one in headlines if (text := text_of(one))), "")
    story.slugline = story.slugline or next((text for one in children(meta, "slugline") if (text := text_of(one))), "")
    by = [text for one in children(meta, "by") if (text := text_of(one))]
    story.byline = story.byline or "; ".join(dict.fromkeys(by))
    story.dateline = story.dateline or text_of(child(meta, "dateline"))
    located = child(meta, "located")
    story.dateline_place = story.dateline_place or text_of(child(located, "name"))
    descriptions = [one for one in children(meta, "description") if "caption" not in attribute(one, "role")]
    story.abstract = story.abstract or next((text for one in descriptions if (text := text_of(one))), "")
    story.genre = story.genre or _label(child(meta, "genre"))
    story.keywords.extend(text for one in children(meta, "keyword") if (text := text_of(one)))
    language = attribute(child(meta, "language"), "tag")
    story.language = story.language or language
    for subject in islice(children(meta, "subject"), 2 * nitf.MAX_ITEMS):
        _sort_subject(story, subject, attribute(subject, "type"))


def _read_names(story: Story, item: Element) -> None:
    """Assertions: names for the codes that subjects gave without one."""
    names = {attribute(one, "qcode"): _label(one) for one in children(item, "assert")}
    for found in (story.subjects, story.people, story.organisations, story.places):
        for subject in found:
            if "name" not in subject and (label := names.get(subject.get("code", ""))):
                subject["name"] = label


def _sort_subject(story: Story, element: Element, kind: str) -> None:
    subject: Subject = {}
    concept = child(element, "mainConcept")  # 2.35 puts the concept inside, beside its facets
    element = concept if concept is not None else element
    if code := attribute(element, "qcode", "uri", "literal"):
        subject["code"] = code
    label = next((text for one in children(element, "name") if (text := text_of(one))), "")
    if label:
        subject["name"] = label
    if not subject:
        return
    kind = _code_of(kind).lower()
    target = {
        "person": story.people,
        "organisation": story.organisations,
        "organization": story.organisations,
        "geoarea": story.places,
        "poi": story.places,
    }.get(kind, story.subjects)
    if subject not in target and len(target) < nitf.MAX_ITEMS:
        target.append(subject)


def _fill_from_nitf(story: Story, root: Element) -> None:
    """Where the item's own metadata is silent, its NITF body may know."""
    inner = Story(id="", source="", format=NAME)
    nitf.read_head(inner, child(root, "head"))
    nitf.read_body_head(inner, first(root, "body.head"))
    nitf.read_names(inner, first(root, "body.content"))
    for field in (
        "headline",
        "byline",
        "dateline",
        "dateline_place",
        "slugline",
        "abstract",
        "ednote",
        "rights",
        "genre",
    ):
        if not getattr(story, field):
            setattr(story, field, getattr(inner, field))
    story.headline = story.headline or text_of(first(root, "title"))
    for field in ("subjects", "people", "organisations", "places", "keywords"):
        if not getattr(story, field):
            setattr(story, field, getattr(inner, field))


def _label(element: Element | None) -> str:
    if element is None:
        return ""
    label = next((text for one in children(element, "name", "fullName") if (text := text_of(one))), "")
    return label or attribute(element, "literal") or _code(element, local=True)


def _code(element: Element | None, local: bool = False) -> str:
    code = attribute(element, "qcode", "code", "uri")
    return _code_of(code) if local else code


def _code_of(qcode: str) -> str:
    return qcode.rpartition(":")[2].rpartition("/")[2]
