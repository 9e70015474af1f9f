"""Mutated documents of every format: whatever comes in, parse answers with an outcome, in time and in memory.

No exception, no `stage-error` (which is a caught one), nothing over 2 seconds or 500 MB. The short runs let Hypothesis
look for and shrink a failing case; the slow ones mutate 100,000 documents of each format with a seeded generator.
"""

from __future__ import annotations

import json
import random
import resource
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.formats.registry import FORMATS
from pipeline.model import RawStory, RecordId
from pipeline.packet import Packet
from pipeline.stages.base import Dead
from pipeline.stages.parse import REASONS, Parse
from tests.shared import ROOT
from tests.unit import test_formats as examples

MAX_SECONDS = 2.0
MAX_GROWTH_MB = 500
SLOW_INPUTS = 100_000

PARSE = Parse(max_story_bytes=1_000_000)

TOKENS = [
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x01", b"\x02", b"\x03", b"\x1a", b"\r\n\r\n", b"<", b">", b"</p>",
    b"<![CDATA[", b"]]>", b"<!--", b"&#x0;", b"&nbsp;", b"&a;", b"<!DOCTYPE a [<!ENTITY a 'b'>]>",
    b"<?xml version='1.0' encoding='utf-16'?>", b"{", b"}", b"[", b"]", b'"', b"\\ud800", b"null", b"1e999", b"-1",
    b"9" * 40, b"true", b"[]", b"{}", b"\xf0\x9f\x98\x80", b"\xcc\x81" * 20, b"\xe2\x80\xae", b" " * 500, b"\n" * 200,
    b"(" * 200, b"A-" * 200, b"^", b"=?utf-8?b?xxxx?=", b"Content-Type: multipart/mixed; boundary=x\n", b"<p>" * 300,
    b"nan", b"0000-00-00T99:99:99Z", b"CORRECTED-" * 30, b"EMBARGOED UNTIL ", b"By A B, ", b"LONDON, ", b"2ND LEAD ",
]  # fmt: skip
MEGABYTE = 990_000
HOSTILE = {
    "open tags": b"<p>", "signals": b"UPDATE 1-", "mojibake": "CafÃ© â€œx\n".encode(), "short lines": b"a\n",
    "brackets": b"[", "comments": b"<!-- x -->", "entities": b"&amp;", "datelines": b"LONDON, ", "labels": b"a: ",
    "combining": b"\xcc\x81", "broken UTF-8": b"\xc3\xa9\xff", "JSON lines": b'{"title":"x"}\n', "notes": b"(Adds ",
    "embargoes": b"embargo until ", "dashes": b"- ", "spaces": b"    x", "encoded words": b"=?utf-8?b?eA==?= ",
}  # fmt: skip
"""What a pattern with a hidden square in it would choke on, a megabyte of each."""


def _documents() -> dict[str, list[bytes]]:
    """Sound documents by format: those of the format tests, and the seeds' scenarios."""
    found: dict[str, list[bytes]] = {one.name: [] for one in FORMATS}
    found["nitf"].append(examples.NITF.encode())
    found["newsml-g2"].append(examples.G2_ITEM.format(kind="text").encode())
    found["newsml-1"].append(examples.NEWSML_1.format(status="Usable", media="Text").encode())
    found["iptc7901"].append(examples.IPTC7901.encode())
    found["anpa"].append(examples.ANPA.encode())
    found["email"].append(
        (examples.MAIL + "Content-Type: text/plain; charset=utf-8\r\n\r\nThe bridge closes.\r\n").encode()
    )
    found["ap-media"].append(
        b'{"data": {"item": {"uri": "u", "altids": {"itemid": "abc"}, "headline": "Bridge", "version": 1}}}'
    )
    found["html"].append(
        b"<!DOCTYPE html><html lang='en'><head><title>T</title><meta property='og:title' content='Bridge closes'>"
        b'<script type=\'application/ld+json\'>{"@type": "NewsArticle", "headline": "Bridge"}</script>'
        b"</head><body><article><p>The bridge closes on Monday.</p><table><tr><td>1</table></article></body></html>"
    )
    found["ritzau"].append(
        b"<RBNews><NewsID>r1</NewsID><headline>Bro</headline><content>&lt;p&gt;Broen.&lt;/p&gt;</content></RBNews>"
    )
    seeds = ROOT / "seeds"
    found["json"] = (seeds / "agency.jsonl").read_bytes().splitlines()[:8]
    found["text"] = [path.read_bytes() for path in sorted((seeds / "text").glob("*.txt"))[:8]]
    folders = {"atom": "feed", "rss": "feed", "ninjs2": "ninjs", "ninjs3": "ninjs"}
    for path in sorted((seeds / "scenarios").rglob("*.*")):
        name = folders.get(path.parent.name, path.parent.name)
        if name in found:
            found[name].append(Path(path).read_bytes())
    return found


DOCUMENTS = _documents()


def mutate(document: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """One to eight small changes."""
    data = bytearray(document)
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(data))
        size = min(int(chance.expovariate(1 / 30)) + 1, 2000)
        match chance.randint(0, 6):
            case 0:
                del data[at : at + size]
            case 1:
                data[at:at] = data[at : at + size] * chance.randint(1, 5)
            case 2 if data:
                data[at % len(data)] = chance.randint(0, 255)
            case 3:
                data[at:at] = chance.choice(TOKENS)
            case 4:
                data[at : at + size] = chance.choice(TOKENS)
            case 5:
                other = chance.choice(others)
                start = chance.randint(0, len(other))
                data[at:at] = other[start : start + size * 4]
            case 6:
                del data[at:]
    return bytes(data[:60_000])


def check(body: bytes) -> None:
    """Parse one record and hold the outcome against what is promised."""
    started = time.thread_time()  # what the input costs, however busy the machine is
    (outcomes,) = PARSE.run([RawStory(body, RecordId(0, 0), 1_773_000_000.0)])
    elapsed = time.thread_time() - started
    assert elapsed < MAX_SECONDS, f"{elapsed:.1f} s for {body[:200]!r}"
    assert outcomes
    for outcome in outcomes:
        if isinstance(outcome, Dead):
            assert outcome.code in REASONS and outcome.code != "stage-error", (outcome, body)
        elif isinstance(outcome, Packet):
            story = outcome.story
            assert story.id and (story.headline or story.paragraphs), body
            assert "\x00" not in story.headline and story.text.isprintable() is not None
            outcome.encode()


NAMES = sorted(DOCUMENTS)
HEADS = {
    "text": (b"x ", b""),
    "json": (b'{"title": "x", "text": "', b'"}'),
    "nitf": (b"<nitf><body><body.content>", b"</body.content></body></nitf>"),
    "rss": (
        b"<rss version='2.0'><channel><item><title>x</title><description>",
        b"</description></item></channel></rss>",
    ),
    "html": (b"<html><body>", b"</body></html>"),
    "mail": (b"From: a@b.c\nDate: x\nSubject: ", b"\n\ntext"),
    "iptc7901": (b"\x01mna123 4 pl 60  mna\n\nslug/\n\x02H =\n\n", b"\x03"),
}


def test_every_format_has_documents_to_mutate() -> None:
    assert all(DOCUMENTS.values()), {name for name, found in DOCUMENTS.items() if not found}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.integers(0, 2**32))
def test_mutated_documents(name: str, seed: int) -> None:
    chance = random.Random(seed)
    check(mutate(chance.choice(DOCUMENTS[name]), chance, DOCUMENTS[chance.choice(NAMES)]))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass")))
)
def test_arbitrary_bytes(body: bytes) -> None:
    check(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    "id", "title", "text", "published", "source", "version", "uri", "type", "headlines", "bodies", "body_html",
    "body_text", "versioncreated", "pubstatus", "altids", "data", "item", "items", "subject", "places", "keywords",
    "urgency", "embargoed", "associations", "by", "headline", "descriptions", "renditions", "language", "links",
    "$schema", "properties",
]  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=10))
def test_json_of_any_types(value: dict[str, object]) -> None:
    check(json.dumps(value).encode())


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("what", ["signals", "open tags", "mojibake"])
def test_a_tenth_of_a_megabyte_of_the_worst(what: str, head: str) -> None:
    before, after = HEADS[head]
    check(before + HOSTILE[what] * (100_000 // len(HOSTILE[what])) + after)


@pytest.mark.slow
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("what", HOSTILE)
def test_a_megabyte_of_the_worst(what: str, head: str) -> None:
    before, after = HEADS[head]
    check(before + HOSTILE[what] * (MEGABYTE // len(HOSTILE[what])) + after)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", NAMES)
def test_100_000_mutated_documents(name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    chance = random.Random(name)
    for _ in range(SLOW_INPUTS):
        check(mutate(chance.choice(DOCUMENTS[name]), chance, DOCUMENTS[chance.choice(NAMES)]))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < MAX_GROWTH_MB, f"grew by {grown:.0f} MB"
