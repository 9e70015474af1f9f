"""The tag stage: what it finds, and that every tag stands where it says."""

from __future__ import annotations

from pipeline.model import Story
from pipeline.packet import Packet
from pipeline.stages.tag import Tagging

STORY = Story(
    id="1",
    source="test",
    format="text",
    headline="Envoy Amina Mohammed meets Macron in Paris",
    paragraphs=[
        "PARIS - United Nations envoy Amina Mohammed met French President Emmanuel Macron on Tuesday.",
        "“We agreed,” Macron said. The Iranian delegation had left for Tehran.",
    ],
)


def test_every_tag_stands_where_it_says() -> None:
    packet = Packet()
    packet.story = STORY
    Tagging().run([packet])
    found = set()
    for tag in packet.tags:
        field = STORY.headline if tag["field"] == "headline" else STORY.text
        found.add((tag["type"], tag["name"], field[tag["start"] : tag["end"]]))
    assert ("person", "Emmanuel Macron", "Macron") in found
    assert ("organisation", "United Nations", "United Nations") in found
    assert ("place", "Tehran", "Tehran") in found
    assert not any(words == "Iranian" for _, _, words in found)
    assert [t["country"] for t in packet.tags if t["name"] == "Tehran"] == ["IR"]
