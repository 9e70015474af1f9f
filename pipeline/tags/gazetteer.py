"""Places by name: which place a name means, in the light of what else the story names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pipeline.model import Tag
from pipeline.tags.lexicon import shipped

FAR_LESS = 20
"""A bearer of a name with so many times fewer inhabitants is not meant because the story names its country: Rome stays
in Italy where the United States are named too. (It is where its state stands behind it: `Rome, Georgia`.)"""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the gazetteer."""

    name: str
    kind: str
    """country, region, city, water, mountain, place, space."""
    country: str
    """ISO 3166-1 alpha-2; empty where it lies in several countries or none."""
    region: str
    lat: float | None
    lon: float | None
    id: str
    weight: int
    """Inhabitants, or a stand-in where there are none: what is better known weighs more."""

    def facts(self) -> Tag:
        """What is known of it, as the keys of a tag."""
        facts: Tag = {}  # type: ignore[typeddict-item]  # a part of one
        if self.country:
            facts["country"] = self.country
        if self.region:
            facts["region"] = self.region
        if self.lat is not None and self.lon is not None:
            facts["lat"], facts["lon"] = self.lat, self.lon
        if self.id:
            facts["id"] = self.id
        return facts


class Gazetteer:
    """All places, by every name that wires print."""

    def __init__(self, data: dict[str, Any]) -> None:
        # Few of the 34,000 are ever named. As tuples of plain values they cost the collector of garbage nothing.
        self._rows = [tuple(row) for row in data["places"]]
        self._made: dict[int, Place] = {}
        self._names: dict[str, tuple[int, ...]] = {name: tuple(bearers) for name, bearers in data["names"].items()}
        self.demonyms: dict[str, str] = data["demonyms"]
        """`Iranian` to `IR`: never tagged, but it tells what a story is about."""

    @classmethod
    def load(cls) -> Gazetteer:
        return cls(shipped("places.json.zst"))

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def names(self) -> Collection[str]:
        return self._names.keys()

    def first(self, name: str) -> Place | None:
        """The best known bearer of a name."""
        bearers = self._names.get(name)
        return self._place(bearers[0]) if bearers else None

    def _place(self, number: int) -> Place:
        place = self._made.get(number)
        if place is None:
            place = self._made[number] = Place(*self._rows[number])
        return place

    def candidates(self, name: str) -> list[Place]:
        """The bearers of a name, best known first."""
        return [self._place(i) for i in self._names.get(name, ())]

    def best(self, name: str, countries: Collection[str] = (), within: Collection[str] = ()) -> Place | None:
        """The bearer of `name` that fits: one within what is named behind it (`Portland, Maine`), else in a country
        that the story names, else the best known."""
        bearers = self.candidates(name)
        if len(bearers) < 2:
            return bearers[0] if bearers else None
        around = [self._place(self._names[w][0]) for w in within if w != name and w in self._names]
        for place in bearers:
            if place.region and any(a.kind == "region" and a.name == place.region != place.name for a in around):
                return place
        for place in bearers:
            if any(a.kind in ("region", "country") and a.country == place.country for a in around):
                return place
        if bearers[0].kind != "country":
            for place in bearers:
                if place.country in countries and place.weight * FAR_LESS >= bearers[0].weight:
                    return place
        return bearers[0]
