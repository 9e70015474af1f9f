"""From names to tags: which mentions are one entity, what it is called, which place is meant, how much it matters.

Within a story a name means one thing. So mentions of the same words vote on their kind, `Biden` takes the name of the
`Joe Biden` before it, `IRGC` that of the `Islamic Revolution Guard Corps (IRGC)`, and a town is looked for first in the
countries that the story names.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pipeline.model import Tag, TagType
from pipeline.tags.aliases import Loose, Mention, Name, catch, gather, join, without_title
from pipeline.tags.gazetteer import Gazetteer, Place
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.sieve import Sieve

MOST_TAGS = 400
"""A story that names more is a list; its first names are kept."""
TYPES: dict[str, TagType] = {"PER": "person", "ORG": "organisation", "LOC": "place"}
SMALL = 100_000
"""A town of fewer inhabitants is only taken for the bearer of a name where the story names its country."""


def resolve(
    mentions: list[Mention],
    loose: Sequence[Loose],
    headline: str,
    text: str,
    lexicon: Lexicon,
    gazetteer: Gazetteer,
    sieve: Sieve,
    filed: Place | None = None,
) -> list[Tag]:
    """The tags of one story, in order of the mentions.

    `loose` are uncommon capitalised words that no mention covers; `filed` is the place of the dateline.
    """
    mentions[:] = [m for m in mentions if m.kind != "PER" or " " not in m.words or without_title(m, lexicon)]
    surnames = {m.words.rsplit(" ", 1)[-1] for m in mentions if m.kind == "PER" and " " in m.words}
    mentions[:] = [m for m in mentions if m.words in surnames or sieve.is_name(m.words, m.kind)][:MOST_TAGS]
    _drop_openers(mentions, headline, text, sieve)
    names = gather(mentions, len(headline))
    full = join(names, mentions, text, lexicon)
    if catch(loose, names, full, mentions):
        mentions.sort(key=lambda m: (m.field == "text", m.start))
    places = _places(names, mentions, headline, text, gazetteer, filed)
    bases = _describe(names, places, len(headline) + len(text) + 1)
    tags: list[Tag] = []
    for m in mentions:
        base = bases.get(m.words)
        if base is not None:
            tags.append({**base, "field": m.field, "start": m.start, "end": m.end, "confidence": m.sure})
    return tags


def _drop_openers(mentions: list[Mention], headline: str, text: str, sieve: Sieve) -> None:
    """Leave out words that only ever open a sentence in this story, and are on no list of names."""
    doubtful: set[str] = set()
    sure: set[str] = set()
    for m in mentions:
        body = headline if m.field == "headline" else text
        (doubtful if sieve.only_opens(m.words, m.kind, body, m.start, m.end) else sure).add(m.words)
    doubtful -= sure
    doubtful -= {word for words in sure if " " in words for word in words.split(" ")}
    if doubtful:
        mentions[:] = [m for m in mentions if m.words not in doubtful]


def _places(
    names: dict[str, Name],
    mentions: Sequence[Mention],
    headline: str,
    text: str,
    gazetteer: Gazetteer,
    filed: Place | None,
) -> dict[str, Place]:
    """Which place each name of a place means."""
    found: dict[str, Place] = {}
    loose: list[str] = []
    countries = {filed.country} if filed and filed.country else set()
    for words, name in names.items():
        if name.kind != "LOC":
            continue
        bearers = gazetteer.candidates(words) or gazetteer.candidates(_spelt(words))
        if not bearers:
            continue
        home = next((b for b in bearers if filed and b.kind == "region" and _around(b, filed)), None)
        found[words] = home or bearers[0]
        if home:  # Georgia, in a story from Atlanta
            continue
        if bearers[0].kind == "country":
            countries.add(bearers[0].country)
        if len(bearers) > 1:
            loose.append(words)
    for words, place in list(found.items()):
        if place.kind == "city" and place.weight < SMALL and place.country not in countries and words not in loose:
            del found[words]  # too small to be meant without its country: more likely another of the name
    if not loose:
        return found
    within = _within(mentions, headline, text)
    for words in loose:
        best = gazetteer.best(words, countries, within.get(words, ()))
        if best:
            found[words] = best
    return found


def _around(region: Place, place: Place) -> bool:
    """Whether a place lies in a region."""
    return region.country == place.country and region.name == place.region


def _spelt(words: str) -> str:
    """The usual spelling of a place printed in capitals or with an article."""
    if words.isupper() and len(words) > 3:
        words = words.title()
    return words.removeprefix("the ").removeprefix("The ")


def _within(mentions: Sequence[Mention], headline: str, text: str) -> dict[str, list[str]]:
    """`Portland` to `Maine`, where it is written so."""
    found: dict[str, list[str]] = {}
    for a, b in pairwise(mentions):
        if a.kind == b.kind == "LOC" and a.field == b.field and b.start - a.end == 2:
            body = headline if a.field == "headline" else text
            if body[a.end : b.start] == ", ":
                found.setdefault(a.words, []).append(b.words)
    return found


def _describe(names: dict[str, Name], places: dict[str, Place], length: int) -> dict[str, Tag]:
    """For each name the part of its tags that all its mentions share."""
    total: dict[tuple[str, str], list[float]] = {}
    for name in names.values():
        place = places.get(name.words) if name.kind == "LOC" else None
        if place:
            name.canonical = place.name
        entry = total.setdefault((name.kind, name.canonical), [0, length, 0])
        entry[0] += name.count
        entry[1] = min(entry[1], name.first)
        entry[2] = max(entry[2], name.headline)
    bases: dict[str, Tag] = {}
    for words, name in names.items():
        kind = TYPES.get(name.kind)
        if kind is None:
            continue
        count, first, in_headline = total[name.kind, name.canonical]
        weight = count + 3 * in_headline + 2 * (1 - first / length)
        tag: Tag = {
            "type": kind, "name": name.canonical, "field": "text", "start": 0, "end": 0,
            "count": int(count), "salience": round(weight / (weight + 4), 3),
        }  # fmt: skip
        place = places.get(words) if name.kind == "LOC" else None
        if place:
            if place.country:
                tag["country"] = place.country
            if place.region:
                tag["region"] = place.region
            if place.lat is not None and place.lon is not None:
                tag["lat"], tag["lon"] = place.lat, place.lon
            if place.id:
                tag["id"] = place.id
        bases[words] = tag
    return bases
