"""What another vocabulary would change about recorded stories, before anybody switches to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import orjson

from pipeline.model import MediaTopic, RawStory, RecordId, Story
from pipeline.packet import Packet
from pipeline.product import flat
from pipeline.stages.classify import Classify
from pipeline.stages.parse import Parse
from pipeline.vocabulary.rules import Rules

BATCH = 100


class Key(NamedTuple):
    """One kind of change."""

    what: str
    """`tag`, `topic`, or `first topic`."""
    change: str
    """`gained`, `lost`; of a first topic `from → to`."""
    name: str
    code: str


class Sample(NamedTuple):
    """A story that changes, and why."""

    id: str
    headline: str
    evidence: str
    """The words that decided, under whichever of the two vocabularies gives the tag or topic."""


@dataclass(slots=True)
class Change:
    """How many stories change in one way, and the first few of them."""

    stories: int = 0
    samples: list[Sample] = field(default_factory=list)


@dataclass(slots=True)
class Difference:
    """All changes, over all stories read."""

    read: int = 0
    touched: int = 0
    """Stories with at least one change."""
    unreadable: int = 0
    """Records that parse could make no story of."""
    confidences: int = 0
    """Stories that keep their topics, but with other confidences."""
    changes: dict[Key, Change] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        ordered = sorted(self.changes.items(), key=lambda item: (-item[1].stories, item[0]))
        return {
            "stories": self.read,
            "touched": self.touched,
            "unreadable": self.unreadable,
            "confidences": self.confidences,
            "changes": [
                {**key._asdict(), "stories": change.stories, "samples": [s._asdict() for s in change.samples]}
                for key, change in ordered
            ],
        }


def stories(raws: Iterable[RawStory], max_story_bytes: int, difference: Difference) -> Iterator[Story]:
    """The stories of recorded bytes, as parse reads them; counts in `difference` what it cannot read.

    What this pipeline wrote itself is taken as it stands: read as a feed, its own topics would pass for the feed's.
    """
    parse = Parse(max_story_bytes)
    for raw in raws:
        own = _own_product(raw.body)
        for outcome in [own] if own is not None else parse.run([raw])[0]:
            story = outcome.story if isinstance(outcome, Packet) else outcome
            if isinstance(story, Story) and (story.headline or story.paragraphs):
                yield story
            else:
                difference.unreadable += 1


def _own_product(body: bytes) -> Story | None:
    """The story in a record of an output topic, or in a line of `wire process`; None where it is neither."""
    if b'"trace"' not in body:
        return None
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    fields = flat(document) if isinstance(document, dict) else {}
    if not ({"id", "trace", "status", "source", "format", "headline", "text"} <= fields.keys()):
        return None
    return Story.from_json(orjson.dumps(fields))


def raw(body: bytes, number: int, source: str = "", format: str = "") -> RawStory:
    """Recorded bytes as parse takes them."""
    return RawStory(body, RecordId(0, number), 0.0, source, format)


def compare(
    old: Rules, new: Rules, recorded: Iterable[Story], difference: Difference, samples: int, classify: Classify
) -> None:
    """Put every story through both vocabularies and count in `difference` what changes."""
    stream = iter(recorded)
    while batch := list(islice(stream, BATCH)):
        before, after = classify.topics(batch, old), classify.topics(batch, new)
        for story, topics_before, topics_after in zip(batch, before, after, strict=True):
            difference.read += 1
            changes = [*_tags(old, new, story), *_topics(topics_before, topics_after)]
            for key, evidence in changes:
                change = difference.changes.setdefault(key, Change())
                change.stories += 1
                if len(change.samples) < samples:
                    change.samples.append(Sample(story.id, story.headline or story.text[:120], evidence))
            difference.touched += bool(changes)
            difference.confidences += not changes and topics_before != topics_after


def _tags(old: Rules, new: Rules, story: Story) -> Iterator[tuple[Key, str]]:
    text = story.text
    fields = {"headline": story.headline, "text": text}
    found: list[dict[tuple[str, str], list[str]]] = []
    for rules in (old, new):
        names: dict[tuple[str, str], list[str]] = {}
        for tag in rules.tags(story, text):
            words = fields[tag["field"]][tag["start"] : tag["end"]]
            names.setdefault((tag["name"], tag.get("id", "")), []).append(words)
        found.append(names)
    before, after = found
    for name, code in sorted(after.keys() - before.keys()):
        yield Key("tag", "gained", name, code), _joined(after[name, code])
    for name, code in sorted(before.keys() - after.keys()):
        yield Key("tag", "lost", name, code), _joined(before[name, code])


def _topics(before: Sequence[MediaTopic], after: Sequence[MediaTopic]) -> Iterator[tuple[Key, str]]:
    had, has = ({topic["qcode"]: topic for topic in topics} for topics in (before, after))
    for change, these, those in (("gained", has, had), ("lost", had, has)):
        for code, topic in these.items():
            if code not in those:
                evidence = _joined([str(term) for term, _ in topic.get("evidence", ())])
                yield Key("topic", change, topic["name"], code), evidence
    first = [next(iter(topics), None) for topics in (before, after)]
    names = [topic["name"] if topic else "none" for topic in first]
    if names[0] != names[1]:
        code = first[1]["qcode"] if first[1] else ""
        yield Key("first topic", f"{names[0]} → {names[1]}", names[1], code), ""


def _joined(words: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(words))
