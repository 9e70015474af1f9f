"""Characters, paragraphs, markup, times and languages."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Rejected
from pipeline.text import clean, language, xml
from pipeline.text.markup import html_paragraphs, looks_like_html
from pipeline.text.paragraphs import paragraphs
from pipeline.text.times import epoch, read_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CafÃ© de la RÃ©publique", "Café de la République"),
        ("the ministerâ€™s â€œplanâ€\x9d", "the minister’s “plan”"),
        ("it\x92s", "it’s"),
        ("e\u0301te\u0301", "été"),
        ("soft\xadhyphen and\u200b zero width", "softhyphen and zero width"),
        ("a\u2028b\r\nc", "a\nb\nc"),
        ("bell\x07 and surrogate \ud800.", "bell and surrogate ."),
        ("Россия, Ñandú, Ärger, Åse – nothing to repair", "Россия, Ñandú, Ärger, Åse – nothing to repair"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean.clean(text) == expected


def test_line_and_unescape() -> None:
    assert clean.line(" one\xa0 two\r\n three ") == "one two three"
    assert clean.unescape("AT&amp;T &#8211; R&D; Marks & Spencer") == "AT&T – R&D; Marks & Spencer"


@given(st.text(max_size=300))
def test_clean_text_is_nfc_without_controls_and_cleaning_again_changes_nothing(text: str) -> None:
    once = clean.clean(text)
    assert unicodedata.is_normalized("NFC", once)
    assert not any(unicodedata.category(ch) in ("Cc", "Cs") and ch != "\n" for ch in once)
    assert clean.clean(once) == once


@given(st.text(max_size=100) | st.text("aÂÃâ€™Ðе\u0301\xa0 \n\x92", max_size=12))
def test_what_is_called_clean_is_left_as_it_is(text: str) -> None:
    long_way = not (clean._ODD.search(text) or clean._MOJIBAKE.search(text)) and unicodedata.is_normalized("NFC", text)
    if clean.is_clean(text):
        assert long_way and clean.clean(text) is text
    assert clean.is_clean("The café’s – “bridge”\n") and not clean.is_clean("tab\t") and not clean.is_clean("e\u0301")


WRAPPED = """The council voted on Tuesday to close the old harbour bridge for two
years while its piers are rebuilt, a decision that shopkeepers on
the island had fought since the spring.
    Ferries will run every twelve minutes from six in the morning.
    "We know that this is hard," the mayor said, "but the piers have
been failing for ten years."
"""


def test_indents_begin_paragraphs_among_wrapped_lines() -> None:
    found = paragraphs(WRAPPED)
    assert len(found) == 3
    assert found[0].startswith("The council voted") and found[0].endswith("since the spring.")
    assert found[2] == '"We know that this is hard," the mayor said, "but the piers have been failing for ten years."'


def test_blank_lines_part_paragraphs_and_wrapped_lines_are_joined() -> None:
    text = WRAPPED.replace("    Ferries", "\nFerries").replace('    "We', '\n"We')
    assert paragraphs(text) == paragraphs(WRAPPED)


def test_one_paragraph_a_line_stays_so() -> None:
    lines = ["A first paragraph that is rather short.", "A second one, " + "which goes on and on " * 8, "A third."]
    assert [one.split()[0:2] for one in paragraphs("\n".join(lines))] == [
        ["A", "first"],
        ["A", "second"],
        ["A", "third."],
    ]


def test_table_rows_and_list_items_stay_apart() -> None:
    table = "                 1987      1986\nShr              12 cts     9 cts\nNet          1,234,000   987,000"
    assert len(paragraphs(table)) == 3
    assert len(paragraphs("- bread that has risen twice\n- salt from the coast\n- water")) == 3


def test_html_becomes_paragraphs() -> None:
    markup = (
        "<div><h2>Head</h2><p>One <b>bold</b> word &amp; more.</p><script>alert(1)</script>"
        "<ul><li>first</li><li>second</li></ul>tail<br>after<figure><figcaption>A caption</figcaption></figure></div>"
    )
    assert html_paragraphs(markup) == ["Head", "One bold word & more.", "first", "second", "tail", "after"]
    assert looks_like_html(markup) and looks_like_html("one<BR>two") and looks_like_html('<A HREF="x">one')
    assert not looks_like_html("a < b and <DELTA> rose") and not looks_like_html("PHILLIPS <P> SAYS STOCK UP")


@pytest.mark.parametrize("markup", ["", "<", "<<<>>>", "<p", "<div>" * 5000 + "deep" + "</div>" * 5000, "\x00<p>x</p>"])
def test_html_never_raises(markup: str) -> None:
    html_paragraphs(markup)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-03-01T09:00:00+02:00", "2024-03-01T07:00:00Z"),
        ("20141117T120000+0100", "2014-11-17T11:00:00Z"),
        ("20040305T120000Z", "2004-03-05T12:00:00Z"),
        ("Fri, 01 Mar 2024 10:00:00 GMT", "2024-03-01T10:00:00Z"),
        ("2024-03-01", "2024-03-01T00:00:00Z"),
        (1_700_000_000, "2023-11-14T22:13:20Z"),
        (1_700_000_000_000, "2023-11-14T22:13:20Z"),
        ("yesterday", ""), ("", ""), (None, ""), (True, ""), (-5, ""), (float("nan"), ""), (1e300, ""), ([], ""),
        ("YYYYMMDD000000-HHMM", ""), ("9999-12-31T23:59:59-12:00", ""), ("0000-00-00", ""),
    ],
)  # fmt: skip
def test_times(value: object, expected: str) -> None:
    assert read_time(value) == expected


def test_a_time_without_zone_is_unreadable_where_that_matters() -> None:
    assert read_time("2024-03-01T09:00:00", assume_utc=False) == ""
    assert read_time("2024-03-01T09:00:00Z", assume_utc=False) == "2024-03-01T09:00:00Z"


def test_epoch() -> None:
    assert epoch("2023-11-14T22:13:20Z") == 1_700_000_000
    assert epoch("") is None and epoch("soon") is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The government said on Tuesday it would raise the minimum wage for the first time in six years.", "en"),
        ("Die Regierung hat am Dienstag angekündigt, den Mindestlohn zum ersten Mal zu erhöhen.", "de"),
        ("Le gouvernement a annoncé mardi une hausse du salaire minimum pour la première fois.", "fr"),
        ("El Gobierno anunció el martes que subirá el salario mínimo por primera vez.", "es"),
        ("Regjeringen kunngjorde tirsdag at minstelønnen øker for første gang på seks år.", "no"),
        ("政府周二宣布六年来首次提高最低工资标准。", "zh"),
        ("THE GOVERNMENT SAID ON TUESDAY IT WOULD RAISE THE MINIMUM WAGE FOR THE FIRST TIME.", "en"),
        ("Obama wins", ""), ("1-0", ""), ("", ""),
    ],
)  # fmt: skip
def test_language(text: str, code: str) -> None:
    found, confidence = language.detect(text)
    assert found == code
    assert (confidence >= language.MIN_CONFIDENCE) == bool(code)


@pytest.mark.parametrize(
    ("declared", "expected"), [("en-GB", "en"), ("DE", "de"), ("eng", "en"), ("nb-NO", "no"), ("und", ""), ("??", "")]
)
def test_declared_languages(declared: str, expected: str) -> None:
    assert language.normal_tag(declared) == expected


def _bomb() -> str:
    """Twelve entities, each twenty times the one before."""
    lines = ['<!ENTITY a "xxxxxxxxxx">']
    lines += [f'<!ENTITY {chr(97 + i)} "{f"&{chr(96 + i)};" * 20}">' for i in range(1, 12)]
    return f"<!DOCTYPE a [{''.join(lines)}]><a>&l;</a>"


def test_xml_bounds() -> None:
    with pytest.raises(Rejected, match=r"bad-xml|too-complex"):
        xml.parse("<a>" * 10_000 + "</a>" * 10_000)
    with pytest.raises(Rejected, match=r"bad-xml|too-complex"):
        xml.parse(_bomb())
    with pytest.raises(Rejected, match="too-complex"):
        xml.parse("<!DOCTYPE a [" + "".join(f'<!ENTITY e{i} "x">' for i in range(60)) + "]><a/>")


def test_xml_reads_no_external_entity(tmp_path: object) -> None:
    secret = f"{tmp_path}/secret.txt"
    with open(secret, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("SECRET")
    text = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]><a>before &x; after</a>'
    try:
        assert "SECRET" not in xml.text_of(xml.parse(text))
    except Rejected as e:
        assert e.code == "bad-xml"


def test_xml_forgives_what_wires_send() -> None:
    assert (
        xml.text_of(xml.parse("\ufeff<?xml version='1.0' encoding='bogus'?><a>caf&eacute;\x01&nbsp;&amp;</a>"))
        == "café &"
    )
