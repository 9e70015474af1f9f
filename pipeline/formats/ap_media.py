"""AP's media JSON (Media API 1.x): `{"data": {"item": …}}` or a feed of such items.

Its text usually stands behind a link (`renditions.nitf`), so a story may be headline, summary and metadata only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.errors import Rejected
from pipeline.formats import ninjs
from pipeline.formats.document import Document
from pipeline.formats.item import Item
from pipeline.model import Story
from pipeline.stages.base import Dead
from pipeline.text.markup import html_paragraphs

NAME = "ap-media"


def recognises(document: Document) -> bool:
    if document.shape != "json":
        return False
    found = _items(document.value)
    if not found or not all(isinstance(one, dict) and "uri" in one for one in found[:3]):
        return False
    altids = [one.get("altids") for one in found[:3]]
    # ninjs has altids too; AP's envelope, or its friendly key beside renditions, tells them apart
    enveloped = document.value is not found[0] and all(isinstance(one, dict) for one in altids)
    return enveloped or (isinstance(altids[0], dict) and "friendlykey" in altids[0] and "renditions" in found[0])


def _items(value: Any) -> list[Any]:
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, dict):
        return [value["item"]] if isinstance(value, dict) and isinstance(value.get("item"), dict) else [value]
    entries = data.get("items") if isinstance(data.get("items"), list) else [data]
    return [one.get("item") if isinstance(one, dict) and "item" in one else one for one in entries or []]


def read(document: Document) -> Iterator[Item]:
    """A story, or what it is instead, for each item."""
    for value in _items(document.value):
        try:
            yield _read_item(value)
        except Rejected as e:
            yield Dead(e.code, e.detail)


def _read_item(value: Any) -> Item:
    item = ninjs.read_item(value)
    if not isinstance(item, Story):
        return item
    item.format = NAME
    altids = value.get("altids")
    if isinstance(altids, dict) and isinstance(altids.get("itemid"), str):
        # the uri carries the query that fetched it, so the item id is the one that lasts
        item.id = item.uri = altids["itemid"]
    place = value.get("datelinelocation")
    if isinstance(place, dict):
        names = [place.get(key) for key in ("city", "countryareaname", "countryname")]
        item.dateline_place = ", ".join(name for name in names if isinstance(name, str) and name)
        item.dateline = item.dateline or item.dateline_place
    item.abstract = (
        item.abstract
        or _string(value.get("headline_extended"))
        or " ".join(html_paragraphs(_string(value.get("description_summary"))))
    )
    if not item.paragraphs:
        for key in ("body_nitf", "body.nitf", "description_caption"):
            if found := html_paragraphs(_string(value.get(key))):
                item.paragraphs = found
                break
    item.priority = _string(value.get("editorialpriority"))
    return item


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
