"""Countries of tags against the `places` that Reuters' editors gave stories in 1987 (Reuters-21578).

Editors named the countries that a story is about, mostly where it was filed and who acts in it, not every country in
it; and they named some that the text does not. So three ways of counting are shown: every place tag; the places that a
story is about (`about`); and the place of the dateline alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.evaluation.agreement import Score
from pipeline.evaluation.counting import Counts
from pipeline.evaluation.tagging import tag_stories
from pipeline.model import Story, Tag
from pipeline.stages.tag import Tagging
from pipeline.tags.gazetteer import Gazetteer

SPELT = {
    "usa": "US", "uk": "GB", "ussr": "RU", "uae": "AE", "trinidad-tobago": "TT", "yemen-arab-republic": "YE",
    "yemen-demo-republic": "YE", "us-virgin-islands": "VI",
}  # fmt: skip
"""Reuters' names of countries that are no English words."""
ABOUT = 0.5
"""The salience from which a story is about a place."""


@dataclass(slots=True)
class Places:
    """Scores by the way of counting, and the most frequent errors of the second."""

    scores: dict[str, Score] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)


def country_of(place: str, gazetteer: Gazetteer) -> str:
    """ISO code for a name as Reuters wrote it (`west-germany`); empty where it is no country."""
    if place in SPELT:
        return SPELT[place]
    name = " ".join(w if w in ("of", "and") else w.capitalize() for w in place.split("-"))
    found = gazetteer.first(name)
    return found.country if found else ""


def story_of(row: dict[str, Any]) -> Story:
    """A row of the labelled data as parse would give it."""
    paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s{2,}|\n\s*\n", str(row.get("text", "")))]
    dateline = str(row.get("dateline") or "").strip()
    return Story(
        id=str(row.get("id", "")), source="", format="", headline=str(row.get("title") or ""), language="en",
        paragraphs=[p for p in paragraphs if p], dateline=dateline, dateline_place=dateline.rpartition(",")[0],
    )  # fmt: skip


def about(tag: Tag) -> bool:
    """Whether the tag is of a place that the story is about: where it was filed, or what it returns to."""
    return tag["type"] == "dateline" or (tag["type"] == "place" and tag.get("salience", 0.0) >= ABOUT)


def score_places(stage: Tagging, rows: Sequence[dict[str, Any]]) -> Places:
    """Micro-averaged over stories, with and without the United States."""
    gazetteer = Gazetteer.load()
    counts: dict[str, Counts] = {}
    places = Places()
    for row, tags in zip(rows, tag_stories(stage, [story_of(row) for row in rows]), strict=True):
        wanted = {code for place in row["places"] if (code := country_of(place, gazetteer))}
        ways = {
            "every place": {t["country"] for t in tags if t["type"] == "place" and "country" in t},
            "about": {t["country"] for t in tags if about(t) and "country" in t},
            "dateline": {t["country"] for t in tags if t["type"] == "dateline" and "country" in t},
        }
        for way, found in ways.items():
            counts.setdefault(f"{way}, without usa", Counts()).add(found - {"US"}, wanted - {"US"})
            counts.setdefault(f"{way}, all", Counts()).add(found, wanted)
        places.errors.update(f"missed {code}" for code in wanted - ways["about"] - {"US"})
        places.errors.update(f"wrong {code}" for code in ways["about"] - wanted - {"US"})
    places.scores = {way: c.score() for way, c in counts.items()}
    return places
