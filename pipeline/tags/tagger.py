"""Everything the tag stage is made of, loaded once."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model import Story, Tag
from pipeline.tags.features import Facts
from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.phrases import Phrases
from pipeline.tags.resolve import Mention, resolve
from pipeline.tags.sequence import Finder
from pipeline.tags.vocabulary import Vocabulary
from pipeline.tags.weights import Weights


class Tagger:
    """Stories to tags."""

    def __init__(self) -> None:
        self._lexicon = Lexicon.load()
        self._gazetteer = Gazetteer.load()
        weights = Weights.load()
        self.version = weights.version
        phrases = Phrases(self._lexicon, self._gazetteer)
        vocabulary = Vocabulary(weights, Facts(self._lexicon, self._gazetteer), phrases)
        self._finder = Finder(weights, vocabulary, phrases)

    def tags(self, stories: Sequence[Story]) -> list[list[Tag]]:
        """The tags of each story."""
        texts: list[Sequence[str]] = []
        for story in stories:
            texts.append((story.headline,))
            texts.append(story.paragraphs)
        return [
            resolve(mentions, story.headline, story.text, self._lexicon, self._gazetteer)
            for story, mentions in zip(stories, self._mentions(stories, texts), strict=True)
        ]

    def _mentions(self, stories: Sequence[Story], texts: Sequence[Sequence[str]]) -> list[list[Mention]]:
        found = self._finder.find(texts)
        out: list[list[Mention]] = [[] for _ in stories]
        bodies = [body for story in stories for body in (story.headline, story.text)]
        for text, start, end, kind, sure in zip(
            found.text, found.start, found.end, found.kind, found.sure, strict=True
        ):
            field = "text" if text & 1 else "headline"
            out[text >> 1].append(Mention(kind, bodies[text][start:end], field, start, end, sure))
        return out
