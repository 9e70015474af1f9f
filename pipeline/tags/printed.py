"""What the wire itself prints about a story: where it was filed, by which agency, by whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.model import Story, Tag
from pipeline.tags.gazetteer import Gazetteer, Place

AGENCIES = {
    "Reuters": "Reuters", "Reuter": "Reuters", "REUTERS": "Reuters", "AP": "Associated Press",
    "Associated Press": "Associated Press", "AFP": "Agence France-Presse", "dpa": "dpa", "DPA": "dpa",
    "UPI": "United Press International", "Xinhua": "Xinhua", "TASS": "TASS", "Interfax": "Interfax", "Kyodo": "Kyodo",
    "Yonhap": "Yonhap", "ANSA": "ANSA", "EFE": "EFE", "APA": "APA", "PA": "PA Media", "PA Media": "PA Media",
    "AAP": "AAP", "PTI": "Press Trust of India", "IANS": "IANS", "NTB": "NTB", "TT": "TT", "Ritzau": "Ritzau",
    "STT": "STT", "ANP": "ANP", "Belga": "Belga", "PAP": "PAP", "CTK": "CTK", "MTI": "MTI", "Lusa": "Lusa",
    "IRNA": "IRNA", "SPA": "Saudi Press Agency", "WAM": "WAM", "MENA": "MENA", "Anadolu": "Anadolu Agency",
    "AA": "Anadolu Agency", "Bloomberg": "Bloomberg", "UNB": "UNB", "CP": "Canadian Press", "BELGA": "Belga",
    "The Canadian Press": "Canadian Press", "The Associated Press": "Associated Press", "Agence France-Presse":
    "Agence France-Presse", "KCNA": "KCNA", "ATS": "Keystone-SDA", "SDA": "Keystone-SDA", "KNA": "KNA", "epd": "epd",
}  # fmt: skip
_AGENCY = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, AGENCIES), key=len, reverse=True)) + r")\b")
_BY = re.compile(r"^\s*(?:by|von|par|por|di|door|av|af|przez)\s+|^\s*", re.IGNORECASE)
_BETWEEN = re.compile(r",\s+(?:and\s+)?|\s+(?:and|und|et|y|e|og|och|en|&|with)\s+|\s*[;/|]\s*")
_INITIALS = re.compile(r"(?:[A-Z]\.)+$")
_SMALL = re.compile(r"(?<= )(?:De|Do|Da|Del|Des|Du|La|Le|Of|The|And|Am|An|Der|Sur|Es)(?= )")
_LINE = re.compile(r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){1,4}$")
_OFFICE = re.compile(r"staff|correspondent|writer|editor|bureau|reporter|newsroom|desk|news|agency", re.IGNORECASE)


def printed(story: Story, gazetteer: Gazetteer) -> Iterator[Tag]:
    """Tags of dateline and byline, with offsets into those fields."""
    if story.dateline:
        yield from _dateline(story, gazetteer)
    if story.byline:
        yield from _byline(story.byline)


def filed_at(story: Story, gazetteer: Gazetteer) -> Place | None:
    """The place of the dateline, as far as the gazetteer knows it."""
    return _place(_words(story), gazetteer) if story.dateline else None


def _words(story: Story) -> str:
    return story.dateline_place or re.split(r"\s*(?:[,(–—]|\s-)", story.dateline)[0]


def _dateline(story: Story, gazetteer: Gazetteer) -> Iterator[Tag]:
    line, place = story.dateline, _words(story)
    start = line.find(place)
    if place and start >= 0:
        found = _place(place, gazetteer)
        tag: Tag = {
            "type": "dateline", "name": found.name if found else _usual(place), "field": "dateline", "start": start,
            "end": start + len(place), "confidence": 1.0,
        }  # fmt: skip
        if found:
            tag.update(found.facts())
        yield tag
    agency = _AGENCY.search(line, start + len(place) if start >= 0 else 0)
    if agency:
        yield {
            "type": "agency", "name": AGENCIES[agency[0]], "field": "dateline", "start": agency.start(),
            "end": agency.end(), "confidence": 1.0,
        }  # fmt: skip


def _place(words: str, gazetteer: Gazetteer) -> Place | None:
    """The place of a dateline: `PORTLAND, Maine` says which Portland; `WASHINGTON` is the city."""
    name, *rest = [_usual(p) for p in re.split(r"[,/]", words) if p.strip()] or [""]
    found = gazetteer.best(name, (), rest)
    around = [gazetteer.first(r) for r in rest]
    region = next((a for a in around if a and a.kind in ("region", "country")), None)
    if region and (found is None or found.country != region.country):  # a town too small for the gazetteer
        return replace(region, name=name, kind="city", lat=None, lon=None, id="")
    return found


def _usual(words: str) -> str:
    """`RIO DE JANEIRO` as `Rio de Janeiro`; what is not in capitals stays."""
    words = words.strip()
    if not words.isupper() or len(words) < 4 or _INITIALS.match(words):
        return words
    return _SMALL.sub(lambda m: m[0].lower(), words.title())


def _byline(line: str) -> Iterator[Tag]:
    agency = _AGENCY.search(line)
    if agency:
        yield {
            "type": "agency", "name": AGENCIES[agency[0]], "field": "byline", "start": agency.start(),
            "end": agency.end(), "confidence": 1.0,
        }  # fmt: skip
    lead = _BY.match(line)
    at = lead.end() if lead else 0
    for piece in [*_BETWEEN.finditer(line, at), None]:
        end = piece.start() if piece else len(line)
        words = line[at:end].strip(" .")
        name = _name(words)
        if name:
            start = line.index(name, at)
            yield {
                "type": "byline", "name": name.title() if name.isupper() else name, "field": "byline", "start": start,
                "end": start + len(name), "confidence": 1.0,
            }  # fmt: skip
        at = piece.end() if piece else at


def _name(words: str) -> str:
    """The person in a piece of a byline; empty where it names an office or an agency."""
    words = re.split(r"\s+(?:in|of|at|for)\s+|\s*\(", words)[0].strip()
    if not _LINE.match(words) or _OFFICE.search(words) or _AGENCY.search(words):
        return ""
    return words
