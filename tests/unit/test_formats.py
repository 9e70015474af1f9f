"""Each wire format: recognised from its bytes, read into a story. The texts are our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.formats.document import Document
from pipeline.formats.registry import FORMATS, recognise
from pipeline.model import RawStory, RecordId
from pipeline.packet import Packet
from pipeline.stages.base import Dead, SkippedItem
from tests.shared import ROOT
from tests.unit.parsing import dead_of, outcomes_of, skipped_of, stories_of, story_of

SCENARIOS = ROOT / "seeds" / "scenarios"
FORMAT_OF_FOLDER = {"ninjs2": "ninjs", "ninjs3": "ninjs"}


def _scenario_rows() -> list[dict[str, Any]]:
    with (SCENARIOS / "manifest.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("row", _scenario_rows(), ids=lambda row: row["seed"])
def test_the_seeds_scenarios_read_as_their_manifest_says(row: dict[str, Any]) -> None:
    name, _, number = row["seed"].partition("#")
    folder = Path(name).parent.name
    outcomes = outcomes_of((SCENARIOS / name).read_bytes())
    outcome = outcomes[int(number or 1) - 1]
    if row["status"] == "skipped":
        assert isinstance(outcome, SkippedItem)
        return
    if row["status"] == "dead":
        assert isinstance(outcome, Dead)
        return
    assert isinstance(outcome, Packet)
    story = outcome.story
    assert story.format == FORMAT_OF_FOLDER.get(folder, folder)
    assert story.headline == row["headline"]
    assert story.language == row["language"]
    if row.get("id"):
        assert story.id == row["id"]
    assert story.signal != "kill" or row["status"] == "kill"
    if row["status"] == "correction":
        assert story.signal == "correction"
    wanted = row.get("embargo")
    if wanted == "unreadable":
        assert story.embargo.startswith("unreadable: ")
    elif wanted:
        assert story.embargo.startswith(("20", "unreadable")) and story.embargo.endswith("Z")
    else:
        assert story.embargo == ""


def test_every_format_has_a_name_of_its_own() -> None:
    names = [one.name for one in FORMATS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"title": "x"}', "json"),
        (b'\xef\xbb\xbf  {"title": "x"}', "json"),
        (b'{"uri": "u", "versioncreated": "2026-01-01T00:00:00Z", "headline": "x"}', "ninjs"),
        (b'{"data": {"item": {"uri": "u", "altids": {"itemid": "1"}, "headline": "x"}}}', "ap-media"),
        (b"<!-- a comment --><nitf><head/></nitf>", "nitf"),
        (b"<?xml version='1.0'?><!DOCTYPE nitf SYSTEM 'nitf.dtd'><nitf/>", "nitf"),
        (b"<n:newsMessage xmlns:n='http://iptc.org/std/nar/2006-10-01/'/>", "newsml-g2"),
        (b"<NewsML/>", "newsml-1"),
        (b"<rss version='2.0'/>", "feed"),
        (b"<rdf:RDF xmlns:rdf='x'/>", "feed"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "html"),
        (b"<RBNews/>", "ritzau"),
        (b"From: a@b.c\r\nSubject: x\r\nDate: y\r\n\r\nText", "email"),
        (b"From here on: it rained\nSubject to change\n", "text"),
        (b"A headline\n\nText", "text"),
        (b"2 < 3 is true", "text"),
    ],
)
def test_formats_are_recognised_from_the_bytes(body: bytes, name: str) -> None:
    # the producer's word for the format is wrong on purpose
    raw = RawStory(body, RecordId(0, 0), 0.0, format="anpa", content_type="image/png")
    assert recognise(Document(raw)).name == name


NITF = """<?xml version="1.0" encoding="UTF-8"?>
<nitf xml:lang="en"><head><title>slug</title>
<tobject tobject.type="news">
<tobject.subject tobject.subject.refnum="13000000" tobject.subject.type="Science"/></tobject>
<docdata management-status="usable"><doc-id id-string="mna.1" regsrc="MNA"/><urgency ed-urg="4"/>
<date.issue norm="20260319T101500Z"/><ed-msg info="Photos follow"/><du-key key="BEES" version="3"/>
<doc.copyright holder="Meridian" year="2026"/><key-list><keyword key="bees"/></key-list></docdata></head>
<body><body.head><hedline><hl1>Bees survive the winter</hl1><hl2>A count</hl2></hedline>
<byline>By <person>Jane Doe</person><byttl>Science Writer</byttl></byline>
<dateline><location>GRAZ</location><story.date norm="20260319">March 19</story.date></dateline>
<abstract><p>Bees are well.</p></abstract></body.head>
<body.content><p>GRAZ (Meridian) - Nine in ten <org idsrc="x" value="o:1">colonies</org> lived.</p>
<media media-type="image"><media-caption>A bee</media-caption></media>
<p>They were counted in <location>Graz</location>.</p>
<hl2>Spring</hl2><p>It is warm.</p></body.content>
<body.end><tagline>desk@meridian.example</tagline></body.end></body></nitf>"""


def test_nitf() -> None:
    story = story_of(NITF)
    assert (story.format, story.id, story.uri, story.version) == ("nitf", "mna.1", "mna.1", "3")
    assert (story.headline, story.byline, story.slugline) == ("Bees survive the winter", "By Jane Doe", "BEES")
    assert (story.urgency, story.published, story.ednote) == (4, "2026-03-19T10:15:00Z", "Photos follow")
    assert story.subjects == [{"code": "13000000", "name": "Science"}]
    assert story.organisations == [{"name": "colonies", "code": "o:1"}] and story.places == [{"name": "Graz"}]
    assert story.keywords == ["bees"] and story.rights == "© 2026 Meridian" and story.abstract == "Bees are well."
    assert story.paragraphs[1:] == ["They were counted in Graz.", "Spring", "It is warm."]
    assert (story.dateline, story.dateline_place) == ("GRAZ (Meridian)", "GRAZ")


def test_nitf_encodings_and_lies() -> None:
    german = NITF.replace("Bees survive the winter", "Bienen überleben")
    assert story_of(german.replace("UTF-8", "iso-8859-1").encode("cp1252")).headline == "Bienen überleben"
    lie = story_of(german.replace("UTF-8", "iso-8859-1").encode())
    assert lie.headline == "Bienen überleben" and any("found to be utf-8" in note for note in lie.notes)
    assert story_of(german.encode("utf-16")).headline == "Bienen überleben"


G2_ITEM = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:a:1" version="2" xml:lang="en"
 standard="NewsML-G2"><rightsInfo><copyrightNotice>(c) Meridian</copyrightNotice></rightsInfo>
<itemMeta><itemClass qcode="ninat:{kind}"/><provider literal="MNA"/>
<versionCreated>2026-03-19T10:00:00+01:00</versionCreated>
<pubStatus qcode="stat:usable"/><edNote>With photo</edNote><signal qcode="sig:update"/>
<link rel="irel:previousVersion" residref="urn:a:0"/></itemMeta>
<contentMeta><urgency>3</urgency><headline>Harbour bridge closes</headline><slugline>BRIDGE</slugline><by>Jane Doe</by>
<subject type="cpnat:abstract" qcode="medtop:04000000"><name>economy</name></subject>
<subject type="cpnat:person" qcode="p:1"><name>John Roe</name></subject>
<subject type="cpnat:geoArea" qcode="g:1"/></contentMeta><assert qcode="g:1"><name>Naxos</name></assert>
<contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body>
<p>The bridge closes on Monday.</p><p>Ferries run.</p></body></html></inlineXML></contentSet></newsItem>"""


def test_newsml_g2_item() -> None:
    story = story_of(G2_ITEM.format(kind="text"))
    assert (story.format, story.id, story.version, story.provider) == ("newsml-g2", "urn:a:1", "2", "MNA")
    assert (story.headline, story.slugline, story.byline, story.urgency) == (
        "Harbour bridge closes",
        "BRIDGE",
        "Jane Doe",
        3,
    )
    assert (story.published, story.language, story.ednote) == ("2026-03-19T09:00:00Z", "en", "With photo")
    assert (story.signal, story.signal_text, story.links) == ("update", "signal sig:update", ["urn:a:0"])
    assert story.subjects == [{"code": "medtop:04000000", "name": "economy"}]
    assert story.people == [{"code": "p:1", "name": "John Roe"}] and story.places == [{"code": "g:1", "name": "Naxos"}]
    assert story.paragraphs == ["The bridge closes on Monday.", "Ferries run."]


def test_newsml_g2_message_with_several_items() -> None:
    items = G2_ITEM.format(kind="text") + G2_ITEM.format(kind="picture").replace("urn:a:1", "urn:a:2")
    message = (
        "<newsMessage xmlns='http://iptc.org/std/nar/2006-10-01/'><header/><itemSet>"
        f"{items}<planningItem guid='p'/></itemSet></newsMessage>"
    )
    story, picture, planning = outcomes_of(message)
    assert isinstance(story, Packet) and story.card.record == "3-42"
    assert isinstance(picture, SkippedItem) and (picture.what, picture.id) == ("picture", "urn:a:2")
    assert isinstance(planning, SkippedItem) and planning.what == "planning"


@pytest.mark.parametrize("root", ["conceptItem", "packageItem", "planningItem", "knowledgeItem"])
def test_newsml_g2_without_text_is_set_aside(root: str) -> None:
    assert skipped_of(f"<{root} xmlns='http://iptc.org/std/nar/2006-10-01/' guid='x'/>").id == "x"


NEWSML_1 = """<?xml version="1.0"?><NewsML Version="1.2"><NewsEnvelope><Priority FormalName="4"/></NewsEnvelope>
<NewsItem xml:lang="fr"><Identification><NewsIdentifier><ProviderId>mna.example</ProviderId><DateId>20260319</DateId>
<NewsItemId>N1</NewsItemId><RevisionId PreviousRevision="1" Update="N">2</RevisionId>
<PublicIdentifier>urn:newsml:mna.example:20260319:N1:2N</PublicIdentifier></NewsIdentifier></Identification>
<NewsManagement><FirstCreated>20260319T080000Z</FirstCreated><ThisRevisionCreated>20260319T090000+0100</ThisRevisionCreated>
<Status FormalName="{status}"/><Urgency FormalName="3"/><Instruction FormalName="Update"/></NewsManagement>
<NewsComponent><NewsLines><HeadLine>Le pont ferme lundi</HeadLine><ByLine>Anne Martin</ByLine>
<DateLine>NAXOS, 19 mars 2026 (MNA) -</DateLine><SlugLine>pont-travaux</SlugLine></NewsLines>
<AdministrativeMetadata><Provider><Party FormalName="MNA"/></Provider></AdministrativeMetadata>
<DescriptiveMetadata><SubjectCode><Subject FormalName="04000000"/></SubjectCode></DescriptiveMetadata>
<NewsComponent><ContentItem><MediaType FormalName="{media}"/><DataContent><p>Le pont du port ferme lundi.</p>
<p>Les ferries circulent.</p></DataContent></ContentItem></NewsComponent></NewsComponent></NewsItem></NewsML>"""


def test_newsml_1() -> None:
    story = story_of(NEWSML_1.format(status="Usable", media="Text"))
    assert (story.format, story.id) == ("newsml-1", "urn:newsml:mna.example:20260319:N1:2N")
    assert (story.uri, story.version) == ("urn:newsml:mna.example:20260319:N1", "2")
    assert story.links == ["urn:newsml:mna.example:20260319:N1:1"]
    assert (story.headline, story.byline, story.slugline) == ("Le pont ferme lundi", "Anne Martin", "pont-travaux")
    assert (story.urgency, story.priority, story.language, story.signal) == (3, "4", "fr", "update")
    assert (story.created, story.published) == ("2026-03-19T08:00:00Z", "2026-03-19T08:00:00Z")
    assert (story.dateline, story.dateline_place) == ("NAXOS, 19 mars 2026 (MNA)", "NAXOS")
    assert story.paragraphs == ["Le pont du port ferme lundi.", "Les ferries circulent."]


def test_newsml_1_kill_embargo_and_picture() -> None:
    assert story_of(NEWSML_1.format(status="Canceled", media="Text")).signal == "kill"
    assert story_of(NEWSML_1.format(status="Embargoed", media="Text")).embargo == "unreadable: no release date"
    assert skipped_of(NEWSML_1.format(status="Usable", media="Photo")).what == "picture"


IPTC7901 = (
    "\x01mna123 4 pl 60  mna 121\r\n\r\nBridge-closure/\r\n\x02Harbour bridge to close =\r\n\r\n"
    "   Naxos (MNA) - The harbour bridge closes on Monday for two years\r\nwhile its piers are rebuilt.\r\n\r\n"
    "   Ferries will run every twelve minutes.\r\n\r\nmna ab cd\r\n\x03191205 GMT Mar 26\r\n\x04"
)


def test_iptc_7901() -> None:
    story = story_of(IPTC7901)
    assert (story.format, story.headline, story.slugline) == ("iptc7901", "Harbour bridge to close", "Bridge-closure")
    assert (story.sequence, story.urgency, story.published, story.word_count) == ("123", 4, "2026-03-19T12:05:00Z", 60)
    assert story.paragraphs[1] == "Ferries will run every twelve minutes." and len(story.paragraphs) == 2
    assert dead_of("\x01mna123 4 pl 60\r\nslug/\r\n\x02 \x03").code == "no-text"


ANPA = (
    "\x16\x16\x01a1234\x1f_news\r\nu i\x13\x11 BC-GR--Naxos-Bridge Closes  03-19 0120\r\n\x02"
    "^BC-GR--Naxos-Bridge, 1st Ld-Writethru,120<\r\n^Harbour bridge to close for two years<\r\n"
    "^Eds: UPDATES with mayor.<\r\n"
    "^By JANE DOE=\r\n^Associated Press=\r\n\t   NAXOS, Greece (AP) _ The ``old'' bridge closes Monday.\r\n \r\n"
    "\t   Ferries will run.\r\n\x03AP-WF-03-19-26 1205GMT<\r\n\x04"
)


def test_anpa() -> None:
    story = story_of(ANPA)
    assert (story.format, story.headline) == ("anpa", "Harbour bridge to close for two years")
    assert (story.slugline, story.sequence, story.priority, story.urgency) == ("Naxos-Bridge", "1234", "u", 2)
    assert (story.byline, story.published) == ("By JANE DOE", "2026-03-19T12:05:00Z")
    assert story.ednote == "1st Ld-Writethru UPDATES with mayor." and story.signal == "update"
    assert story.paragraphs == ["NAXOS, Greece (AP) — The “old” bridge closes Monday.", "Ferries will run."]


def test_rss_with_defaults_of_the_feed() -> None:
    rss = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
    <title>The Courier</title><language>en-gb</language><copyright>(c) Courier</copyright>
    <item><title>Bridge &amp;amp; ferry</title><guid isPermaLink="false">c-1</guid><link>https://c.example/1</link>
    <pubDate>Thu, 19 Mar 2026 10:00:00 GMT</pubDate><category domain="x">Local</category>
    <description>Short.</description>
    <content:encoded><![CDATA[<p>One.</p><p>Two.</p><p>Read more</p>]]></content:encoded></item>
    <item><title>Second</title><link>https://c.example/2</link></item><item><guid>c-3</guid></item></channel></rss>"""
    first, second, third = outcomes_of(rss)
    assert isinstance(first, Packet) and isinstance(second, Packet)
    story = first.story
    assert (story.format, story.id, story.url, story.headline) == (
        "rss",
        "c-1",
        "https://c.example/1",
        "Bridge & ferry",
    )
    assert (story.provider, story.language, story.rights) == ("The Courier", "en", "(c) Courier")
    assert (story.published, story.abstract, story.paragraphs) == ("2026-03-19T10:00:00Z", "Short.", ["One.", "Two."])
    assert story.subjects == [{"name": "Local", "scheme": "x"}]
    assert second.story.id == "https://c.example/2" and second.card.record == "3-42.1"
    assert isinstance(third, SkippedItem) and third.what == "empty item"


def test_an_empty_feed_and_a_broken_one() -> None:
    assert skipped_of("<rss version='2.0'><channel><title>x</title></channel></rss>").what == "empty feed"
    (broken,) = stories_of("<rss version='2.0'><channel><item><title>Bridge closes</title></channel>")
    assert broken.headline == "Bridge closes" and any(note.startswith("xml: ") for note in broken.notes)


def test_ap_media_json() -> None:
    item = {"uri": "https://ap.example/1?q=x", "altids": {"itemid": "abc"}, "type": "text", "headline": "Bridge closes",
            "version": 1,
            "versioncreated": "2026-03-19T10:00:00Z", "datelinelocation": {"city": "Naxos", "countryname": "Greece"},
            "subject": [{"name": "Traffic", "code": "t1"}]}  # fmt: skip
    story = story_of(json.dumps({"data": {"items": [{"item": item}]}}))
    assert (story.format, story.id, story.headline, story.dateline_place) == (
        "ap-media",
        "abc",
        "Bridge closes",
        "Naxos, Greece",
    )
    assert skipped_of(json.dumps({"data": {"item": item | {"type": "video"}}})).what == "video"


MAIL = (
    "From: Desk <desk@mna.example>\r\nTo: wire@example.org\r\nSubject: =?utf-8?q?Fwd=3A_Br=C3=BCcke_schlie=C3=9Ft?=\r\n"
    "Date: Thu, 19 Mar 2026 09:12:00 +0000\r\nMessage-ID: <m1@mna.example>\r\nMIME-Version: 1.0\r\n"
)


def test_plain_mail() -> None:
    body = "Die Brücke schließt am Montag.\r\n\r\nFähren fahren.\r\n\r\n-- \r\nMNA desk\r\n"
    story = story_of((MAIL + "Content-Type: text/plain; charset=iso-8859-1\r\n\r\n" + body).encode("latin-1"))
    assert (story.format, story.id, story.headline) == ("email", "m1@mna.example", "Brücke schließt")
    assert story.paragraphs == ["Die Brücke schließt am Montag.", "Fähren fahren."]
    assert (story.provider, story.published) == ("Desk <desk@mna.example>", "2026-03-19T09:12:00Z")


def test_multipart_mail() -> None:
    parts = (
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nThe bridge closes.\r\n"
        "--b\r\nContent-Type: text/html\r\n\r\n<p>The bridge closes.</p>\r\n"
        "--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment\r\n\r\nxxxx\r\n--b--\r\n"
    )
    story = story_of(MAIL + 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts)
    assert story.paragraphs == ["The bridge closes."] and story.notes == ["attachments left: picture"]


def test_html_page() -> None:
    page = """<!DOCTYPE html><html lang="en"><head><title>Bridge closes - The Courier</title>
    <meta property="og:title" content="Bridge closes">
    <meta property="article:published_time" content="2026-03-19T10:00:00Z">
    <link rel="canonical" href="https://c.example/bridge"></head><body><nav><p>Home</p></nav>
    <article><h1>Bridge closes</h1>
    <p>The harbour bridge closes on Monday for two years, the council said on Tuesday evening.</p>
    <p>Ferries will run every twelve minutes from six in the morning.</p><p>Share this article</p></article>
    <aside><p>Most read</p></aside></body></html>"""
    story = story_of(page)
    assert (story.format, story.id, story.headline) == ("html", "https://c.example/bridge", "Bridge closes")
    assert len(story.paragraphs) == 2 and story.published == "2026-03-19T10:00:00Z"


def test_ritzau() -> None:
    body = (
        "<RBNews><NewsID>r1</NewsID><headline>Bro lukker</headline><version>1</version><Korrektion>true</Korrektion>"
        "<content>&lt;p&gt;Broen lukker mandag.&lt;/p&gt;</content></RBNews>"
    )
    story = story_of(body)
    assert (story.format, story.id, story.headline, story.signal) == ("ritzau", "r1", "Bro lukker", "correction")
    assert story.paragraphs == ["Broen lukker mandag."]


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"headline": "H", "body_text": "One.\n\nTwo."}, ["One.", "Two."]),
        ({"headline": "H", "body_html": "<p>One.</p><p>Two.</p>", "body_text": "x"}, ["One.", "Two."]),
        (
            {
                "headlines": [{"role": "main", "value": "H"}],
                "bodies": [{"contenttype": "text/html", "value": "<p>One.</p>Two."}],
            },
            ["One.", "Two."],
        ),
        (
            {"headlines": [{"value": "H"}], "bodies": [{"contentType": "text/plain", "value": "One.\n\nTwo."}]},
            ["One.", "Two."],
        ),
    ],
)  # fmt: skip
def test_ninjs_of_all_versions(item: dict[str, Any], text: list[str]) -> None:
    story = story_of(
        json.dumps(
            {"uri": "u:1", "type": "text", "versioncreated": "2026-03-19T10:00:00Z", "pubstatus": "usable"} | item
        )
    )
    assert (story.format, story.id, story.headline, story.paragraphs) == ("ninjs", "u:1", "H", text)


def test_a_feed_that_trips_the_feed_parser_is_bad_xml() -> None:
    """Found by fuzzing: a namespace with a no-break space in it."""
    feed = '<rss version="2.0" xmlns:c="http://purl.org/a\u00a0b"><channel><item><c:t>x</c:t></item></channel></rss>'
    assert dead_of(feed).code == "bad-xml"
