"""The runner over the real wire samples: what their source projects' own tests expect, held against what parse gives.

Superdesk's tests name fields in Superdesk's terms; `FIELDS` maps them to ours. feedparser's tests are Python
expressions over its result object; `FeedCheck` evaluates the safe subset that they use, over our stories for what a
story holds, and over feedparser's result for what concerns the feed alone. Nothing is ever passed to `eval`.
"""

from __future__ import annotations

import ast
import html
import json
import operator
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.formats import feed
from pipeline.formats.document import Document
from pipeline.model import RawStory, RecordId, Story
from pipeline.packet import Packet
from pipeline.stages.base import Dead, SkippedItem
from pipeline.stages.parse import Outcome, Parse
from pipeline.text.markup import html_paragraphs
from pipeline.text.times import read_time

EXCEPTIONS = Path(__file__).parent / "fixtures" / "wire_samples_exceptions.toml"
RECEIVED = 1_700_000_000.0


@dataclass(slots=True)
class Sample:
    """One row of the manifest with its bytes."""

    path: str
    body: bytes
    content_type: str
    expects: list[dict[str, Any]]
    expression: str


@dataclass(slots=True)
class Check:
    """One expectation: whether we agree, and what we have."""

    path: str
    field: str
    expected: str
    actual: str
    agrees: bool
    reason: str = ""
    """Why a disagreement is right, from the reviewed exceptions."""


@dataclass(slots=True)
class Report:
    """All checks, and how every sample ended."""

    checks: list[Check] = field(default_factory=list)
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)

    @property
    def counted(self) -> list[Check]:
        return [check for check in self.checks if not check.reason]

    @property
    def agreement(self) -> float:
        """The share of expectations, reasoned exceptions apart, in which we agree; 1.0 where there is none."""
        counted = self.counted
        return sum(check.agrees for check in counted) / len(counted) if counted else 1.0


def samples(folder: Path) -> Iterator[Sample]:
    """The samples of a folder with a `manifest.jsonl`."""
    with (folder / "manifest.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            header = row.get("http_header") or ""
            header = "\n".join(header) if isinstance(header, list) else str(header)
            content_type = re.search(r"content-type:\s*([^\n]+)", header, re.I)
            yield Sample(
                row["path"],
                (folder / row["path"]).read_bytes(),
                content_type[1].strip() if content_type else "",
                row.get("expect", []),
                row.get("expect_feedparser_expr", ""),
            )


def exceptions() -> dict[tuple[str, str], str]:
    """The reviewed disagreements: (path, field) to the reason. `*` stands for all fields, or all samples."""
    with EXCEPTIONS.open("rb") as file:
        rows = tomllib.load(file)["exception"]
    return {(row["path"], row["field"]): row["reason"] for row in rows}


def run(folder: Path) -> Report:
    """Parse every sample and check every expectation."""
    report = Report()
    known = exceptions()
    parse = Parse(max_story_bytes=1_000_000)
    for sample in samples(folder):
        raw = RawStory(sample.body, RecordId(0, 0), RECEIVED, source="sample", content_type=sample.content_type)
        outcomes = parse.run([raw])[0]
        report.outcomes[sample.path] = outcomes
        found = [*_superdesk_checks(sample, outcomes), *_feed_checks(sample, raw)]
        for check in found:
            if not check.agrees:
                keys = ((sample.path, check.field), (sample.path, "*"), ("*", check.field))
                check.reason = next((known[key] for key in keys if key in known), "")
        report.checks.extend(found)
    return report


# Superdesk's expectations


def _lines(value: str) -> str:
    return " ".join(value.split())


def _text(value: object) -> str:
    """Markup and white space apart: their bodies are HTML, ours are paragraphs."""
    return _lines(re.sub(r"<[^>]+>", " ", str(value)))


def _names(story: Story) -> str:
    return " ".join(subject.get("name", "") for subject in [*story.places, *story.subjects])


FIELDS: dict[str, Callable[[Story], list[str]]] = {
    "headline": lambda s: [s.headline],
    "guid": lambda s: [s.id, s.uri, f"{s.uri}:{s.version}"],
    "uri": lambda s: [s.uri, s.id],
    "byline": lambda s: [s.byline, re.sub(r"^by\s+", "", s.byline, flags=re.I)],
    "slugline": lambda s: [s.slugline, s.slugline.title()],
    "pubstatus": lambda s: [s.pubstatus],
    "priority": lambda s: [s.priority, str(s.urgency)],
    "urgency": lambda s: [str(s.urgency)],
    "version": lambda s: [s.version],
    "ednote": lambda s: [s.ednote, s.ednote.strip("()")],
    "word_count": lambda s: [str(s.word_count)],
    "abstract": lambda s: [s.abstract],
    "description_text": lambda s: [s.abstract],
    "language": lambda s: [s.language],
    "body_html": lambda s: [_lines(" ".join(s.paragraphs))],
    "usageterms": lambda s: [s.rights],
    "keywords": lambda s: s.keywords,
    "original_source": lambda s: [s.provider],
    "source": lambda s: [s.provider],
    "original_creator": lambda s: [s.byline],
    "ingest_provider_sequence": lambda s: [s.sequence],
    "provider_sequence": lambda s: [s.sequence],
    "city": lambda s: [s.dateline_place],
    "text": lambda s: [s.dateline, f"{s.dateline} -"],
    "qcode": lambda s: [subject.get("code", "") for subject in s.subjects],
    "name": lambda s: [_names(s)],
    "profile": lambda s: [s.genre],
    "anpa_take_key": lambda s: [s.ednote, f"({s.ednote})"],
}
"""Superdesk's field to the strings of ours any of which may satisfy it."""


def _superdesk_checks(sample: Sample, outcomes: list[Outcome]) -> Iterator[Check]:
    stories = [outcome.story for outcome in outcomes if isinstance(outcome, Packet)]
    for expect in sample.expects:
        name, value = expect["field"], expect["value"]
        if name == "type":
            # their picture, graphic … is what we set aside as that; their text is a story
            kinds = ["text"] * len(stories) + [o.what for o in outcomes if isinstance(o, SkippedItem)]
            yield Check(sample.path, name, str(value), ", ".join(kinds), str(value) in kinds)
            continue
        read = FIELDS.get(name)
        have = [one for story in stories for one in read(story)] if read else []
        agrees = any(_satisfies(expect["op"], one, str(value)) for one in have)
        yield Check(sample.path, name, str(value)[:160], " | ".join(dict.fromkeys(have))[:160], agrees)


def _satisfies(op: str, have: str, expected: str) -> bool:
    have, expected = _text(have), _text(expected)
    match op:
        case "equals":
            # theirs is often one part of what we keep whole (notes of several roles, rights of several lines)
            return have == expected or (len(expected) > 12 and expected in have)
        case "contains":
            return expected in have
        case "startswith":
            return have.startswith(expected)
    return False


# feedparser's expectations


def _feed_checks(sample: Sample, raw: RawStory) -> Iterator[Check]:
    if not sample.expression:
        return
    document = Document(raw)
    try:
        result = feed.parse(document.text)
        agrees = bool(FeedCheck(result, document).value(sample.expression))
        actual = "agrees" if agrees else "disagrees"
    except (KeyError, AttributeError, IndexError, TypeError, ValueError) as e:
        agrees, actual = False, f"{type(e).__name__}: {e}"
    yield Check(sample.path, "feed", sample.expression[:200], actual[:160], agrees)


class OurEntry(dict[str, Any]):
    """An entry as feedparser's tests ask for it, each value read from our story where a story holds it."""

    def __init__(self, entry: Any, result: Any) -> None:
        story = feed.story_of(entry, result.feed, "rss")
        ours: dict[str, Any] = {
            "id": story.uri,
            "guid": story.uri,
            "link": story.url,
            "author": story.byline,
            "publisher": story.provider,
            "copyright": story.rights,
            "rights": story.rights,
        }
        super().__init__({key: value for key, value in ours.items() if value})
        self.entry = entry
        self.story = story

    def __missing__(self, key: str) -> Any:
        return self.entry[key]

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self or key in self.entry else default

    def time(self, key: str) -> str:
        return read_time(self.entry.get(key, ""))


_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: lambda a, b: _same(a, b),
    ast.NotEq: operator.ne,
    ast.In: lambda a, b: a in b,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
}
_MAX_NODES = 300


class Encoding:
    """Equal to the name of any encoding in which the bytes read as the same text (ASCII bytes are UTF-8 too)."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def __eq__(self, other: object) -> bool:
        try:
            return self.document.data.decode(str(other)).lstrip("\ufeff") == self.document.text.lstrip("\ufeff")
        except (UnicodeDecodeError, LookupError):
            return False

    def __hash__(self) -> int:
        return 0


def _same(one: Any, other: Any) -> bool:
    """Equal; of two texts with markup, their words count: a story keeps paragraphs, not tags."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str) and ("<" in one + other or "&" in one + other):
        return _words(one) == _words(other)
    return False


def _words(markup: str) -> str:
    return _lines(" ".join(html_paragraphs(html.unescape(markup))))


class FeedCheck:
    """Evaluates feedparser's test expressions: comparisons, `and`, `or`, `not`, indexing, attributes of dictionaries,
    `len`, `ord`, `.get`. Anything else raises ValueError."""

    def __init__(self, result: Any, document: Document) -> None:
        self.names: dict[str, Any] = {
            # feedparser says that something was wrong; we note what we repaired
            "bozo": bool(result.get("bozo") or document.notes),
            "feed": result.feed,
            "entries": [OurEntry(entry, result) for entry in result.entries],
            "encoding": Encoding(document),
            "version": result.get("version"),
        }

    def value(self, expression: str) -> Any:
        tree = ast.parse(expression.strip(), mode="eval")
        if sum(1 for _ in ast.walk(tree)) > _MAX_NODES:
            raise ValueError("the expression is too long")
        return self._value(tree.body)

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.BoolOp(op=op, values=values):
                results = [self._value(one) for one in values]
                return all(results) if isinstance(op, ast.And) else any(results)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self._value(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._value(operand)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                values = [self._value(one) for one in (left, *comparators)]
                pairs = zip(ops, values, values[1:], strict=False)
                return all(_COMPARE[type(op)](_plain(a), _plain(b)) for op, a, b in pairs)
            case ast.Subscript(value=value, slice=index):
                return self._value(value)[self._value(index)]
            case ast.Attribute(value=value, attr=attr) if not attr.startswith("_"):
                return self._value(value)[attr]
            case ast.Tuple(elts=elements):
                return tuple(self._value(one) for one in elements)
            case ast.List(elts=elements):
                return [self._value(one) for one in elements]
            case ast.Dict(keys=[], values=[]):
                return {}
            case ast.Call(func=ast.Name(id="len"), args=[one]):
                return len(self._value(one))
            case ast.Call(func=ast.Name(id="ord"), args=[one]):
                return ord(self._value(one))
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[key, *default]):
                fallback = self._value(default[0]) if default else None
                return self._value(value).get(self._value(key), fallback)
        raise ValueError(f"not in the safe subset: {ast.dump(node)[:80]}")


def _plain(value: Any) -> Any:
    """Python's encodings have several names, and its times several types."""
    if isinstance(value, str):
        return value
    return tuple(value) if hasattr(value, "tm_year") else value


def endings(report: Report) -> Iterator[tuple[str, str]]:
    """Each sample with how it ended: `story`, `skipped` or `dead`, with format, kind or code."""
    for path, outcomes in report.outcomes.items():
        for outcome in outcomes:
            match outcome:
                case Packet():
                    yield path, f"story: {outcome.story.format}"
                case SkippedItem():
                    yield path, f"skipped: {outcome.what}"
                case Dead():
                    yield path, f"dead: {outcome.code} ({outcome.detail})"
