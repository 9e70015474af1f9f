"""From mentions to tags: one canonical name for all mentions of an entity in a story, places with their countries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from pipeline.model import Tag
from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.rules import Mention

Field = Literal["headline", "text"]
MOST_TAGS = 400
"""A story that names more than this is a list; the first mentions are kept."""


def resolve(found: Iterable[tuple[Field, Mention]], lexicon: Lexicon, gazetteer: Gazetteer, length: int) -> list[Tag]:
    """Tags for the mentions of one story, in order of headline and text.

    `length` is the number of characters of the text; salience falls off with the first mention's place in it.
    """
    mentions = list(found)[:MOST_TAGS]
    people = _full_names([m.words for _, m in mentions if m.kind == "person"])
    countries = _countries(mentions, gazetteer)
    named: list[tuple[str, Field, Mention]] = []
    for field, m in mentions:
        name = m.words
        if m.kind == "person":
            name = people.get(name, name)
        elif m.kind == "organisation":
            name = lexicon.organisations.get(name, name)
        named.append((name, field, m))
    counts = Counter((m.kind, name) for name, _, m in named)
    first: dict[tuple[str, str], float] = {}
    for name, field, m in named:
        first.setdefault((m.kind, name), 0.0 if field == "headline" else (m.start + 1) / (length + 1))
    tags: list[Tag] = []
    for name, field, m in named:
        key = (m.kind, name)
        tag: Tag = {"type": m.kind, "name": name, "field": field, "start": m.start, "end": m.end}
        if m.kind == "place":
            place = gazetteer.best(m.words, countries)
            if place:
                tag["name"] = place.name
                if place.country:
                    tag["country"] = place.country
                if place.region:
                    tag["region"] = place.region
                if place.lat is not None and place.lon is not None:
                    tag["lat"], tag["lon"] = place.lat, place.lon
                if place.id:
                    tag["id"] = place.id
        n = counts[key]
        tag["count"] = n
        tag["salience"] = round((n / (n + 2)) * 0.6 + 0.4 * (1 - first[key]), 3)
        tag["confidence"] = m.confidence
        tags.append(tag)
    return tags


def _full_names(names: list[str]) -> dict[str, str]:
    """`Biden` to `Joe Biden`, where the story names him so."""
    out: dict[str, str] = {}
    full = [n for n in dict.fromkeys(names) if " " in n]
    for name in dict.fromkeys(names):
        if " " in name:
            continue
        for long in full:
            if long.split(" ")[-1] == name:
                out[name] = long
                break
    return out


def _countries(mentions: list[tuple[Field, Mention]], gazetteer: Gazetteer) -> set[str]:
    """The countries that the story names outright."""
    return {
        place.country
        for _, m in mentions
        if m.kind == "place" and (place := gazetteer.best(m.words)) and place.kind == "country"
    }
