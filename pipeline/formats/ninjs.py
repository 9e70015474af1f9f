"""IPTC ninjs: 1.x (one `headline`, `body_html`), 2.x (lists such as `headlines`, `bodies`) and 3.x (camel case).

The three differ in spelling alone, so names are compared without case and underscores and one reader serves all.
Superdesk, AP and the BBC wrap several items in an object with an `item` or `items` list.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pipeline.errors import Rejected
from pipeline.formats.document import Document
from pipeline.formats.item import Item
from pipeline.model import Story, Subject
from pipeline.stages.base import Dead, SkippedItem
from pipeline.text.fields import paragraphs_of
from pipeline.text.markup import html_paragraphs, looks_like_html
from pipeline.text.times import read_time

NAME = "ninjs"

_MARKS = frozenset(
    (
        "versioncreated",
        "pubstatus",
        "headlines",
        "bodies",
        "bodyhtml",
        "bodytext",
        "bodyxhtml",
        "firstcreated",
        "descriptiontext",
        "standard",
        "renditions",
        "associations",
        "usageterms",
        "descriptions",
        "eventdetails",
        "$standard",
    )
)
_MEDIA = frozenset(("picture", "video", "audio", "graphic", "event", "planning", "animated", "data"))
_ENVELOPES = ("item", "items", "_items")
_LEVELS = 3


def recognises(document: Document) -> bool:
    if document.shape != "json":
        return False
    found = _items(document.values)
    return bool(found) and all(_is_item(one) for one in found[:3])


def _is_item(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    keys = {_plain(str(key)) for key in value}
    strong = keys & _MARKS
    return len(strong) >= 2 or ("uri" in keys and bool(strong)) or bool(keys & {"bodies", "bodyhtml", "bodyxhtml"})


def _items(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        for _ in range(_LEVELS):
            if not isinstance(value, dict):
                break
            inner = next((value[key] for key in _ENVELOPES if isinstance(value.get(key), list | dict)), None)
            if inner is None or _is_item(value):
                break
            value = inner
        found.extend(value if isinstance(value, list) else [value])
    return found


def read(document: Document) -> Iterator[Item]:
    """A story, or what it is instead, for each item."""
    for value in _items(document.values):
        try:
            yield read_item(value)
        except Rejected as e:
            yield Dead(e.code, e.detail)


def read_item(value: Any) -> Item:
    """One ninjs object. Raises Rejected `bad-types`."""
    if not isinstance(value, dict):
        raise Rejected("bad-types", "A ninjs item must be a JSON object.")
    fields = {_plain(str(key)): content for key, content in value.items()}
    uri = _string(fields, "uri") or _string(fields, "guid") or _string(fields, "id")
    kind = _string(fields, "type").lower()
    body = _body(fields)
    if not kind and "eventdetails" in fields:
        kind = "event"
    if kind in _MEDIA or (kind in ("composite", "component", "package") and not body):
        return SkippedItem(kind, f"The ninjs item is of type {kind} and carries no text story.", uri)
    story = Story(id=uri, source="", format=NAME, uri=uri, version=_string(fields, "version"))
    story.paragraphs = body
    story.headline = (
        _string(fields, "headline")
        or _by_role(fields.get("headlines"), "main")
        or _string(fields, "title")
        or _by_role(fields.get("titles"), "main")
        or next((text for key in fields if key.startswith("headline") and (text := _string(fields, key))), "")
    )
    story.abstract = _text(
        _string(fields, "descriptiontext")
        or _string(fields, "descriptionhtml")
        or _by_role(fields.get("descriptions"), "summary", "abstract")
        or _string(fields, "abstract")
    )
    story.slugline = _string(fields, "slugline")
    story.byline = _string(fields, "byline") or _string(fields, "by") or _names(fields.get("bylines"))
    story.dateline = _string(fields, "dateline") or _string(fields, "located")
    story.dateline_place = _string(fields, "located")
    story.language = _string(fields, "language")
    story.provider = (
        _string(fields, "provider")
        or _first_name(fields.get("infosources"))
        or _first_name(fields.get("infosource"))
        or _string(fields, "source")
        or _string(fields, "copyrightholder")
    )
    story.ednote = _string(fields, "ednote")
    story.genre = _first_name(fields.get("genre")) or _first_name(fields.get("genres")) or _string(fields, "profile")
    story.priority = _string(fields, "priority")
    story.sequence = _string(fields, "ingestprovidersequence") or _string(fields, "sequence")
    urgency = _string(fields, "urgency")
    story.urgency = int(urgency) if urgency.isdecimal() and 1 <= int(urgency[:3]) <= 9 else 0
    story.created = read_time(fields.get("firstcreated") or fields.get("contentcreated"))
    story.published = read_time(fields.get("versioncreated"))
    status = _string(fields, "pubstatus").lower().removeprefix("stat:")
    story.pubstatus = {"cancelled": "canceled", "killed": "canceled"}.get(status, status) or "usable"
    embargo = fields.get("embargoed") or fields.get("embargoeduntil") or fields.get("embargo")
    if embargo and not isinstance(embargo, bool):
        story.embargo = read_time(embargo, assume_utc=False) or f"unreadable: {str(embargo)[:100]}"
    rights = (_string(fields, "copyrightnotice"), _string(fields, "usageterms"))
    story.rights = " ".join(part for part in rights if part) or _string(fields, "copyrightholder")
    story.url = _string(fields, "url") or next((link for link in _hrefs(fields.get("rightsinfo")) if link), "")
    story.subjects = _subjects(fields.get("subject"), fields.get("subjects"))
    story.people = _subjects(fields.get("person"), fields.get("people"))
    story.organisations = _subjects(fields.get("organisation"), fields.get("organisations"), fields.get("organization"))
    story.places = _subjects(fields.get("place"), fields.get("places"))
    story.keywords = _strings(fields.get("keywords"))
    story.links = [
        link for key in ("evolvedfrom", "rewriteof", "previousversion", "replaces") if (link := _string(fields, key))
    ]
    for association in _list(fields.get("associations")):
        if (
            isinstance(association, dict)
            and "previous" in str(association.get("rel", "")).lower()
            and isinstance(association.get("uri"), str)
        ):
            story.links.append(association["uri"])
    if not story.headline and not body and not story.abstract:
        if fields.get("renditions") or fields.get("associations"):
            return SkippedItem(kind or "media", "The ninjs item carries renditions or associations and no text.", uri)
        raise Rejected("no-text", "The ninjs item has neither a headline nor a text.")
    return story


@lru_cache(maxsize=2048)  # feeds have their own few names
def _plain(key: str) -> str:
    return key.replace("_", "").lower()


def _string(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, list):
        return " ".join(one for one in value if isinstance(one, str))
    if isinstance(value, dict):
        return next(
            (one for one in (value.get("name"), value.get("value"), value.get("text")) if isinstance(one, str)), ""
        )
    return ""


def _body(fields: dict[str, Any]) -> list[str]:
    """The fullest form of the body: HTML before plain text, for its paragraphs are sure."""
    for key in ("bodyhtml", "bodyxhtml"):
        value = fields.get(key)
        if isinstance(value, str) and (found := html_paragraphs(value)):
            return found
    for key in ("bodytext", "body"):
        value = fields.get(key)
        if isinstance(value, str) and (found := paragraphs_of(value)):
            return found
    renditions: list[tuple[bool, list[str]]] = []
    for key, value in fields.items():  # 1.x lets a provider add forms of its own: body_main, body_richtext
        if key.startswith("body") and isinstance(value, str):
            renditions.append((looks_like_html(value), paragraphs_of(value)))
    for body in _list(fields.get("bodies")):
        if not isinstance(body, dict) or not isinstance(body.get("value"), str):
            continue
        kind = str(_get(body, "contenttype") or "").lower()
        if "json" in kind:
            continue
        marked_up = "html" in kind or "xml" in kind
        found = html_paragraphs(body["value"]) if marked_up else paragraphs_of(body["value"])
        renditions.append((marked_up, found))
    renditions.sort(key=lambda one: (one[0], sum(map(len, one[1]))))
    return renditions[-1][1] if renditions else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _get(value: dict[str, Any], key: str) -> Any:
    return next((content for name, content in value.items() if _plain(str(name)) == key), None)


def _by_role(values: Any, *roles: str) -> str:
    """Of `[{role, value}, …]` the one with the first of these roles, else the first."""
    entries = (
        [one for one in values if isinstance(one, dict) and isinstance(one.get("value"), str)]
        if isinstance(values, list)
        else []
    )
    for role in roles:
        for one in entries:
            if str(one.get("role", "")).lower() == role:
                return str(one["value"])
    return str(entries[0]["value"]) if entries else ""


def _text(value: str) -> str:
    return " ".join(html_paragraphs(value)) if "<" in value else value


def _names(values: Any) -> str:
    entries = values if isinstance(values, list) else [values]
    return ", ".join(
        text
        for one in entries
        if isinstance(one, dict | str)
        and (
            text := one if isinstance(one, str) else str(one.get("name") or one.get("byline") or one.get("value") or "")
        )
    )


def _first_name(values: Any) -> str:
    entries = values if isinstance(values, list) else [values]
    for one in entries:
        if isinstance(one, str) and one:
            return one
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            return str(one["name"])
    return ""


def _hrefs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key in ("href", "url"):
            if isinstance(value.get(key), str):
                yield value[key]


def _subjects(*sources: Any) -> list[Subject]:
    found: list[Subject] = []
    for source in sources:
        for one in source if isinstance(source, list) else []:
            subject: Subject = {}
            if isinstance(one, str):
                subject["name"] = one
            elif isinstance(one, dict):
                keys: tuple[tuple[str, tuple[str, ...]], ...] = (
                    ("name", ("name",)),
                    ("code", ("code", "qcode", "uri", "literal", "symbol")),
                    ("scheme", ("scheme",)),
                    ("rel", ("rel",)),
                )
                for key, names in keys:
                    text = next(
                        (str(one[name]) for name in names if isinstance(one.get(name), str | int) and str(one[name])),
                        "",
                    )
                    if text:
                        subject[key] = text  # type: ignore[literal-required]
            if subject and len(found) < 500:
                found.append(subject)
    return found


def _strings(values: Any) -> list[str]:
    if isinstance(values, str):
        return [values]
    return [one for one in values if isinstance(one, str)] if isinstance(values, list) else []
