"""Everything the tag stage is made of, loaded once."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.model import Story, Tag
from pipeline.tags.features import Facts
from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.phrases import Phrases
from pipeline.tags.printed import printed
from pipeline.tags.resolve import Field, Loose, Mention, resolve
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
        bodies = [story.text for story in stories]
        texts: list[Sequence[str]] = []
        for story in stories:
            texts.append((story.headline,))
            texts.append(story.paragraphs)
        mentions, loose = self._mentions(stories, texts, bodies)
        out = []
        for i, story in enumerate(stories):
            tags = resolve(mentions[i], loose[i], story.headline, bodies[i], self._lexicon, self._gazetteer)
            tags += printed(story, self._gazetteer)
            out.append(tags)
        return out

    def _mentions(
        self, stories: Sequence[Story], texts: Sequence[Sequence[str]], bodies: Sequence[str]
    ) -> tuple[list[list[Mention]], list[list[Loose]]]:
        found = self._finder.find(texts)
        mentions: list[list[Mention]] = [[] for _ in stories]
        loose: list[list[Loose]] = [[] for _ in stories]
        printed_in = [field for story, body in zip(stories, bodies, strict=True) for field in (story.headline, body)]
        for text, start, end, kind, sure in zip(
            found.text, found.start, found.end, found.kind, found.sure, strict=True
        ):
            words = printed_in[text][start:end]
            field: Field = "text" if text & 1 else "headline"
            if "-" in words and (parts := self._compound(words)):
                for part in parts:
                    at = start + words.index(part)
                    mentions[text >> 1].append(Mention(self._known_kind(part), part, field, at, at + len(part), sure))
                continue
            mentions[text >> 1].append(Mention(kind, words, field, start, end, sure))
        for text, start, end in found.loose:
            field = "text" if text & 1 else "headline"
            loose[text >> 1].append((field, start, end, printed_in[text][start:end]))
        return mentions, loose

    def _compound(self, words: str) -> list[str]:
        """The parts of `Israel-Hamas`, where each is a country or a listed organisation; else none."""
        if " " in words or words in self._lexicon.organisations or words in self._gazetteer:
            return []
        parts = words.split("-")
        return parts if all(self._known_kind(p) for p in parts) and len(set(parts)) == len(parts) else []

    def _known_kind(self, word: str) -> str:
        place = self._gazetteer.first(word)
        if place and place.kind == "country":
            return "LOC"
        return "ORG" if word in self._lexicon.organisations else ""
