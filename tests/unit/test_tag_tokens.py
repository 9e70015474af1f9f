"""Tokens: every character keeps its place, and what is attached to a word comes off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tags import tokens as t
from pipeline.tags.tokens import analyse, split


@given(st.text(alphabet="aB9. ,-—–\t\n“”'’()é\u00a0中", max_size=60))
def test_lengths_of_tokens_add_up(text: str) -> None:
    at = 0
    for raw in split(text):
        assert analyse(raw).lead + len(analyse(raw).core) <= len(raw)
        found = analyse(raw)
        if found.core:
            start = at + found.lead
            assert text[start : start + len(found.core)] == found.core
        at += len(raw) + 1
    assert at == len(text) + 1


@pytest.mark.parametrize(
    ("raw", "core", "after", "closes"),
    [
        ("Biden’s", "Biden", t.POSSESSIVE, True),
        ("“Tehran,”", "Tehran", t.COMMA, True),
        ("(IRGC)", "IRGC", t.CLOSE, True),
        ("U.S.", "U.S.", t.NONE, False),
        ("Mr.", "Mr.", t.NONE, False),
        ("war.", "war", t.STOP, True),
        ("al-Hamidawi", "al-Hamidawi", t.NONE, False),
        ("--", "", t.COMMA, True),
        ("...", "", t.STOP, True),
        ("Emirates'", "Emirates", t.POSSESSIVE, True),
    ],
)
def test_a_token_is_taken_apart(raw: str, core: str, after: int, closes: bool) -> None:
    token = analyse(raw)
    assert (token.core, token.after, token.closes) == (core, after, closes)


def test_dashes_without_blanks_part_words() -> None:
    assert [r for r in split("Tehran—which denied—said") if r] == ["Tehran", "which", "denied", "said"]
    assert [r for r in split("al-Hamidawi") if r] == ["al-Hamidawi"]
