"""Builds the names of countries and well-known cities in other languages: `pipeline/tags/data/foreign.json.zst`.

Source: Unicode CLDR through Babel (Unicode licence; package BSD): the names of territories, and the exemplar cities of
time zones, in every language that CLDR knows.
"""

from __future__ import annotations

from pathlib import Path

import orjson
import zstandard
from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from pipeline.tags.gazetteer import Gazetteer

SHORTEST = 3


def build(gazetteer: Gazetteer) -> dict[str, dict[str, str]]:
    """Language (primary tag) to name to the name that the gazetteer knows."""
    english = Locale("en")
    countries = {p.country: p.name for name in gazetteer.names() for p in gazetteer.candidates(name)[:1] if p.kind == "country"}
    zones = {zone: city for zone, info in english.time_zones.items() if (city := info.get("city"))}
    zones.update({zone: zone.rsplit("/", 1)[1].replace("_", " ") for zone in english.time_zones if zone not in zones and "/" in zone})
    cities = {zone: city for zone, city in zones.items() if _is_city(city, gazetteer)}
    out: dict[str, dict[str, str]] = {}
    for identifier in sorted(locale_identifiers()):
        if "_" in identifier or identifier in ("en", "root"):
            continue
        try:
            locale = Locale.parse(identifier)
        except UnknownLocaleError:
            continue
        names: dict[str, str] = {}
        for code, name in locale.territories.items():
            if code in countries and not _untranslated(name, code):
                names.setdefault(str(name), countries[code])
        for zone, city in cities.items():
            name = locale.time_zones.get(zone, {}).get("city")
            if name and len(name) >= SHORTEST - (not name.isascii()):
                names.setdefault(str(name), city)
        if len(names) > 100:
            out[identifier] = names
    return out


def _untranslated(name: str, code: str) -> bool:
    return name == code or len(name) < 2


def _is_city(name: str, gazetteer: Gazetteer) -> bool:
    place = gazetteer.first(name)
    return place is not None and place.kind == "city"


def write(path: Path, gazetteer: Gazetteer) -> None:
    path.write_bytes(zstandard.ZstdCompressor(level=19).compress(orjson.dumps(build(gazetteer))))
