"""The product in ninjs 3.1: always valid, nothing lost on the way there and back."""

from __future__ import annotations

import functools
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.model import Card, Story, Verdict
from pipeline.packet import Packet
from pipeline.product import cancelled_ninjs_json, flat, ninjs_document, ninjs_json, story_document
from pipeline.product.identifiers import is_time, is_uri, own_uri
from pipeline.product.lines import cancelled
from tests.ninjs_schema import Checker, official


@functools.cache
def checker() -> Checker:
    return Checker()


def packet(story: Story, verdict: Verdict | None = None, **more: Any) -> Packet:
    made = Packet()
    made.card = Card(id=story.id, source=story.source, record="0-7", received=1_700_000_000.5, event_time=1.0)
    made.story = story
    made.verdict = verdict or Verdict("new", story.id, cluster=story.id, thread=story.id, rule="new")
    for name, value in more.items():
        setattr(made, name, value)
    made.stamp("classify", 1_700_000_001.0, "topics-9")
    return made


STORY = Story(
    id="MNA 1", source="meridian", format="ninjs", headline="Dockers end strike", paragraphs=["One.", "Two."],
    abstract="They did.", slugline="DOCKS/", byline="By A. Clerk", dateline="ANTWERP, March 17 (M)",
    dateline_place="ANTWERP", dateline_date="March 17", language="en", language_confidence=0.9,
    uri="tag:meridian.example,2026:1", version="2", sequence="7", provider="Meridian", urgency=2, priority="u",
    genre="Wrap", ednote="ADDS detail", keywords=["docks"],
    subjects=[{"code": "subj:09000000", "name": "labour"}, {"code": "X1", "scheme": "house", "name": "ports"}],
    people=[{"name": "Jan Peeters", "rel": "about"}], places=[{"code": "http://x.example/antwerp"}],
    created="2026-03-17T09:00:00Z", published="2026-03-17T10:00:00+01:00", embargo="2026-03-17T11:00:00Z",
    rights="(c) Meridian", links=["tag:meridian.example,2026:0"], url="http://x.example/1", signal="update",
    signal_text="UPDATE 1", word_count=2, notes=["furniture: 1 line"],
)  # fmt: skip
TAGS = [
    {"type": "person", "name": "Jan Peeters", "field": "text", "start": 0, "end": 3},
    {"type": "place", "name": "Antwerp", "field": "headline", "start": 0, "end": 3, "country": "BE", "lat": 51.2,
     "lon": 4.4, "id": "geonames:2803138", "salience": 0.5},
    {"type": "place", "name": "Antwerp", "field": "text", "start": 0, "end": 3, "country": "BE", "id": "geonames:2"},
    {"type": "organisation", "name": "ABVV", "field": "text", "start": 0, "end": 3, "id": "house:7"},
    {"type": "keyword", "name": "docks", "field": "text", "start": 0, "end": 3},
]  # fmt: skip
TOPICS = [
    {"qcode": "medtop:09000000", "name": "labour", "confidence": 1.0, "broader": []},
    {"qcode": "medtop:20000533", "name": "strike", "confidence": 0.876, "evidence": [["strike", 2.0]]},
]
VERDICT = Verdict("update", "MNA 1", of="MNA 0", cluster="MNA 0", thread="MNA 0", similarity=0.5, rule="marked")


def test_every_field_has_its_place() -> None:
    document = ninjs_document(packet(STORY, VERDICT, tags=TAGS, topics=TOPICS), {"desks": ["ports"], "changes": {}})
    assert checker().faults(document) == []
    wire = document.pop("wire")
    assert document == {
        "uri": "tag:meridian.example,2026:1", "type": "text", "version": "2", "edNote": "ADDS detail", "language": "en",
        "slugline": "DOCKS/", "by": "By A. Clerk", "located": "ANTWERP", "firstCreated": "2026-03-17T09:00:00Z",
        "contentCreated": "2026-03-17T09:00:00Z", "versionCreated": "2026-03-17T10:00:00+01:00",
        "embargoedUntil": "2026-03-17T11:00:00Z", "pubStatus": "usable", "urgency": 2,
        "headlines": [{"role": "main", "contentType": "text/plain", "value": "Dockers end strike"}],
        "descriptions": [{"role": "summary", "contentType": "text/plain", "value": "They did."}],
        "bodies": [
            {"role": "main", "contentType": "text/plain", "charCount": 10, "wordCount": 2, "value": "One.\n\nTwo."}
        ],
        "copyrightNotice": "(c) Meridian", "genres": [{"name": "Wrap"}], "infoSources": [{"name": "Meridian"}],
        "subjects": [
            {"name": "labour", "uri": "http://cv.iptc.org/newscodes/mediatopic/09000000", "confidence": 100,
             "creator": "Meridian"},
            {"name": "strike", "uri": "http://cv.iptc.org/newscodes/mediatopic/20000533", "confidence": 88,
             "creator": "topics-9"},
            {"name": "ports", "literal": "X1", "creator": "Meridian"},
        ],
        "people": [{"name": "Jan Peeters", "rel": "about"}],
        "organisations": [{"name": "ABVV", "rel": "mentions", "literal": "house:7"}],
        "places": [
            {"uri": "http://x.example/antwerp"},
            {"name": "Antwerp", "rel": "mentions", "uri": "https://sws.geonames.org/2803138/",
             "geoJSON": {"type": "Point", "coordinates": [4.4, 51.2]}},
        ],
        "associations": [
            {"name": "MNA 0", "rel": "updates", "uri": "tag:meridian.example,2026:0", "type": "text"}
        ],
        "altIds": [
            {"role": "feed", "value": "MNA 1"}, {"role": "wire", "value": "MNA 1"}, {"role": "record", "value": "0-7"}
        ],
        "standard": {"name": "ninjs", "version": "3.1", "schema": "urn:x-wire:schema:wire-story:1"},
    }  # fmt: skip
    assert (wire["headline"], wire["tags"], wire["topics"]) == ("Dockers end strike", TAGS, TOPICS)
    assert (wire["desks"], wire["of"], wire["trace"]["classify.model"]) == (["ports"], "MNA 0", "topics-9")
    assert not {"text", "version", "byline", "slugline", "pubstatus", "embargo"} & wire.keys()


def test_a_topic_that_the_feed_names_too_stands_once() -> None:
    topics = [{"qcode": "medtop:09000000", "name": "labour", "confidence": 1.0}]
    for code in ("http://cv.iptc.org/newscodes/mediatopic/09000000", "medtop:09000000", "subj:09000000"):
        story = Story("a", "s", "ninjs", headline="H", subjects=[{"code": code, "name": "Labour"}])
        (only,) = ninjs_document(packet(story, topics=topics), {})["subjects"]
        assert (only["name"], only["creator"]) == ("labour", "s")


def test_the_way_back_gives_the_flat_form() -> None:
    made = packet(STORY, VERDICT, tags=TAGS, topics=TOPICS)
    assert flat(ninjs_document(made, {})) == story_document(made, {})
    assert flat(ninjs_document(made, {"desks": ["ports"]}))["desks"] == ["ports"]
    plain = {"id": "x", "status": "duplicate", "record": "0-1"}
    assert flat(plain) is plain


def test_what_the_schema_would_refuse_stays_as_it_came() -> None:
    story = Story(
        "ä/1 %", "s", "json", headline="H", uri="no uri at all", urgency=0, embargo="unreadable: Thursday",
        published="yesterday", created="2026-02-30T00:00:00Z", pubstatus="embargoed", word_count=3,
    )  # fmt: skip
    story.urgency = 12
    made = packet(story)
    document = ninjs_document(made, {})
    assert checker().faults(document) == []
    assert document["uri"] == "urn:x-wire:%C3%A4%2F1%20%25"
    assert document["pubStatus"] == "withheld"  # what is not known to be usable is not said to be
    assert not {"urgency", "embargoedUntil", "versionCreated", "firstCreated", "bodies"} & document.keys()
    assert flat(document) == story_document(made, {})
    assert flat(document)["embargo"] == "unreadable: Thursday"


def test_a_kill_is_canceled_and_says_of_what() -> None:
    kill = Verdict("kill", "k", of="a", cluster="a", rule="kill")
    made = packet(Story("k", "s", "text", headline="KILL"), kill)
    document = ninjs_document(made, {"of_uri": "http://a.example/1"})
    assert (document["pubStatus"], flat(document)["pubstatus"]) == ("canceled", "usable")
    assert document["associations"] == [{"name": "a", "rel": "cancels", "uri": "http://a.example/1", "type": "text"}]
    assert ninjs_document(made, {"of_uri": "none"})["associations"][0]["uri"] == "urn:x-wire:a"
    assert checker().faults(document) == []
    left = orjson.loads(cancelled_ninjs_json(made, "a", "http://a.example/1"))
    assert checker().faults(left) == []
    assert (left["uri"], left["pubStatus"], left["wire"]["killed_by"]) == ("http://a.example/1", "canceled", "k")
    assert orjson.loads(cancelled_ninjs_json(made, "a b"))["uri"] == "urn:x-wire:a%20b"
    assert flat(left) == cancelled(made, "a")


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("http://a.example/b?c=d#e", True), ("urn:newsml:a.example:20260317:1", True), ("tag:r.com,2016:x_L1", True),
        ("http://a.example:80/", True), ("mailto:a@b.example", True), ("", False), ("a b:c", False),
        ("20260317", False), ("http://a.example/ä", False), ("http://a.example/%zz", False), ("http://[::1", False),
        ("http://a:b/", False), ("1a:b", False), ("a:b#c#d", False), ("x:" + "y" * 3000, False), ("a:b\n", False),
    ],
)  # fmt: skip
def test_uris(text: str, valid: bool) -> None:
    assert is_uri(text) is valid
    refused = [fault for fault in checker().faults({"uri": text}) if fault.startswith("$.uri")]
    if valid:
        assert refused == []


def test_times_and_own_uris() -> None:
    assert all(map(is_time, ("2026-03-17T10:00:00Z", "2026-03-17T10:00:00.123+01:00")))
    assert not any(map(is_time, ("2026-03-17", "2026-03-17T10:00:00", "2026-13-17T10:00:00Z", "2026-03-17T25:00:00Z")))
    assert not is_time("２０２６-03-17T10:00:00Z")
    ids = ["a", "a b", "a%20b", "a/b", "ä", "a#b", "a?b", "/", "%", "\x7f"]
    assert len({own_uri(id) for id in ids}) == len(ids)
    assert all(is_uri(own_uri(id)) for id in ids)


def test_the_checker_can_fail() -> None:
    document = ninjs_document(packet(STORY, VERDICT, tags=TAGS, topics=TOPICS), {})
    for path, value in (
        (("uri",), "a b"), (("urgency",), 10), (("versionCreated",), "2026-02-30T00:00:00Z"), (("headline",), "x"),
        (("bodies", 0, "html"), "x"), (("pubStatus",), "killed"), (("subjects", 0, "confidence"), 0.5),
        (("places", 1, "geoJSON", "coordinates"), [200, 0]), (("wire", "status"), "held"),
        (("wire", "tags", 0, "start"), -1), (("associations", 0, "uri"), "x y"),
    ):  # fmt: skip
        if official() and path[-1] == "coordinates":
            continue
        broken = orjson.loads(orjson.dumps(document))
        place = broken
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert checker().faults(broken), path


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
lines = st.lists(words, max_size=3)
concepts = st.lists(
    st.dictionaries(st.sampled_from(["name", "code", "scheme", "rel"]), words | st.just("medtop:04000000"), max_size=4),
    max_size=3,
)
times = words | st.datetimes().map(lambda moment: moment.isoformat() + "Z")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        Story, id=words, source=words, format=words, headline=words, abstract=words, slugline=words, byline=words,
        dateline=words, dateline_place=words, language=words, version=words, provider=words, genre=words, ednote=words,
        rights=words, urgency=st.integers(-3, 99), uri=words | st.from_regex(r"[a-z]+:[!-~]*", fullmatch=True),
        pubstatus=words.filter(bool), created=times, published=times, embargo=times, word_count=st.integers(0, 9),
        links=lines, keywords=lines, subjects=concepts, people=concepts, organisations=concepts, places=concepts,
    ),
    st.sampled_from(["new", "update", "correction", "kill"]), words,
)  # fmt: skip
def test_never_an_invalid_document(story: Story, status: Any, of: str) -> None:
    story.id = story.id or "i"
    made = packet(story, Verdict(status, story.id, of=of, cluster=of or story.id, rule="version"))
    document = orjson.loads(ninjs_json(made, {}))
    assert checker().faults(document) == []
    assert flat(document) == story_document(made, {})


def test_a_desks_own_tags_and_topics() -> None:
    topic = {"qcode": "desk:sea", "name": "Sea", "confidence": 0.75, "evidence": [["harbour", 1.0]], "broader": []}
    tag = {"type": "custom", "name": "Port", "field": "text", "start": 0, "end": 4, "id": "desk:port", "count": 1,
           "salience": 0.4, "confidence": 0.5}  # fmt: skip
    story = Story(id="a", source="s", format="json", headline="Port open", paragraphs=["Port is open."])
    document = ninjs_document(packet(story, topics=[topic], tags=[tag]), {})
    assert not checker().faults(document)
    assert document["subjects"] == [{"name": "Sea", "confidence": 75, "literal": "desk:sea", "creator": "topics-9"}]
    assert flat(document)["tags"] == [tag]
