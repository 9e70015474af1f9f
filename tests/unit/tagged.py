"""Stories and their tags, for the tests of the tag stage."""

from __future__ import annotations

from functools import cache

from pipeline.model import Story, Tag
from pipeline.tags.tagger import Tagger


@cache
def tagger() -> Tagger:
    """One tagger for all tests: loading takes half a second."""
    return Tagger()


def story(
    *paragraphs: str, headline: str = "", language: str = "en", dateline: str = "", byline: str = "", place: str = ""
) -> Story:
    return Story(
        id="1", source="test", format="text", headline=headline, paragraphs=list(paragraphs),
        language=language, language_confidence=1.0,
        dateline=dateline, byline=byline, dateline_place=place,
    )  # fmt: skip


def tags(s: Story) -> list[Tag]:
    return tagger().tags([s])[0]


def words(s: Story, tag: Tag) -> str:
    """The words that a tag stands on."""
    field = {"headline": s.headline, "text": s.text, "dateline": s.dateline, "byline": s.byline}[tag["field"]]
    return field[tag["start"] : tag["end"]]


def named(s: Story, kind: str) -> set[str]:
    """The names of a story's tags of one type."""
    return {t["name"] for t in tags(s) if t["type"] == kind}
