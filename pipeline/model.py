"""What travels through the pipeline: a raw record, the typed `Story`, and what each stage says about it.

Everything here is plain data. A story is *read* once, in parse; later stages add a `Verdict`, `Tag`s and
`MediaTopic`s beside it and never change it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal, NotRequired, Self, TypedDict

import orjson

Status = Literal["new", "duplicate", "update", "correction", "kill", "held", "skipped", "dead"]
Signal = Literal["", "update", "correction", "kill", "advisory"]


class Jsonable:
    """Dataclasses that travel as JSON. Unknown fields of a newer writer are dropped: upgrades go worker by worker."""

    __slots__ = ()

    def to_json(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, data: bytes | memoryview) -> Self:
        values: dict[str, Any] = orjson.loads(data)
        try:
            return cls(**values)
        except TypeError:
            known = {f.name for f in fields(cls)}  # type: ignore[arg-type]  # every subclass is a dataclass
            return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True, slots=True, order=True)
class RecordId:
    """Which raw record a story came in, and its place in it (one feed document may hold several stories).

    This is the identity that a redelivery is recognised by; it says nothing about content.
    """

    partition: int
    offset: int
    item: int = 0

    def __str__(self) -> str:
        place = f"{self.partition}-{self.offset}"
        return f"{place}.{self.item}" if self.item else place

    @classmethod
    def parse(cls, text: str) -> RecordId:
        """The inverse of `str`. Raises ValueError for anything else."""
        place, _, item = text.partition(".")
        partition, _, offset = place.partition("-")
        return cls(int(partition), int(offset), int(item or 0))


@dataclass(slots=True)
class RawStory:
    """A record of `wire.raw`: the bytes as they came, and how they came."""

    body: bytes
    record: RecordId
    received: float
    """Epoch seconds at which the record entered the pipeline."""
    source: str = ""
    """The feed's name; empty when the producer gave none."""
    format: str = ""
    """The producer's word for the format, a hint only: formats are recognised from the bytes."""
    feed_id: str = ""
    """An id that the producer gave in a header; empty when none."""
    content_type: str = ""
    """A MIME type with charset, as a feed's HTTP answer gave it; empty when none."""
    truth: str = ""
    """What the replayer knows of a story it forged (`duplicate-of:…`), for self-measurement only."""


class Subject(TypedDict):
    """A subject, person, organisation or place as the feed delivered it."""

    name: NotRequired[str]
    code: NotRequired[str]
    """A qcode or a bare code, as delivered."""
    scheme: NotRequired[str]
    rel: NotRequired[str]


@dataclass(slots=True)
class Story(Jsonable):
    """One version of one story, in the field's own terms. Text is UTF-8, NFC, without control characters.

    Times are ISO 8601 with zone (UTC `Z` where the feed's zone is known); empty strings and lists mean "not given".
    """

    id: str
    """The feed's own id verbatim where it gave one, else derived from the content."""
    source: str
    format: str
    """The format it was recognised as: `text`, `json`, `ninjs`, …"""
    headline: str = ""
    paragraphs: list[str] = field(default_factory=list)
    abstract: str = ""
    slugline: str = ""
    byline: str = ""
    dateline: str = ""
    """The dateline as printed, such as `GENEVA, March 3 (Agency)`."""
    dateline_place: str = ""
    dateline_date: str = ""
    language: str = ""
    """BCP 47, lower-case primary tag; empty when undecided."""
    language_confidence: float = 0.0
    """1.0 where the feed declared it; the detector's confidence otherwise."""

    uri: str = ""
    """The provider's guid or uri."""
    version: str = ""
    sequence: str = ""
    provider: str = ""
    urgency: int = 0
    """IPTC urgency 1 (flash) to 9; 0 when not given."""
    priority: str = ""
    genre: str = ""
    ednote: str = ""
    keywords: list[str] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    people: list[Subject] = field(default_factory=list)
    organisations: list[Subject] = field(default_factory=list)
    places: list[Subject] = field(default_factory=list)
    created: str = ""
    published: str = ""
    """The time of this version."""
    embargo: str = ""
    """Not to be published before; `unreadable: …` where the feed gave one that cannot be read."""
    pubstatus: str = "usable"
    """IPTC: usable, withheld or canceled."""
    rights: str = ""
    links: list[str] = field(default_factory=list)
    """Ids or uris of earlier versions that this one names."""
    url: str = ""

    signal: Signal = ""
    """The wire instruction recognised in headline, slugline or note: UPDATE 1, CORRECTED, KILL …"""
    signal_text: str = ""
    """The words that gave the signal, for evidence."""
    word_count: int = 0
    notes: list[str] = field(default_factory=list)
    """What parse repaired or cut, such as `furniture: 1 line`."""

    @property
    def text(self) -> str:
        """The body as one string, paragraphs joined by one blank line. Offsets of tags count in this string."""
        return "\n\n".join(self.paragraphs)

    def to_json(self) -> bytes:
        """As the product shows it: the body as `text`, what is not given left out.

        The product takes these bytes over as they are (`pipeline/product/`), so no stage pays for them again.
        """
        values = {"id": self.id, "source": self.source, "format": self.format, "headline": self.headline}
        values["text"] = self.text
        for name in _OPTIONAL:
            value = getattr(self, name)
            if value:
                values[name] = value
        return orjson.dumps(values)

    @classmethod
    def from_json(cls, data: bytes | memoryview) -> Self:
        values: dict[str, Any] = orjson.loads(data)
        text = values.pop("text")
        try:
            story = cls(**values)
        except TypeError:
            story = cls(**{name: value for name, value in values.items() if name in cls.__slots__})
        story.paragraphs = text.split("\n\n") if text else []
        return story


_OPTIONAL = tuple(f.name for f in fields(Story) if f.name not in ("id", "source", "format", "headline", "paragraphs"))


@dataclass(slots=True)
class Card(Jsonable):
    """The little that dedup and the ledger need to know of a story without opening it."""

    id: str
    source: str
    record: str
    """`RecordId` as text."""
    received: float
    """Epoch seconds."""
    event_time: float
    """Epoch seconds: the story's own time, at most an hour ahead of `received`; `received` where it has none."""
    uri: str = ""
    version: str = ""
    language: str = ""
    signal: Signal = ""
    slugline: str = ""
    headline: str = ""
    links: list[str] = field(default_factory=list)
    provider: str = ""
    urgency: int = 0
    pubstatus: str = "usable"
    embargo: str = ""
    """As `Story.embargo`: deliver holds by it without opening the story."""
    truth: str = ""


@dataclass(slots=True)
class Verdict(Jsonable):
    """What dedup decided of one story."""

    status: Status
    id: str
    """The story's id, made unique where two sources use one id for different stories."""
    of: str = ""
    """The id it repeats or follows; empty for a new story."""
    cluster: str = ""
    """The id of the first of its chain of copies and versions; its own for a new story."""
    thread: str = ""
    """The id of the first story of the same event, across agencies and rewrites."""
    similarity: float = 0.0
    """Resemblance to `of` (Jaccard of shingles), 0 to 1."""
    containment: float = 0.0
    """The share of the shorter text that stands in the longer, 0 to 1."""
    rule: str = ""
    """The one rule that decided, such as `exact`, `near`, `contained`, `version`."""
    evidence: dict[str, Any] = field(default_factory=dict)
    position: int = 1
    """Its place in the chain of versions, from 1; a duplicate has the place of what it repeats."""


TagType = Literal["person", "organisation", "place", "dateline", "agency", "byline", "keyword", "custom"]


class Tag(TypedDict):
    """One mention or entity, with where it stands. Offsets are characters of `field`, end exclusive."""

    type: str
    name: str
    """The canonical name; the words as printed are `field[start:end]`."""
    field: Literal["headline", "text", "dateline", "byline"]
    start: int
    end: int
    country: NotRequired[str]
    """ISO 3166-1 alpha-2, for places."""
    region: NotRequired[str]
    lat: NotRequired[float]
    lon: NotRequired[float]
    id: NotRequired[str]
    """A stable id where one is known, such as `geonames:2988507`."""
    salience: NotRequired[float]
    """0 to 1: how much the story is about it."""
    count: NotRequired[int]
    confidence: NotRequired[float]


class MediaTopic(TypedDict):
    """One IPTC Media Topic, best first in a list."""

    qcode: str
    """`medtop:NNNNNNNN`."""
    name: str
    confidence: float
    """Calibrated probability, 0 to 1."""
    evidence: NotRequired[list[list[Any]]]
    """`[term, weight]` pairs: what in the text decided, heaviest first."""
    broader: NotRequired[list[str]]
    """qcodes of its parents, nearest first."""
