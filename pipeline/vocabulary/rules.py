"""A desk's vocabulary at work: own tags for the tag stage, own topics and changes to Media Topics for classify."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.model import MediaTopic, Story, Tag
from pipeline.rulefiles.watched import Watched
from pipeline.vocabulary.entries import Adjustment, Nudge, OwnTag, OwnTopic, Vocabulary
from pipeline.vocabulary.matching import Match, Matcher
from pipeline.vocabulary.reading import parse

EVIDENCE_TERMS = 6


class Rules:
    """One vocabulary, ready to use; without one, rules that change nothing."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = vocabulary or Vocabulary()
        self.version = self.vocabulary.version
        """Empty where there is no vocabulary."""
        self._tags: Matcher[OwnTag] = Matcher(self.vocabulary.tags, repeats=False)
        self._topics: Matcher[OwnTopic] = Matcher(self.vocabulary.topics, repeats=True)
        self._adjustments: Matcher[Adjustment] = Matcher(self.vocabulary.adjustments, repeats=True)

    def tags(self, story: Story, text: str) -> list[Tag]:
        """The desk's tags of a story, one for each place where a term stands. `text` is the story's, joined."""
        return [tag for match in self._tags.matches(story, text) for tag in _tags(match, len(text))]

    def topics(self, story: Story, text: str) -> list[MediaTopic]:
        """The desk's topics of a story, best first."""
        found = [_topic(match) for match in self._topics.matches(story, text)]
        return sorted(found, key=lambda topic: -topic["confidence"])

    def nudges(self, stories: Sequence[Story], texts: Sequence[str]) -> list[Nudge | None]:
        """What changes about the Media Topics of each story; None where nothing does."""
        return [self._nudge(story, text) for story, text in zip(stories, texts, strict=True)]

    def _nudge(self, story: Story, text: str) -> Nudge | None:
        matches = self._adjustments.matches(story, text)
        if not matches:
            return None
        nudge = Nudge()
        for match in matches:
            code = match.entry.code
            if match.entry.forbid:
                nudge.forbid.add(code)
            else:
                nudge.add[code] = nudge.add.get(code, 0.0) + match.entry.boost
                nudge.why.setdefault(code, []).extend(shown for shown, weight in match.evidence if weight > 0)
        return nudge


NONE = Rules()


def make(text: str, name: str) -> Rules:
    """Rules from a file's text. Raises Flawed with all that is wrong with it."""
    return Rules(parse(text, name))


class RulesFile:
    """The vocabulary file that a stage follows; without one, `NONE` for ever."""

    def __init__(self, path: Path | None) -> None:
        """Raises Usage (flaws) or Unavailable where the file cannot be taken up now."""
        self._watched = None if path is None else Watched(path, make)

    def current(self) -> Rules:
        """The rules in force: ask before each batch."""
        return NONE if self._watched is None else self._watched.current()

    @property
    def fault(self) -> str:
        """Why a changed file is not in force; empty where all is well."""
        return "" if self._watched is None else self._watched.fault


def stamped(model: str, rules: Rules) -> str:
    """The version of what decided: a model's and, where there is one, the vocabulary's."""
    return f"{model}+{rules.version}" if rules.version else model


def _tags(match: Match[OwnTag], length: int) -> list[Tag]:
    entry, places = match.entry, match.places
    first = min((start for where, start, _ in places if where == "text"), default=length)
    in_headline = any(where == "headline" for where, _, _ in places)
    # as for the names that the model finds: mentions, the headline, and an early first mention
    weight = len(places) + 3 * in_headline + 2 * (1 - first / max(length, 1))
    tags: list[Tag] = []
    for where, start, end in places:
        tag: Tag = {
            "type": "custom", "name": entry.name, "field": where, "start": start, "end": end, "count": len(places),
            "salience": round(weight / (weight + 4), 3), "confidence": round(match.confidence, 3),
        }  # fmt: skip
        if entry.code:
            tag["id"] = entry.code
        tags.append(tag)
    return tags


def _topic(match: Match[OwnTopic]) -> MediaTopic:
    return {
        "qcode": match.entry.code,
        "name": match.entry.name,
        "confidence": round(match.confidence, 3),
        "evidence": [[shown, round(weight, 3)] for shown, weight in match.evidence[:EVIDENCE_TERMS]],
        "broader": list(match.entry.broader),
    }
