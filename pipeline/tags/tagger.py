"""Everything the tag stage is made of, loaded once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.model import Story, Tag
from pipeline.tags.aliases import Field, Loose, Mention
from pipeline.tags.features import Facts
from pipeline.tags.foreign import Foreign, script_of
from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.keywords import keywords, phrases
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.phrases import Phrases
from pipeline.tags.printed import filed_at, printed
from pipeline.tags.reading import Reading, read
from pipeline.tags.resolve import resolve
from pipeline.tags.sequence import Finder
from pipeline.tags.sieve import Sieve
from pipeline.tags.vocabulary import Vocabulary
from pipeline.tags.weights import Weights
from pipeline.vocabulary.rules import NONE, Rules

ENGLISH = ("", "en")
"""Languages for the name model; others get what lists find."""
DECLARED = 1.0
"""The language confidence of a story whose feed said its language."""
LATIN = frozenset(
    ("de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "nb", "fi", "pl", "cs", "sk", "hu", "ro", "hr", "bs",
     "sl", "sq", "lt", "lv", "et", "tr", "id", "ms", "vi", "sw", "af", "ca", "eu", "gl", "is", "ga", "cy", "mt",
     "tl", "fil", "az", "uz", "so", "ha", "yo", "ig", "zu", "xh", "lb", "fo", "kl", "ku", "tk", "eo", "la")
)  # fmt: skip
"""Languages of Latin script that wires are written in; what a detector calls by another name is a mistake."""
SHORT = 150
"""Characters below which a detected language is not to be trusted, unless it is `SURE` and the text has a sentence's
worth of small words: of 17,000 English lines of 40 to 150 characters (CoNLL, WikiGold, Reuters' headlines), which the
detector took for another language 115 times, none had."""
SURE = 0.9
SMALL_WORDS = 4
_LETTERS = re.compile(r"[\W\d_]+")
LISTED = 0.8
"""The confidence of what a list finds."""


class Tagger:
    """Stories to tags."""

    def __init__(self, weights: Weights | None = None) -> None:
        """With the shipped name model, or another one of its kind."""
        self._lexicon = Lexicon.load()
        self._gazetteer = Gazetteer.load()
        weights = weights or Weights.load()
        self.version = weights.version
        listed = Phrases(self._lexicon, self._gazetteer)
        self._vocabulary = Vocabulary(weights, Facts(self._lexicon, self._gazetteer), listed)
        self._finder = Finder(weights, self._vocabulary, listed)
        self._sieve = Sieve(self._lexicon, self._gazetteer)
        self._foreign = Foreign(self._lexicon, self._gazetteer)

    def tags(self, stories: Sequence[Story], rules: Rules = NONE) -> list[list[Tag]]:
        """The tags of each story; `rules` are a desk's, which add tags of its own."""
        bodies = [story.text for story in stories]
        texts: list[Sequence[str]] = []
        for story in stories:
            english = _english(story)
            texts.append((story.headline,) if english else ())
            texts.append(story.paragraphs if english else ())
        reading = read(texts, self._vocabulary)
        mentions, loose = self._mentions(stories, reading, bodies)
        telling = phrases(self._vocabulary, reading, len(stories))
        out = []
        for i, story in enumerate(stories):
            if not _english(story):
                mentions[i] = self._listed(story, bodies[i])
            tags = resolve(
                mentions[i], loose[i], story.headline, bodies[i], self._lexicon, self._gazetteer, self._sieve,
                filed_at(story, self._gazetteer),
            )  # fmt: skip
            tags += printed(story, self._gazetteer)
            tags += keywords(telling[i], story.headline, bodies[i], tags)
            tags += rules.tags(story, bodies[i])
            out.append(tags)
        return out

    def _mentions(
        self, stories: Sequence[Story], reading: Reading, bodies: Sequence[str]
    ) -> tuple[list[list[Mention]], list[list[Loose]]]:
        found = self._finder.find(reading)
        mentions: list[list[Mention]] = [[] for _ in stories]
        loose: list[list[Loose]] = [[] for _ in stories]
        printed_in = [field for story, body in zip(stories, bodies, strict=True) for field in (story.headline, body)]
        for text, start, end, kind, sure, confidence in zip(
            found.text, found.start, found.end, found.kind, found.sure, found.confidence, strict=True
        ):
            words = printed_in[text][start:end]
            field: Field = "text" if text & 1 else "headline"
            if "-" in words and (parts := self._compound(words)):
                for part in parts:
                    at = start + words.index(part)
                    mentions[text >> 1].append(
                        Mention(self._known_kind(part), part, field, at, at + len(part), sure, confidence)
                    )
                continue
            mentions[text >> 1].append(Mention(kind, words, field, start, end, sure, confidence))
        for text, start, end in found.loose:
            field = "text" if text & 1 else "headline"
            loose[text >> 1].append((field, start, end, printed_in[text][start:end]))
        return mentions, loose

    def _listed(self, story: Story, body: str) -> list[Mention]:
        """Mentions in a story that is not in English."""
        fields: tuple[tuple[Field, str], ...] = (("headline", story.headline), ("text", body))
        return [
            Mention(found.kind, found.known_as, field, found.start, found.end, LISTED, LISTED)
            for field, text in fields
            for found in self._foreign.find(text, story.language)
        ]

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


def _english(story: Story) -> bool:
    """Whether to read a story as English: also what a detector took for another language on thin grounds, such as a
    dateline or a result table."""
    language = story.language.split("-")[0]
    if language in ENGLISH or story.language_confidence == DECLARED:
        return language in ENGLISH
    body = story.paragraphs[0] if story.paragraphs else story.headline
    if script_of(_LETTERS.sub("", body[:80])):
        return False
    if language not in LATIN:
        return True
    if len(story.headline) + sum(map(len, story.paragraphs)) >= SHORT:
        return False
    words = f"{story.headline} {story.text}".split()
    return story.language_confidence < SURE or sum(w.islower() and len(w) > 1 for w in words) < SMALL_WORDS
