"""Which mentions of a story are one entity, and what it is called.

`Biden` takes the name of the `Joe Biden` in the same story, `IRGC` that of the `Islamic Revolution Guard Corps (IRGC)`,
`BAKER` in a headline that of James Baker, and what the model missed is added where the story names it elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pipeline.tags.lexicon import Lexicon

Field = Literal["headline", "text"]
Loose = tuple[Field, int, int, str]
"""Field, start, end, words."""
_WHERE = re.compile(r"\b(?:in|at|from|near|to|into|across|of|through|around|towards?|outside|inside) (?:the )?$")
SURE = 0.9
"""What a mention's confidence must be to stand against the rest of the story."""
CAUGHT = 0.8
"""The confidence of a mention that the model missed."""
CUSTOMARY = frozenset(
    ("pope", "king", "queen", "prince", "princess", "emperor", "sultan", "sheikh", "sheik", "emir", "ayatollah", "imam",
     "mullah", "lord", "lady", "dame", "sir", "saint", "father", "mother", "sister", "brother", "baron", "baroness",
     "duke", "duchess")
)  # fmt: skip
"""Titles that are part of a name."""


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
    """The model's own probability: how much it says about the same words elsewhere."""
    confidence: float


@dataclass(slots=True)
class Name:
    """All mentions of the same words in a story."""

    words: str
    kind: str
    votes: dict[str, float]
    count: int
    first: int
    """Characters from the start of headline and text together."""
    headline: bool
    canonical: str = ""


def without_title(mention: Mention, lexicon: Lexicon) -> bool:
    """Take titles off the front of a person's name, `Sen` and `President`; False where nothing else is left.

    What is part of a name by custom stays: `Pope Francis`, `King Charles`.
    """
    words = mention.words.split(" ")
    while words and words[0].rstrip(".").lower() in lexicon.titles and words[0].lower() not in CUSTOMARY:
        mention.start += len(words.pop(0)) + 1
    mention.words = " ".join(words)
    return bool(words)


def gather(mentions: Sequence[Mention], shift: int) -> dict[str, Name]:
    """Names by their words, each with the kind that its mentions vote for."""
    names: dict[str, Name] = {}
    for m in mentions:
        name = names.get(m.words)
        if name is None:
            inside = m.field == "headline"
            name = names[m.words] = Name(m.words, m.kind, {}, 0, m.start if inside else m.start + shift, inside)
        name.votes[m.kind] = name.votes.get(m.kind, 0.0) + m.sure
        name.count += 1
    for name in names.values():
        if len(name.votes) > 1:
            name.kind = max(name.votes, key=lambda kind: (name.votes[kind], kind))
    return names


def join(names: dict[str, Name], mentions: Sequence[Mention], text: str, lexicon: Lexicon) -> dict[str, str]:
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
            parts = words.split(" ")
            companies.setdefault(parts[0], words)
            if parts[-1].lower() in lexicon.org_ends:
                firms.setdefault(parts[0], words)
                companies.setdefault(" ".join(parts[:-1]), words)
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
    _join_capitals(names, full, companies)
    return full


def _join_capitals(names: dict[str, Name], full: dict[str, str], companies: dict[str, str]) -> None:
    """Names of a headline in capitals to the same names, or their full ones, in the text."""
    capitals = [words for words in names if words.isupper() and len(words) > 3]
    if not capitals:
        return
    lengths = {len(words) for words in capitals}  # few others are as long as one of these
    alike = [words for words in (*full, *names) if len(words) in lengths or not words.isascii()]
    printed = {words.lower(): words for words in alike if not words.isupper()}
    firms = {
        short.lower(): words for short, words in companies.items()
        if (len(short) in lengths or not short.isascii()) and not words.isupper()
    }  # fmt: skip
    for words in capitals:
        name, low = names[words], words.lower()
        other = printed.get(low)
        if other is None and name.kind != "LOC":  # CHICAGO is the town, though the story has the Chicago Bulls
            other = firms.get(low)
        if other:
            known = names.get(other) or names[full[other]]
            name.kind, name.canonical = known.kind, known.canonical


def _stands_alone(name: Name, mentions: Sequence[Mention], text: str) -> bool:
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


def catch(loose: Sequence[Loose], names: dict[str, Name], full: dict[str, str], mentions: list[Mention]) -> bool:
    """Add mentions that the model missed, of people and organisations that the story names elsewhere."""
    before = len(mentions)
    for field, start, end, words in loose:
        name = names.get(words)
        if name is None:
            if words not in full:
                continue
            person = full[words]
            name = names[words] = Name(words, "PER", {"PER": 0.5}, 0, names[person].first, False, person)
        elif name.kind not in ("PER", "ORG") or sum(name.votes.values()) < SURE * name.count:
            continue
        name.count += 1
        name.votes[name.kind] = name.votes.get(name.kind, 0.0) + 1.0
        mentions.append(Mention(name.kind, words, field, start, end, 0.5, CAUGHT))
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
