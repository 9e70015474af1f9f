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
from pipeline.tags.sieve import NAME, PERHAPS, Sieve

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
    sift = sieve.sift
    sifted = [(m, found) for m in mentions if (found := sift(m.words, m.kind)) or m.words in surnames][:MOST_TAGS]
    mentions[:] = [m for m, _ in sifted]
    perhaps = [m for m, found in sifted if found != NAME]
    if perhaps:
        _drop_openers(perhaps, mentions, headline, text, sieve)
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
            tag = base.copy()  # all keys are there already: cheaper than making a dictionary of two
            tag["field"], tag["start"], tag["end"], tag["confidence"] = m.field, m.start, m.end, m.confidence
            tags.append(tag)
    return tags


def _drop_openers(perhaps: list[Mention], mentions: list[Mention], headline: str, text: str, sieve: Sieve) -> None:
    """Leave out words that only ever open a sentence in this story, and are on no list of names."""
    doubtful = [
        m for m in perhaps
        if sieve.sift(m.words, m.kind) == PERHAPS
        and sieve.only_opens(headline if m.field == "headline" else text, m.start, m.end)
    ]  # fmt: skip
    if not doubtful:
        return
    opening = {id(m) for m in doubtful}
    sure = {m.words for m in mentions if id(m) not in opening}
    sure.update([word for words in sure if " " in words for word in words.split(" ")])
    gone = {m.words for m in doubtful} - sure
    if gone:
        mentions[:] = [m for m in mentions if m.words not in gone]


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
    """For each name the part of its tags that all its mentions share. Of several names of one entity the first takes
    over the counts of the others."""
    found: dict[str, Place] = {}
    total: dict[tuple[str, str], Name] = {}
    for words, name in names.items():
        if name.kind == "LOC" and words in places:
            found[words] = places[words]
            name.canonical = found[words].name
        entity = total.setdefault((name.kind, name.canonical), name)
        if entity is not name:
            entity.count += name.count
            entity.first = min(entity.first, name.first)
            entity.headline |= name.headline
    bases: dict[str, Tag] = {}
    for words, name in names.items():
        kind = TYPES.get(name.kind)
        if kind is None:
            continue
        entity = total[name.kind, name.canonical]
        weight = entity.count + 3 * entity.headline + 2 * (1 - min(entity.first, length) / length)
        tag: Tag = {
            "type": kind, "name": name.canonical, "field": "text", "start": 0, "end": 0, "count": entity.count,
            "salience": round(weight / (weight + 4), 3),
        }  # fmt: skip
        if words in found:
            tag.update(found[words].facts())
        tag["confidence"] = 0.0
        bases[words] = tag
    return bases
