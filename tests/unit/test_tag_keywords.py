"""Keywords: a handful, telling, standing where they say."""

from __future__ import annotations

from tests.unit.tagged import story, tags, words

FLOODS = story(
    "Heavy rain brought floods to villages along the river, and rescue workers moved families by boat.",
    "The floods are the worst in decades, officials said. Rescue workers said boats were short.",
    "More rain is expected; the floods may last a week in Kerala.",
    headline="Floods force thousands from homes in Kerala",
)


def test_keywords_say_what_the_story_is_about() -> None:
    found = {t["name"] for t in tags(FLOODS) if t["type"] == "keyword"}
    assert {"floods", "rain", "Kerala"} <= found
    assert "rescue workers" in found
    assert not found & {"the", "said", "officials said", "week"}
    assert len(found) <= 8


def test_keywords_stand_on_their_words() -> None:
    for tag in tags(FLOODS):
        if tag["type"] == "keyword" and tag["name"] != "Kerala":
            assert words(FLOODS, tag).lower() == tag["name"]
            assert 0 < tag["salience"] <= 1
