"""NITF (IPTC News Industry Text Format, 2.5 to 3.6): head with metadata, body with marked-up text.

Dialects differ in where they put a fact, not in what it means; each fact has its list of places, first found counts.
`body_paragraphs` also serves NewsML, which carries NITF bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.errors import Rejected
from pipeline.formats.document import Document
from pipeline.model import Story, Subject
from pipeline.text import xml
from pipeline.text.markup import element_paragraphs
from pipeline.text.times import read_time
from pipeline.text.xml import Element, attribute, child, children, descendants, first, text_of

NAME = "nitf"

_SILENT = frozenset(("media", "tagline", "script", "style", "bibliography", "nitf-table-metadata", "custom-table"))
_STATUS = {
    "usable": "usable",
    "embargoed": "usable",
    "withheld": "withheld",
    "canceled": "canceled",
    "cancelled": "canceled",
}
MAX_ITEMS = 500
"""Of subjects, names and the like; finish keeps no more."""
_NUMBERED = re.compile(r"^\d+\s+")
_SPACE = re.compile(r"\s+")


def recognises(document: Document) -> bool:
    return document.root_name == "nitf"


def read(document: Document) -> Iterator[Story]:
    """One story. Raises Rejected."""
    yield story_of(document.root)


def story_of(root: Element) -> Story:
    """The story of a `nitf` element. Raises Rejected `no-text` where it has no body."""
    story = Story(id="", source="", format=NAME)
    head, body = child(root, "head"), child(root, "body")
    if body is None and head is None:
        raise Rejected("no-text", "The NITF document has neither a head nor a body.")
    read_head(story, head)
    read_body_head(story, child(body, "body.head"))
    if not story.headline:
        story.headline = text_of(child(head, "title")) or text_of(first(body, "hl1"))
    story.language = attribute(root, "lang", "baselang") or attribute(body, "lang")
    content = child(body, "body.content")
    story.paragraphs = body_paragraphs(content if content is not None else body)
    read_names(story, content)
    if not story.byline:
        story.byline = text_of(first(child(body, "body.end"), "byline"))
    return story


def body_paragraphs(content: Element | None) -> list[str]:
    """The paragraphs of a `body.content` (or of any element that holds such markup), captions left out."""
    return element_paragraphs(content, silent=_SILENT) if content is not None else []


def read_head(story: Story, head: Element | None) -> None:
    """What `head` says: identifiers, times, urgency, subjects, rights."""
    docdata = child(head, "docdata")
    metas = {attribute(meta, "name").lower(): attribute(meta, "content") for meta in children(head, "meta")}
    story.id = story.uri = attribute(child(docdata, "doc-id"), "id-string")
    story.provider = attribute(child(docdata, "doc-id"), "regsrc") or attribute(
        first(docdata, "doc.copyright"), "holder"
    )
    urgency = attribute(first(head, "urgency"), "ed-urg")
    story.urgency = int(urgency) if urgency.isdecimal() and 1 <= int(urgency) <= 9 else 0
    story.priority = metas.get("priority", "") or metas.get("ntbprioritet", "")
    issued = read_time(attribute(child(docdata, "date.issue"), "norm"))
    revised = max((read_time(attribute(one, "norm")) for one in children(head, "revision-history")), default="")
    story.created = issued
    story.published = revised or issued
    _embargo(story, docdata)
    status = attribute(docdata, "management-status").lower()
    story.pubstatus = _STATUS.get(status, "usable")
    key = child(docdata, "du-key")
    story.version = attribute(key, "version") or metas.get("version", "")
    story.slugline = (
        attribute(key, "key") or metas.get("anpa-keyword", "") or metas.get("slug", "") or metas.get("ntbstikkord", "")
    )
    if metas.get("anpa-keyword"):  # what its senders call the slugline; their du-key is a machine's
        story.slugline = metas["anpa-keyword"]
    if story.slugline.startswith("PA-"):  # a machine's key; the Press Association puts the slugline into the title
        story.slugline = _NUMBERED.sub("", text_of(child(head, "title")))
    story.sequence = metas.get("anpa-sequence", "")
    notes = (attribute(note, "info") for note in children(docdata, "ed-msg"))
    comments = (attribute(one, "comment") for one in children(head, "revision-history"))
    story.ednote = " ".join(note for note in (*notes, *comments) if note)
    story.keywords = [attribute(key, "key") or text_of(key) for key in descendants(docdata, "keyword")]
    holder, year = (attribute(first(docdata, "doc.copyright"), name) for name in ("holder", "year"))
    story.rights = " ".join(part for part in (f"© {year}".strip() if holder else "", holder) if part)
    story.genre = attribute(first(head, "tobject.property"), "tobject.property.type")
    for subject in descendants(head, "tobject.subject"):
        _add(story.subjects, _subject(subject))
    if link := attribute(docdata, "management-doc-idref"):  # the document that this one updates, corrects or cancels
        story.links.append(link)
    for correction in children(docdata, "correction"):
        story.signal, story.signal_text = "correction", "NITF correction element"
        if link := attribute(correction, "id-string"):
            story.links.append(link)
        if note := attribute(correction, "info"):
            story.ednote = f"{story.ednote} {note}".strip()
    for place in children(docdata, "evloc"):
        _add(
            story.places,
            {
                "name": ", ".join(
                    filter(
                        None,
                        (attribute(place, "city"), attribute(place, "state-prov"), attribute(place, "county-dist")),
                    )
                ),
                "code": attribute(place, "iso-cc"),
            },
        )
    read_names(story, child(docdata, "identified-content"))


def _embargo(story: Story, docdata: Element | None) -> None:
    """A release date after the issue date is an embargo; feeds that never use it repeat the issue date there."""
    given = attribute(child(docdata, "date.release"), "norm")
    release = read_time(given, assume_utc=False)
    if attribute(docdata, "management-status").lower() == "embargoed":
        story.embargo = release or f"unreadable: {given or 'no release date'}"
    elif release and story.published and release > story.published:
        story.embargo = release


def _subject(element: Element) -> Subject:
    names = [attribute(element, f"tobject.subject.{level}") for level in ("detail", "matter", "type")]
    subject: Subject = {}
    if code := attribute(element, "tobject.subject.refnum", "tobject.subject.code"):
        subject["code"] = code
    if label := next((one for one in names if one), ""):
        subject["name"] = label
    if scheme := attribute(element, "tobject.subject.ipr"):
        subject["scheme"] = scheme
    return subject


def read_body_head(story: Story, head: Element | None) -> None:
    """What `body.head` prints above the text."""
    hedline = child(head, "hedline")
    story.headline = text_of(child(hedline, "hl1")) or (text_of(hedline) if child(hedline, "hl2") is None else "")
    byline = child(head, "byline")
    if byline is not None:
        story.byline = _SPACE.sub(" ", " ".join(_without(byline, "byttl"))).replace(" ,", ",").strip()
    story.abstract = (
        " ".join(element_paragraphs(child(head, "abstract"))) if child(head, "abstract") is not None else ""
    )
    distributor = text_of(child(head, "distributor"))
    story.provider = distributor or story.provider
    dateline = child(head, "dateline")
    if dateline is not None:
        story.dateline = text_of(dateline)
        story.dateline_place = text_of(child(dateline, "location")) or story.dateline
        story.dateline_date = text_of(child(dateline, "story.date"))
    if note := text_of(child(head, "note")):
        story.ednote = f"{story.ednote} {note}".strip()
    if not story.rights:
        story.rights = text_of(child(head, "rights"))


def _without(element: Element, left_out: str) -> Iterator[str]:
    yield element.text or ""
    for part in element:
        if xml.name(part) != left_out and isinstance(part.tag, str):
            yield "".join(part.itertext())
        yield part.tail or ""


def read_names(story: Story, element: Element | None) -> None:
    """People, organisations and places that the sender marked up."""
    for tag, found in (
        ("person", story.people),
        ("org", story.organisations),
        ("location", story.places),
        ("classifier", story.subjects),
    ):
        for one in descendants(element, tag):
            if len(found) >= MAX_ITEMS:
                break
            subject: Subject = {}
            if label := text_of(one) or attribute(one, "value"):
                subject["name"] = label
            if code := attribute(one, "idsrc") and attribute(one, "value"):
                subject["code"] = code
            _add(found, subject)


def _add(found: list[Subject], subject: Subject) -> None:
    subject = {key: value for key, value in subject.items() if value}  # type: ignore[assignment]
    if subject and subject not in found and len(found) < MAX_ITEMS:
        found.append(subject)
