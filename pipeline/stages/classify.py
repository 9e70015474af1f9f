"""Classify: which IPTC Media Topics a story belongs to, how surely, and what in the text says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.mediatopics import foreign, modelfile, subjects, vocabulary
from pipeline.mediatopics.classifier import Classifier
from pipeline.mediatopics.words import plain, story_words
from pipeline.model import MediaTopic, Story
from pipeline.packet import Packet
from pipeline.vocabulary.rules import NONE, Rules, RulesFile, stamped

SURE_OF_LANGUAGE = 0.7
"""A detector that is less sure than this of a language we do not have may well have met a short English text."""


class Classify:
    """The classify stage. Reads its model when it is made."""

    name = "classify"

    def __init__(self, vocabulary_file: Path | None = None) -> None:
        """Raises Unavailable where the model cannot be read, Usage where the desk's vocabulary has flaws."""
        self.rules = RulesFile(vocabulary_file)
        self._classifier = Classifier(modelfile.load())
        self._rules = self.rules.current()

    @property
    def model(self) -> str:
        """The version of the topics model, and of the vocabulary that decided on the last batch."""
        return stamped(self._classifier.model.version, self._rules)

    def run(self, batch: Sequence[Packet]) -> None:
        """Set each packet's topics: Media Topics (the feed's own, then ours), then the desk's own; best first in each.

        Empty where nothing is sure enough.
        """
        stories = [packet.story for packet in batch]
        self._rules = self.rules.current()
        found = self.topics(stories, self._rules)
        for packet, topics in zip(batch, found, strict=True):
            packet.topics = topics

    def best(self, stories: Sequence[Story]) -> list[tuple[str, float, bool]]:
        """For measuring: the likeliest topic of each story, its confidence, and whether the stage would say so."""
        found = self._classifier.best([plain(story.headline, story.text) for story in stories])
        return [(qcode, sure, sure >= self._classifier.model.threshold) for qcode, sure in found]

    def topics(self, stories: Sequence[Story], rules: Rules = NONE) -> list[list[MediaTopic]]:
        """The topics of each story, in order; `rules` are a desk's."""
        spoken = [_language(story) for story in stories]
        bodies = [story.text for story in stories]
        nudges = rules.nudges(stories, bodies)
        english = [
            plain(story.headline, body) if language == "en" else b""
            for story, body, language in zip(stories, bodies, spoken, strict=True)
        ]
        decided = self._classifier.classify(english, nudges)
        for place, (story, body, language) in enumerate(zip(stories, bodies, spoken, strict=True)):
            if language in foreign.LANGUAGES:
                decided[place] = foreign.best(story_words(story.headline, body), language, nudges[place])
        return [
            _with_own(_with_delivered(story, topics), rules.topics(story, body))
            for story, body, topics in zip(stories, bodies, decided, strict=True)
        ]


def _language(story: Story) -> str:
    """The language whose model decides: one that we have, English where the language is in doubt, else none."""
    language = story.language[:2]
    if language in foreign.LANGUAGES or language in ("", "en"):
        return language or "en"
    return "" if story.language_confidence >= SURE_OF_LANGUAGE else "en"


def _with_delivered(story: Story, topics: list[MediaTopic]) -> list[MediaTopic]:
    """The feed's subject codes before our own; what both name stays once, as the feed's."""
    codes = subjects.delivered(story.subjects) if story.subjects else []
    if not codes:
        return topics
    known = vocabulary.topics()
    first: list[MediaTopic] = [
        {
            "qcode": code,
            "name": known[code].name,
            "confidence": 1.0,
            "evidence": [["subject code of the feed", 1.0]],
            "broader": vocabulary.broader(code),
        }
        for code in codes
    ]
    named = {*codes, *(parent for topic in first for parent in topic["broader"])}
    return first + [topic for topic in topics if topic["qcode"] not in named]


def _with_own(topics: list[MediaTopic], own: list[MediaTopic]) -> list[MediaTopic]:
    """Media Topics, then the desk's own. A Media Topic that a rule gives stands among its kind, once, by confidence."""
    if not own:
        return topics
    given = {topic["qcode"] for topic in topics}
    media = [topic for topic in own if topic["qcode"].startswith(vocabulary.PREFIX) and topic["qcode"] not in given]
    desk = [topic for topic in own if not topic["qcode"].startswith(vocabulary.PREFIX)]
    if media:
        topics = sorted([*topics, *media], key=lambda topic: -topic["confidence"])
    return topics + desk
