"""Fields of text as JSON carries them: markup in them, escaped or not, becomes no words of the story."""

from __future__ import annotations

import json
import time

import pytest

from pipeline.text import clean
from pipeline.text.fields import line_of, paragraphs_of
from tests.unit.parsing import story_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The bridge closes.\n\nFerries run.", ["The bridge closes.", "Ferries run."]),
        ("<p>The bridge closes.</p><p>Ferries &amp; boats run.</p>", ["The bridge closes.", "Ferries & boats run."]),
        # markup escaped once too often
        (
            'Fees fall. &lt;FONT face="MS Sans Serif,arial" size="-2"&gt;&lt;B&gt;-The Courier&lt;/B&gt;&lt;/FONT&gt;',
            ["Fees fall. -The Courier"],
        ),
        ("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;", ["One.", "Two."]),
        ('Shares of &lt;A HREF="http://q.example/?a=b"&gt;ACME.O&lt;/A&gt; rose.', ["Shares of ACME.O rose."]),
        # lines stay paragraphs where the markup parts none
        (
            'The bridge closes.\n\nSee <a href="https://a.example/">the <b>plan</b></a> of Tom &amp; Ann.\n\nBye.',
            ["The bridge closes.", "See the plan of Tom & Ann.", "Bye."],
        ),
        ('One.\n\nTwo <a\nhref="x">links</a>.\n\nThree.', ["One.", "Two links.", "Three."]),
        ("One.\n\n<!-- ad_client = 'pub';\n\nwidth = 4 -->\n\nTwo.", ["One.", "Two."]),
        ("<p>One\ntwo.</p>\n\nThree.", ["One two.", "Three."]),
        ("One.\n<script>var a = 1;\n\nalert(a)</script>\nTwo.", ["One. Two."]),
        # what is no markup stays
        ("PHILLIPS &lt;P&gt; SAYS STOCK UP", ["PHILLIPS <P> SAYS STOCK UP"]),
        ("Apple Inc.&lt;AAPL.O&gt; rose, a &lt; b", ["Apple Inc.<AAPL.O> rose, a < b"]),
        ("A comment <!-- that never ends.\n\nTwo.", ["A comment <!-- that never ends.", "Two."]),
        ("", []),
    ],
)
def test_paragraphs_of_a_field(text: str, expected: list[str]) -> None:
    assert paragraphs_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&lt;strong&gt;Autumn&lt;/strong&gt; fair opens", "Autumn fair opens"),
        ('<a href="/authors/ana">Ana Silva</a>', "Ana Silva"),
        ("Zac ready for <em>High School</em>", "Zac ready for High School"),
        ("KODAK <EK> BUYS STAKE", "KODAK <EK> BUYS STAKE"),
        ("Tom &amp;amp; Ann", "Tom & Ann"),
    ],
)
def test_a_line_holds_no_markup(text: str, expected: str) -> None:
    assert line_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Japan #39;s trade, worth  #36;2.6 billion", "Japan's trade, worth $2.6 billion"),
        ("It doesn #39;t; he said  #34;no #34;", 'It doesn\'t; he said "no"'),
        ("He wears number #39; she wears #36; both play.", "He wears number #39; she wears #36; both play."),
        ("AT&amp;amp;amp;T &amp;amp;nbsp;", "AT&T \xa0"),
    ],
)
def test_references_escaped_again_or_without_their_ampersand(text: str, expected: str) -> None:
    assert clean.unescape(text) == expected


def test_no_attribute_of_json_text_becomes_a_word_of_the_story() -> None:
    font = '&lt;FONT face="verdana,MS Sans Serif,arial"&gt;{}&lt;/FONT&gt;'
    story = story_of(
        json.dumps(
            {"title": font.format("Fees"), "text": font.format("Fees fall."), "author": font.format("Ana Silva")}
        )
    )
    assert (story.headline, story.paragraphs, story.byline) == ("Fees", ["Fees fall."], "Ana Silva")


@pytest.mark.parametrize(
    "piece", ["<!--", "<!-- -->", "<script", "<a ", "<a>\n", "&amp;", "amp;", "&lt;p&gt;\n", "#39;s "]
)
def test_a_field_of_the_worst_costs_no_more_than_its_length(piece: str) -> None:
    started = time.thread_time()
    paragraphs_of("&" + piece * (300_000 // len(piece)))
    assert time.thread_time() - started < 2
