"""Bytes to text: encodings, lies about them, and what is no text."""

from __future__ import annotations

import random

import pytest

from pipeline.errors import Rejected
from pipeline.text.decode import charset_of, decode

GERMAN = "Die Höhe der Gebühren für Straßen müsse geprüft werden, sagte der Sprecher. „Wir hören zu“, fügte er hinzu."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_unicode_encodings_are_found_without_a_declaration(encoding: str) -> None:
    assert decode(GERMAN.encode(encoding)).text == GERMAN


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        ("Правительство объявило о повышении цен на газ, сообщил представитель министерства во вторник.", "koi8_r"),
        ("Правительство объявило о повышении цен на газ, сообщил представитель министерства во вторник.", "cp1251"),
    ],
)
def test_one_byte_encodings_are_guessed_and_the_guess_is_noted(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding) * 3)
    assert decoded.text == text * 3
    assert decoded.how == "guessed" and decoded.note


def test_a_declaration_is_believed_where_it_fits() -> None:
    text = "정부는 화요일 물가가 올랐다고 밝혔다."
    decoded = decode(text.encode("euc_kr"), "euc-kr")
    assert (decoded.text, decoded.how, decoded.note) == (text, "declared", "")


def test_declared_latin_1_is_windows_1252_in_practice() -> None:
    assert decode("“Quotes” – and dashes".encode("cp1252"), "iso-8859-1").text == "“Quotes” – and dashes"


def test_a_lie_is_noted() -> None:
    decoded = decode(GERMAN.encode(), "iso-8859-1")
    assert decoded.text == GERMAN
    assert decoded.note == "encoding: declared iso-8859-1, found to be utf-8"


def test_a_few_broken_sequences_cost_only_themselves() -> None:
    decoded = decode((GERMAN * 5).encode().replace("Straßen".encode(), b"Stra\xdfen", 1))
    assert decoded.text.startswith("Die Höhe der Gebühren für Straen")
    assert "1 broken" in decoded.note


@pytest.mark.parametrize("data", [b"", b" \r\n\t "])
def test_nothing_is_empty(data: bytes) -> None:
    with pytest.raises(Rejected, match="empty"):
        decode(data)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n...", b"%PDF-1.7 ...", b"PK\x03\x04...", b"\x1f\x8b\x08..."])
def test_known_files_are_named(data: bytes) -> None:
    with pytest.raises(Rejected, match=r"binary: The record is (an? |gzip)"):
        decode(data)


def test_random_bytes_are_never_text() -> None:
    chance = random.Random(5)
    for size in (300, 5000):
        for _ in range(60):
            with pytest.raises(Rejected):
                decode(chance.randbytes(size))


def test_wire_control_characters_are_text() -> None:
    assert decode(b"\x16\x16\x01W2870\x1f_asian\r\n\x02^Headline<\r\n\x03 \x04").text


def test_charset_of_a_media_type() -> None:
    assert charset_of('text/xml; charset="ISO-8859-1"') == "ISO-8859-1"
    assert charset_of("text/xml") == ""
