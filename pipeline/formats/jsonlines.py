"""JSON lines: one flat object a story. `id`, `title`, `text`, `published`, `source`, `version`; one of title and text
is enough. Common synonyms and further wire fields are read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.errors import Rejected, Skipped
from pipeline.formats.document import Document, line_error
from pipeline.formats.item import Item
from pipeline.model import Story, Subject
from pipeline.stages.base import Dead, SkippedItem
from pipeline.text.fields import paragraphs_of
from pipeline.text.times import read_time

NAME = "json"

_HEADLINE = ("title", "headline", "head", "heading")
_BODY = (
    "text",
    "body",
    "content",
    "body_text",
    "body_html",
    "html",
    "description_text",
    "paragraphs",
    "article",
    "story",
)
_LINES = {
    "slugline": ("slugline", "slug"),
    "byline": ("byline", "author", "authors", "by"),
    "dateline": ("dateline",),
    "abstract": ("abstract", "summary", "description", "standfirst", "lede", "teaser"),
    "uri": ("uri", "guid"),
    "provider": ("provider", "publisher", "agency"),
    "priority": ("priority",),
    "genre": ("genre",),
    "ednote": ("ednote", "editors_note", "editor_note", "editorial_note", "note"),
    "language": ("language", "lang"),
    "url": ("url", "link"),
    "rights": ("rights", "copyright", "usageterms"),
}
_TIMES = {
    "published": (
        "published",
        "versioncreated",
        "updated",
        "published_at",
        "publishedAt",
        "date",
        "time",
        "timestamp",
        "pubDate",
        "datetime",
    ),
    "created": ("created", "firstcreated", "created_at", "createdAt"),
}
_WORD_LISTS = {
    "keywords": ("keywords", "tags"),
    "links": ("links", "replaces", "supersedes", "corrects", "evolvedfrom"),
}
_SUBJECTS = {
    "subjects": ("subjects", "subject", "topics", "categories", "category"),
    "places": ("places", "locations"),
    "people": ("people", "persons"),
    "organisations": ("organisations", "organizations", "orgs"),
}
_FIELDS = {
    name: field
    for fields in (_LINES, _TIMES, _WORD_LISTS, _SUBJECTS)
    for field, names in fields.items()
    for name in names
}
"""Which field each name may fill: an object has few of all these names, and only its own are looked for."""

_ENVELOPES = ("stories", "items", "articles", "results", "data", "docs", "hits")
_SPLIT = re.compile(r"\s*[,;]\s*")


def recognises(document: Document) -> bool:
    return document.shape == "json"


def read(document: Document) -> Iterator[Item]:
    """The stories of an object, of a list of objects, of an object that holds such a list, or of many lines.

    Raises Rejected: `bad-json`; `bad-types` where a field has a type it cannot have, `no-text` without title and text.
    """
    values = _unfold(document.values)
    if len(values) == 1:
        yield story_of(values[0])
        return
    for value in values:
        try:
            yield story_of(value)
        except Rejected as e:  # one bad line harms no other
            yield Dead(e.code, e.detail)
        except Skipped as e:
            yield SkippedItem(e.what, e.detail)


def story_of(value: Any) -> Story:
    """The story of one JSON object. Raises Rejected or Skipped."""
    if error := line_error(value):
        raise Rejected("bad-json", error)
    if not isinstance(value, dict):
        raise Rejected("bad-types", f"A story must be a JSON object, this is {_kind(value)}.")
    if "$schema" in value and "properties" in value:
        raise Skipped("schema", "The record is a JSON schema, no story.")
    story = Story(id=_id(value), source="", format=NAME)
    story.source = _line(value, ("source", "feed"), loose=True)
    story.headline = _line(value, _HEADLINE)
    story.paragraphs = _body(value)
    if not story.headline and not story.paragraphs:
        present = ", ".join(sorted(str(key) for key in value)[:8]) or "none"
        raise Rejected(
            "no-text", f"The object has neither a title nor a text that holds words (its fields: {present[:200]})."
        )
    given = {_FIELDS[name] for name in value if name in _FIELDS}
    for field, names in _LINES.items():
        if field in given and (found := _line(value, names, loose=True)):
            setattr(story, field, found)
    if not story.paragraphs and story.abstract and not story.headline:
        story.paragraphs = [story.abstract]
    story.version = _version(value)
    for field, names in _TIMES.items():
        if field in given:
            setattr(story, field, _time(story, value, names))
    story.urgency = _urgency(value.get("urgency"))
    for field, names in _WORD_LISTS.items():
        if field in given:
            setattr(story, field, _words(_first(value, names)))
    for field, names in _SUBJECTS.items():
        if field in given:
            setattr(story, field, _subjects(_first(value, names)))
    status = value.get("pubstatus")
    if isinstance(status, str) and status:
        story.pubstatus = status.lower().removeprefix("stat:").replace("cancelled", "canceled")
    embargo = _first(value, ("embargo", "embargoed", "embargo_until"))
    if embargo and not isinstance(embargo, bool):
        story.embargo = read_time(embargo, assume_utc=False) or f"unreadable: {str(embargo)[:100]}"
    return story


def _unfold(values: list[Any]) -> list[Any]:
    if len(values) > 1:
        return values
    value = values[0]
    if isinstance(value, dict) and not any(name in value for name in (*_HEADLINE, *_BODY)):
        for name in _ENVELOPES:
            inner = value.get(name)
            if isinstance(inner, list) and inner and all(isinstance(one, dict) for one in inner):
                return inner
    if isinstance(value, list):
        if not value:
            raise Rejected("empty", "The JSON list holds no story.")
        return value
    return [value]


def _first(value: dict[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        found = value.get(name)
        if found is not None and found != "" and found != []:
            return found
    return None


def _id(value: dict[str, Any]) -> str:
    found = _first(value, ("id", "guid", "uri", "_id", "story_id"))
    if found is None:
        return ""
    if isinstance(found, str):
        return found
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    raise Rejected("bad-types", f"`id` must be a string or a whole number, this is {_kind(found)}.")


def _line(value: dict[str, Any], names: tuple[str, ...], *, loose: bool = False) -> str:
    """The first of these fields as a string. `loose` reads lists and objects with a name, and drops what is neither;
    else a wrong type is Rejected, for the field is what makes the story."""
    for name in names:
        found = value.get(name)
        if found is None or found == "":
            continue
        if isinstance(found, str):
            if found.strip():
                return found
            continue
        if not loose:
            raise Rejected("bad-types", f"`{name}` must be a string, this is {_kind(found)}.")
        if text := _loose_line(found):
            return text
    return ""


def _loose_line(found: Any) -> str:
    if isinstance(found, int | float) and not isinstance(found, bool):
        return str(found)
    if isinstance(found, dict):
        return next(
            (str(found[key]) for key in ("name", "title", "value", "text") if isinstance(found.get(key), str)), ""
        )
    if isinstance(found, list):
        return ", ".join(part for one in found[:20] if (part := one if isinstance(one, str) else _loose_line(one)))
    return ""


def _body(value: dict[str, Any]) -> list[str]:
    for name in _BODY:
        found = value.get(name)
        if found is None or found == "":
            continue
        if isinstance(found, list) and all(isinstance(part, str) for part in found):
            body = [text for part in found for text in paragraphs_of(part)]
        elif isinstance(found, str):
            body = paragraphs_of(found)
        else:
            raise Rejected("bad-types", f"`{name}` must be a string, this is {_kind(found)}.")
        if body:
            return body
    return []


def _version(value: dict[str, Any]) -> str:
    found = _first(value, ("version", "_version"))
    if isinstance(found, str):
        return found
    if isinstance(found, int | float) and not isinstance(found, bool):
        return f"{found:g}" if isinstance(found, float) else str(found)
    return ""


def _time(story: Story, value: dict[str, Any], names: tuple[str, ...]) -> str:
    found = _first(value, names)
    if found is None:
        return ""
    time = read_time(found)
    if not time:
        story.notes.append(f"time: {str(found)[:40]!r} cannot be read")
    return time


def _urgency(found: Any) -> int:
    if isinstance(found, str) and found.strip().isdecimal():
        found = int(found.strip()[:3])
    return found if isinstance(found, int) and not isinstance(found, bool) and 1 <= found <= 9 else 0


def _words(found: Any) -> list[str]:
    if isinstance(found, str):
        return [word for word in _SPLIT.split(found) if word]
    if isinstance(found, list):
        return [text for one in found if (text := one if isinstance(one, str) else _loose_line(one))]
    return []


def _subjects(found: Any) -> list[Subject]:
    if isinstance(found, str | dict):
        found = [found]
    if not isinstance(found, list):
        return []
    subjects: list[Subject] = []
    for one in found:
        if isinstance(one, str) and one.strip():
            subjects.append({"name": one})
        elif isinstance(one, dict):
            subject: Subject = {}
            for key, names in (
                ("name", ("name", "title", "label")),
                ("code", ("code", "qcode", "id", "symbol", "uri")),
                ("scheme", ("scheme",)),
                ("rel", ("rel",)),
            ):
                text = next(
                    (one[name] for name in names if isinstance(one.get(name), str | int) and one[name] != ""), None
                )
                if text is not None:
                    subject[key] = str(text)  # type: ignore[literal-required]
            if subject:
                subjects.append(subject)
    return subjects


def _kind(value: Any) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
        type(None): "null",
    }
    return names.get(type(value), "something else")
