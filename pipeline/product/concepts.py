"""Subjects, people, organisations and places in the form of ninjs: what the feed gave first, then what we found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.mediatopics.subjects import delivered
from pipeline.mediatopics.vocabulary import PREFIX
from pipeline.model import MediaTopic, Subject, Tag
from pipeline.product.identifiers import is_uri

MEDIATOPIC = "http://cv.iptc.org/newscodes/mediatopic/"
GEONAMES = "https://sws.geonames.org/"

Concept = dict[str, Any]


def subjects(topics: Sequence[MediaTopic], given: Sequence[Subject], feed: str, model: str) -> list[Concept]:
    """Media Topics with their confidence in percent and who said so, then the feed's subjects of other vocabularies."""
    of_feed = delivered(given) if given else ()
    found: list[Concept] = []
    for topic in topics:
        qcode = topic["qcode"]
        concept: Concept = {"name": topic["name"], "confidence": round(100 * topic["confidence"])}
        if qcode.startswith(PREFIX):
            concept["uri"] = MEDIATOPIC + qcode.removeprefix(PREFIX)
        else:  # a desk's own topic
            concept["literal"] = qcode
        creator = feed if qcode in of_feed else model
        if creator:
            concept["creator"] = creator
        found.append(concept)
    if given:
        uris = {concept.get("uri") for concept in found}
        for concept in _given(given):
            uri = concept.get("uri") or MEDIATOPIC + concept.get("literal", "")[-8:]
            if uri not in uris:
                found.append(concept | ({"creator": feed} if feed else {}))
    return found


def tagged(tags: Sequence[Tag]) -> dict[str, dict[str, Concept]]:
    """The people, organisations and places among the tags, each once by name, as they first come."""
    found: dict[str, dict[str, Concept]] = {"person": {}, "organisation": {}, "place": {}}
    for tag in tags:
        kind, name = tag["type"], tag["name"]
        if kind not in found or name in found[kind]:  # all mentions of a name bear the same facts
            continue
        concept: Concept = {"name": name, "rel": "mentions"}
        if "id" in tag:
            id = tag["id"]
            if id.startswith("geonames:"):
                concept["uri"] = f"{GEONAMES}{id[9:]}/"
            else:
                concept["literal"] = id
        if "lat" in tag and "lon" in tag:
            concept["geoJSON"] = {"type": "Point", "coordinates": [tag["lon"], tag["lat"]]}
        found[kind][name] = concept
    return found


def merged(given: Sequence[Subject], found: dict[str, Concept]) -> list[Concept]:
    """What the feed gave, then what was found and is not among it."""
    if not given:
        return list(found.values())
    first = _given(given)
    names = {concept.get("name", "").casefold() for concept in first}
    return first + [concept for name, concept in found.items() if name.casefold() not in names]


def _given(subjects: Sequence[Subject]) -> list[Concept]:
    concepts = []
    for subject in subjects:
        concept: Concept = {name: subject[name] for name in ("name", "rel") if subject.get(name)}
        code = subject.get("code")
        if code:
            concept["uri" if is_uri(code) and "/" in code else "literal"] = code
        if "name" in concept or code:
            concepts.append(concept)
    return concepts
