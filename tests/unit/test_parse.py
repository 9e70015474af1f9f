"""The parse stage: outcomes in order, isolation, cards, ids, and broken input."""

from __future__ import annotations

import json
import random
import string

import pytest

from pipeline.formats.finish import STEPS
from pipeline.model import RawStory, RecordId, Story
from pipeline.packet import Packet
from pipeline.stages.base import Dead, SkippedItem
from pipeline.stages.parse import MAX_ITEMS, REASONS, Parse
from tests.shared import shared_path
from tests.unit.parsing import MAX_BYTES, RECEIVED, dead_of, outcomes_of, stories_of, story_of

TEXT = """Ferry runs aground off Naxos

NAXOS, Greece, March 17 (Meridian) - A ferry with 187 people aboard ran onto a sandbank on Tuesday.

Nobody was hurt, the coast guard said.
"""


@pytest.mark.shared
def test_the_seed_article() -> None:
    (path,) = shared_path("seed").glob("*.txt")
    data = path.read_bytes()
    story = story_of(data)
    assert story.headline == data.decode().splitlines()[0]
    assert len(story.paragraphs) == 9
    assert "You may also like" not in story.text
    assert story.notes == ["furniture: recirculation 1"]
    assert story.language == "en"


def test_a_story_card_and_fingerprint() -> None:
    line = json.dumps(
        {
            "id": "a1",
            "title": "UPDATE 1-Ferry aground",
            "text": TEXT,
            "published": "2026-03-08T19:00:00Z",
            "slug": "FERRY",
            "version": 2,
        }
    )
    (packet,) = outcomes_of(line, source="agency", truth="duplicate-of:x")
    assert isinstance(packet, Packet)
    card = packet.card
    assert (card.id, card.source, card.record, card.received) == ("a1", "agency", "3-42", RECEIVED)
    assert (card.version, card.language, card.signal, card.slugline) == ("2", "en", "update", "FERRY")
    assert card.headline == "UPDATE 1-Ferry aground" and card.truth == "duplicate-of:x"
    assert card.event_time == 1_772_996_400.0
    assert packet.fingerprint


@pytest.mark.parametrize(
    ("published", "event_time"),
    [
        ("1987-02-26T15:01:01Z", 541_350_061.0),
        ("2099-01-01T00:00:00Z", RECEIVED + 3600),
        ("next week", RECEIVED),
        (None, RECEIVED),
        (17, 17.0),
    ],
)
def test_event_time_is_the_storys_own_within_reason(published: object, event_time: float) -> None:
    (packet,) = outcomes_of(json.dumps({"title": "Ferry aground", "published": published}))
    assert isinstance(packet, Packet)
    assert packet.card.event_time == event_time


def test_ids() -> None:
    assert story_of('{"id": "x/1", "title": "Ferry"}', feed_id="header").id == "x/1"
    assert story_of('{"title": "Ferry"}', feed_id="header").id == "header"
    assert story_of('{"id": 1001, "title": "Ferry"}').id == "1001"
    by_content = story_of(TEXT).id
    assert by_content.startswith("text-") and len(by_content) == len("text-") + 16


def test_the_same_text_has_the_same_id_whatever_it_came_in() -> None:
    same = {
        story_of(TEXT).id,
        story_of(TEXT.encode("utf-16")).id,
        story_of(TEXT.replace("\n", "\r\n")).id,
        story_of(TEXT + "\nYou may also like...\n\n© 2026 The Courier. All rights reserved.\n").id,
        story_of(TEXT.replace("Nobody was", "Nobody  was")).id,
    }
    assert len(same) == 1
    assert story_of(TEXT.replace("187", "188")).id not in same


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"), (b"\n\n  \n", "empty"), (b"[]", "empty"),
        (b"x" * (MAX_BYTES + 1), "too-large"),
        (b'{"title": "cut off in the mid', "bad-json"),
        (b'{"title": "a" "text"}', "bad-json"),
        (b"[" * 5000, "bad-json"),
        (b'{"a":' * 3000, "bad-json"),
        (b'{"title": "x", "published": 1e999}', "bad-json"),
        (b'{"title": {"en": "x"}}', "bad-types"),
        (b'{"title": "x", "text": 5}', "bad-types"),
        (b'{"text": [1, 2]}', "bad-types"),
        (b'{"id": [], "title": ["x"]}', "bad-types"),
        (b'{"id": {}, "title": "x"}', "bad-types"),
        (b"null", "bad-types"), (b"[1]", "bad-types"),
        (b'"only a string"', "bad-types"), (b"12", "bad-types"),
        (b"{}", "no-text"), (b'{"title": "", "text": "  "}', "no-text"), (b"....", "no-text"), (b"1 2 3 4", "no-text"),
        (b"Share this\n\nRead more\n\nAdvertisement\n", "no-text"),
        (b"\x89PNG\r\n\x1a\n0000", "binary"), (b"\x00\x01\x02\x03" * 50, "binary"),
        (b"<nitf><head><title>cut", "bad-xml"), (b"<?xml version='1.0'?>", "bad-xml"),
        (b"<unheard><of/></unheard>", "unrecognised"),
        (b"TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQgY29uc2VjdGV0dXI+/dGhlIG\n" * 30, "no-text"),
    ],
)  # fmt: skip
def test_broken_input_dies_with_one_clear_sentence(body: bytes, code: str) -> None:
    dead = dead_of(body)
    assert dead.code == code
    assert dead.detail[0].isupper() or dead.detail.startswith("`")
    assert dead.detail.endswith(".") and "\n" not in dead.detail and len(dead.detail) < 400


def test_random_bytes_and_random_characters_never_become_a_story() -> None:
    chance = random.Random(11)
    bodies = [chance.randbytes(chance.randint(20, 3000)) for _ in range(400)]
    bodies += ["".join(chance.choices(string.printable, k=chance.randint(200, 2000))).encode() for _ in range(100)]
    for body in bodies:
        for outcome in outcomes_of(body):
            assert isinstance(outcome, Dead), body


def test_unusual_but_sound_text_is_a_story() -> None:
    assert story_of("hello").headline == "hello"
    assert story_of("Paris 1, Lyon 0").headline == "Paris 1, Lyon 0"
    assert story_of("[CORRECTED] Ferry aground off Naxos").signal == "correction"
    assert story_of("<NAXOS LINES> SETS OFFERING\n\nThe line said...").headline == "<NAXOS LINES> SETS OFFERING"
    assert story_of("<NAXOS> 4TH QTR NET\n\nShr 12 cts vs 9 cts").headline == "<NAXOS> 4TH QTR NET"
    assert story_of("政府周二宣布六年来首次提高最低工资标准。").language == "zh"
    assert story_of("ก็รัฐบาลประกาศขึ้นค่าแรงขั้นต่ำเป็นครั้งแรกในรอบหกปี").headline
    long = "A single paragraph that goes on. " * 40
    story = story_of(long)
    assert story.headline == "" and story.paragraphs == [long.strip()]


def test_a_bad_line_of_many_harms_no_other() -> None:
    body = '{"id": "1", "title": "First"}\n{"title": 5}\n{bad\n{"id": "4", "title": "Fourth"}\n'
    one, two, three, four = outcomes_of(body)
    assert isinstance(one, Packet) and isinstance(four, Packet)
    assert isinstance(two, Dead) and two.code == "bad-types"
    assert isinstance(three, Dead) and three.code == "bad-json"
    assert (one.card.record, four.card.record) == ("3-42", "3-42.3")


def test_outcomes_stand_in_the_order_of_the_batch() -> None:
    bodies = [b'{"id":"a","title":"A story"}', b"", b'{"id":"b","title":"B story"}']
    batch = [RawStory(body, RecordId(0, n), RECEIVED) for n, body in enumerate(bodies)]
    first, second, third = Parse(MAX_BYTES).run(batch)
    assert isinstance(first[0], Packet) and first[0].card.id == "a"
    assert isinstance(second[0], Dead)
    assert isinstance(third[0], Packet) and third[0].card.id == "b"
    assert Parse(MAX_BYTES).run([]) == []


def test_a_record_with_too_many_stories_is_cut_off_and_says_so() -> None:
    found = outcomes_of("\n".join(json.dumps({"title": f"Story {n}"}) for n in range(MAX_ITEMS + 5)))
    assert len(found) == MAX_ITEMS + 1
    last = found[-1]
    assert isinstance(last, Dead) and last.code == "too-many"


def test_a_failing_format_is_a_stage_error_and_not_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr("pipeline.stages.parse.STEPS", (fail,))
    dead = dead_of("Ferry aground")
    assert dead.code == "stage-error" and "ZeroDivisionError" in dead.detail
    assert dead.code in REASONS


def test_a_step_that_fails_on_one_story_of_a_batch_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(story: Story, _: RawStory) -> None:
        if story.headline == "Two":
            raise ZeroDivisionError("surprise")

    monkeypatch.setattr("pipeline.stages.parse.STEPS", (fail, *STEPS))
    bodies = (b'{"title": "One"}', b'[{"title": "Two"}, {"title": "Three"}]', b'{"title": "Four"}')
    batch = [RawStory(body, RecordId(0, n), 1_773_000_000.0) for n, body in enumerate(bodies)]
    (one,), (two, three), (four,) = Parse(1_000_000).run(batch)
    assert isinstance(two, Dead) and two.code == "stage-error"
    kept = [packet.card for packet in (one, three, four) if isinstance(packet, Packet)]
    assert [(card.headline, card.record) for card in kept] == [("One", "0-0"), ("Three", "0-1.1"), ("Four", "0-2")]


def test_parse_is_deterministic() -> None:
    def text(outcome: object) -> bytes:
        assert isinstance(outcome, Packet)
        return outcome.encode()

    body = json.dumps({"title": "CafÃ© closed", "text": TEXT * 3})
    assert text(outcomes_of(body)[0]) == text(outcomes_of(body)[0])


def test_json_fields() -> None:
    story = story_of(
        json.dumps(
            {
                "guid": "g1",
                "headline": "AT&amp;T to cut jobs",
                "body": "<p>One.</p><p>Two &amp; three.</p><p>Read more</p>",
                "byline": "Jane Doe",
                "dateline": "DALLAS, March 3 (Meridian)",
                "language": "en-US",
                "urgency": "3",
                "version": 1.0,
                "keywords": "jobs, phones",
                "places": ["Dallas"],
                "people": [{"name": "John Roe", "code": "p:1"}],
                "embargo": "2026-05-01T10:00:00+02:00",
                "pubstatus": "cancelled",
                "author": {"name": "ignored"},
                "source": "agency",
            }
        )
    )  # fmt: skip
    assert story.id == "g1" and story.uri == "g1" and story.source == "agency"
    assert story.headline == "AT&T to cut jobs"
    assert story.paragraphs == ["One.", "Two & three."]
    assert (story.language, story.language_confidence, story.urgency, story.version) == ("en", 1.0, 3, "1")
    assert story.keywords == ["jobs", "phones"]
    assert story.places == [{"name": "Dallas"}]
    assert story.people == [{"name": "John Roe", "code": "p:1"}]
    assert story.embargo == "2026-05-01T08:00:00Z"
    assert (story.pubstatus, story.signal) == ("canceled", "kill")
    assert story.dateline == "DALLAS, March 3 (Meridian)" and story.dateline_place == "DALLAS"


def test_an_unreadable_embargo_is_kept_as_such() -> None:
    assert story_of('{"title": "Budget", "embargo": "after the speech"}').embargo == "unreadable: after the speech"
    assert story_of('{"title": "Budget", "embargo": "2026-05-01T10:00:00"}').embargo.startswith("unreadable: ")


def test_plain_text_lines_of_the_wire() -> None:
    story = story_of(
        "Slug: FERRY-NAXOS\nUrgency: 2\nFerry aground off Naxos\n\nBy Jane Doe\n\nNAXOS, March 3 (Meridian)\n\n"
        "(Adds detail on passengers)\n\nA ferry with 187 people ran aground.\n\nNobody was hurt.\n\nReuter\n"
    )
    assert story.headline == "Ferry aground off Naxos"
    assert (story.slugline, story.urgency, story.byline) == ("FERRY-NAXOS", 2, "By Jane Doe")
    assert (story.dateline, story.dateline_place, story.dateline_date) == (
        "NAXOS, March 3 (Meridian)",
        "NAXOS",
        "March 3",
    )
    assert story.ednote == "Adds detail on passengers" and story.signal == "update"
    assert story.paragraphs == ["A ferry with 187 people ran aground.", "Nobody was hurt."]


def test_an_inline_dateline_is_recorded_and_stays_in_the_text() -> None:
    story = story_of(TEXT)
    assert story.dateline == "NAXOS, Greece, March 17 (Meridian)"
    assert story.paragraphs[0].startswith("NAXOS, Greece")


def test_a_headline_that_wraps_and_a_text_without_one() -> None:
    headline = "Ferry with 187 people and nine goats aboard runs onto\na sandbank off Naxos\n\nNobody was hurt.\n"
    assert story_of(headline).headline.endswith("off Naxos")
    story = story_of(
        "LONDON, March 3 (Meridian) - The bank said on Tuesday it\nwould raise rates for the first time this year.\n"
    )
    assert story.headline == "" and len(story.paragraphs) == 1


def test_a_headline_repeated_as_first_paragraph_goes() -> None:
    assert story_of('{"title": "Ferry aground", "text": "Ferry aground\\n\\nNobody was hurt."}').paragraphs == [
        "Nobody was hurt."
    ]


def test_skipped_items_keep_their_id() -> None:
    (skipped,) = outcomes_of('{"uri": "u:1", "type": "picture", "versioncreated": "2026-03-01T00:00:00Z"}')
    assert skipped == SkippedItem("picture", "The ninjs item is of type picture and carries no text story.", "u:1")


def test_wire_lists_in_json() -> None:
    assert [
        story.id for story in stories_of('{"items": [{"id": "1", "title": "One"}, {"id": "2", "title": "Two"}]}')
    ] == ["1", "2"]
    assert [story.id for story in stories_of('[{"id": "1", "title": "One"}, {"id": "2", "title": "Two"}]')] == [
        "1",
        "2",
    ]
