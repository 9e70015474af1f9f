"""From names to tags: which mentions are one entity, what it is called, which place is meant, how much it matters.

Within a story a name means one thing. So mentions of the same words vote on their kind, `Biden` takes the name of the
`Joe Biden` before it, `IRGC` that of the `Islamic Revolution Guard Corps (IRGC)`, and a town is looked for first in the
countries that the story names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pipeline.model import Tag, TagType
from pipeline.tags.gazetteer import Gazetteer, Place
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.sieve import Sieve

Field = Literal["headline", "text"]
Loose = tuple[Field, int, int, str]
"""Field, start, end, words."""
MOST_TAGS = 400
"""A story that names more is a list; its first names are kept."""
_WHERE = re.compile(r"\b(?:in|at|from|near|to|into|across|of|through|around|towards?|outside|inside) (?:the )?$")
TYPES: dict[str, TagType] = {"PER": "person", "ORG": "organisation", "LOC": "place"}
SMALL = 100_000
"""A town of fewer inhabitants is only taken for the bearer of a name where the story names its country."""
SURE = 0.9
"""What a mention's confidence must be to stand against the rest of the story."""


@dataclass(slots=True)
class Mention:
    """A name where it stands: characters of its field, end exclusive."""

    kind: str
    """PER, ORG, LOC or MISC."""
    words: str
    field: Field
    start: int
    end: int
    sure: float


@dataclass(slots=True)
class _Name:
    """All mentions of the same words in a story."""

    words: str
    kind: str
    votes: dict[str, float]
    count: int
    first: int
    """Characters from the start of headline and text together."""
    headline: bool
    canonical: str = ""


def resolve(
    mentions: list[Mention],
    loose: Sequence[Loose],
    headline: str,
    text: str,
    lexicon: Lexicon,
    gazetteer: Gazetteer,
    sieve: Sieve,
) -> list[Tag]:
    """The tags of one story, in order of the mentions.

    `loose` are uncommon capitalised words that no mention covers.
    """
    surnames = {m.words.rsplit(" ", 1)[-1] for m in mentions if m.kind == "PER" and " " in m.words}
    mentions[:] = [m for m in mentions if m.words in surnames or sieve.is_name(m.words, m.kind)][:MOST_TAGS]
    names = _gather(mentions, len(headline))
    full = _join(names, mentions, text, lexicon)
    if _catch(loose, names, full, mentions):
        mentions.sort(key=lambda m: (m.field == "text", m.start))
    places = _places(names, mentions, headline, text, gazetteer)
    bases = _describe(names, places, len(headline) + len(text) + 1)
    tags: list[Tag] = []
    for m in mentions:
        base = bases.get(m.words)
        if base is not None:
            tags.append({**base, "field": m.field, "start": m.start, "end": m.end, "confidence": round(m.sure, 3)})
    return tags


def _gather(mentions: Sequence[Mention], shift: int) -> dict[str, _Name]:
    """Names by their words, each with the kind that its mentions vote for."""
    names: dict[str, _Name] = {}
    for m in mentions:
        name = names.get(m.words)
        if name is None:
            inside = m.field == "headline"
            name = names[m.words] = _Name(m.words, m.kind, {}, 0, m.start if inside else m.start + shift, inside)
        name.votes[m.kind] = name.votes.get(m.kind, 0.0) + m.sure
        name.count += 1
    for name in names.values():
        if len(name.votes) > 1:
            name.kind = max(name.votes, key=lambda kind: (name.votes[kind], kind))
    return names


def _join(names: dict[str, _Name], mentions: Sequence[Mention], text: str, lexicon: Lexicon) -> dict[str, str]:
    """Settle which names are one entity and what it is called; people's last names to their full names."""
    full: dict[str, str] = {}
    companies: dict[str, str] = {}
    firms: dict[str, str] = {}
    """The first word of names that end as companies' do (`Inc`), to those names."""
    for words, name in names.items():
        if " " not in words:
            continue
        if name.kind == "PER":
            parts = words.split(" ")
            last = parts[-2] if parts[-1] in ("Jr", "Jr.", "Sr", "Sr.", "II", "III") and len(parts) > 2 else parts[-1]
            full.setdefault(last, words)
            full.setdefault(" ".join(parts[1:]), words)
        elif name.kind == "ORG":
            first, _, rest = words.partition(" ")
            companies.setdefault(first, words)
            if rest.rsplit(" ", 1)[-1].lower() in lexicon.org_ends:
                firms.setdefault(first, words)
    acronyms = _acronyms(mentions, text)
    for words, name in names.items():
        name.canonical = words
        person = full.get(words)
        if person and person != words and (name.kind == "PER" or not _stands_alone(name, mentions, text)):
            name.kind, name.canonical = "PER", person
        elif words in acronyms:
            name.canonical = acronyms[words]
            if name.kind != "LOC":
                name.kind = names[acronyms[words]].kind
        elif name.kind == "PER" and words in firms:
            name.kind, name.canonical = "ORG", firms[words]
        elif name.kind == "ORG":
            name.canonical = lexicon.organisations.get(words) or companies.get(words) or words
    _join_capitals(names, full)
    return full


def _join_capitals(names: dict[str, _Name], full: dict[str, str]) -> None:
    """Names of a headline in capitals to the same names, or their full ones, in the text."""
    capitals = [words for words in names if words.isupper() and len(words) > 3]
    if not capitals:
        return
    printed = {words.lower(): words for words in (*full, *names) if not words.isupper()}
    for words in capitals:
        name, other = names[words], printed.get(words.lower())
        if other:
            known = names.get(other) or names[full[other]]
            name.kind, name.canonical = known.kind, known.canonical


def _stands_alone(name: _Name, mentions: Sequence[Mention], text: str) -> bool:
    """Whether what is also somebody's surname is surely something else: the model says so, and a place where it is
    named as places are (`in Jordan`)."""
    if name.votes[name.kind] < SURE * name.count:
        return False
    if name.kind != "LOC":
        return True
    return any(
        m.field == "text" and _WHERE.search(text, max(0, m.start - 12), m.start)
        for m in mentions
        if m.words == name.words
    )


def _catch(loose: Sequence[Loose], names: dict[str, _Name], full: dict[str, str], mentions: list[Mention]) -> bool:
    """Add mentions that the model missed, of people and organisations that the story names elsewhere."""
    before = len(mentions)
    for field, start, end, words in loose:
        name = names.get(words)
        if name is None:
            if words not in full:
                continue
            person = full[words]
            name = names[words] = _Name(words, "PER", {"PER": 0.5}, 0, names[person].first, False, person)
        elif name.kind not in ("PER", "ORG") or sum(name.votes.values()) < SURE * name.count:
            continue
        name.count += 1
        name.votes[name.kind] = name.votes.get(name.kind, 0.0) + 1.0
        mentions.append(Mention(name.kind, words, field, start, end, 0.5))
    return len(mentions) > before


def _acronyms(mentions: Sequence[Mention], text: str) -> dict[str, str]:
    """`IRGC` to the name that it stands behind in brackets."""
    found: dict[str, str] = {}
    for long, short in pairwise(mentions):
        if short.field == long.field == "text" and short.start - long.end == 2 and text[long.end : short.start] == " (":
            initials = "".join(w[0] for w in long.words.replace("-", " ").split() if w[0].isupper())
            words = short.words.replace(".", "")
            if words.isupper() and len(words) > 1 and (words == initials or words[0] == initials[:1]):
                found.setdefault(short.words, long.words)
    return found


def _places(
    names: dict[str, _Name], mentions: Sequence[Mention], headline: str, text: str, gazetteer: Gazetteer
) -> dict[str, Place]:
    """Which place each name of a place means."""
    found: dict[str, Place] = {}
    loose: list[str] = []
    countries: set[str] = set()
    for words, name in names.items():
        if name.kind != "LOC":
            continue
        bearers = gazetteer.candidates(words) or gazetteer.candidates(_spelt(words))
        if not bearers:
            continue
        found[words] = bearers[0]
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


def _describe(names: dict[str, _Name], places: dict[str, Place], length: int) -> dict[str, Tag]:
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
