"""The scenarios in other wire formats: sound documents that agree with their manifest."""

from __future__ import annotations

import email
import email.policy
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from tests.seeds_manifest import SCENARIOS, SeedRow, clusters, load, record_bytes

MANIFEST = SCENARIOS / "manifest.jsonl"
ROWS = load(MANIFEST)
BY_SEED = {row.seed: row for row in ROWS}
FORMATS = {"atom", "email", "iptc7901", "newsml-g2", "ninjs2", "ninjs3", "nitf", "rss"}
HELD_UNTIL = datetime(2090, 1, 1, tzinfo=UTC)

G2 = "{http://iptc.org/std/nar/2006-10-01/}"
NITF = "{http://iptc.org/std/NITF/2006-10-18/}"
ATOM = "{http://www.w3.org/2005/Atom}"


def _json_items(data: bytes) -> list[tuple[str, str]]:
    """Id and headline of each item; likewise below."""
    item = json.loads(data)
    return [(item["uri"], item["headlines"][0]["value"])]


def _g2_items(data: bytes) -> list[tuple[str, str]]:
    root = ET.fromstring(data)
    items = root.findall(f"{G2}itemSet/*") or [root]
    return [(item.get("guid", ""), item.findtext(f"{G2}contentMeta/{G2}headline", "")) for item in items]


def _nitf_items(data: bytes) -> list[tuple[str, str]]:
    root = ET.fromstring(data)
    doc_id = root.find(f".//{NITF}doc-id")
    assert doc_id is not None
    return [(doc_id.get("id-string", ""), root.findtext(f".//{NITF}hl1", ""))]


def _rss_items(data: bytes) -> list[tuple[str, str]]:
    items = ET.fromstring(data).findall("channel/item")
    return [(item.findtext("guid", ""), item.findtext("title", "")) for item in items]


def _atom_items(data: bytes) -> list[tuple[str, str]]:
    entries = ET.fromstring(data).findall(f"{ATOM}entry")
    return [(entry.findtext(f"{ATOM}id", ""), entry.findtext(f"{ATOM}title", "")) for entry in entries]


def _email_items(data: bytes) -> list[tuple[str, str]]:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return [(message["Message-ID"].strip("<>"), message["Subject"])]


def _iptc_items(data: bytes) -> list[tuple[str, str]]:
    found = re.fullmatch(rb"\x01mna\d{3} \d [a-z]{2} \d+ .*?\x02(.*?) =\r\n.*\x03\d{6} GMT .*\x04", data, re.DOTALL)
    assert found
    assert b"\n" not in data.replace(b"\r\n", b"")
    return [("", found[1].decode("latin-1"))]


ITEMS: dict[str, Callable[[bytes], list[tuple[str, str]]]] = {
    "atom": _atom_items,
    "email": _email_items,
    "iptc7901": _iptc_items,
    "newsml-g2": _g2_items,
    "ninjs2": _json_items,
    "ninjs3": _json_items,
    "nitf": _nitf_items,
    "rss": _rss_items,
}


def test_every_document_has_its_rows_with_id_and_headline() -> None:
    expected: dict[str, list[SeedRow]] = {}
    for row in ROWS:
        expected.setdefault(row.path, []).append(row)
    files = [p for p in SCENARIOS.rglob("*") if p.is_file() and p.name not in (MANIFEST.name, ".wireignore")]
    assert sorted(p.relative_to(SCENARIOS).as_posix() for p in files) == sorted(expected)
    for path, rows in expected.items():
        items = ITEMS[path.partition("/")[0]](record_bytes(rows[0], SCENARIOS))
        assert [row.line for row in rows] == ([None] if rows[0].line is None else list(range(1, len(items) + 1)))
        assert [row.id or "" for row in rows] == [id_ for id_, _ in items]
        for row, (_, headline) in zip(rows, items, strict=True):
            assert row.status == "skipped" or row.headline == headline


def test_every_format_lives_a_story_through() -> None:
    lives = Counter((row.path.partition("/")[0], row.status) for row in ROWS)
    assert {name for name, _ in lives} == FORMATS
    assert all(lives[name, "new"] and lives[name, "update"] for name in FORMATS)
    assert {name for name in FORMATS if lives[name, "correction"]} == FORMATS - {"rss", "ninjs3"}
    assert {name for name in FORMATS if lives[name, "kill"]} == FORMATS - {"rss", "atom"}
    assert {name for name in FORMATS if lives[name, "held"]} == {"ninjs3", "newsml-g2", "nitf"}
    assert {row.outcome for row in ROWS if row.outcome} == {"superseded", "killed"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.seed)
def test_a_row_is_sound(row: SeedRow) -> None:
    assert row.why.endswith(".")
    if row.status == "skipped":
        assert row.reason and not row.cluster
        return
    members = clusters(ROWS)[row.cluster or ""]
    assert members[0].seed == row.cluster, "the strict order has parents first"
    assert {member.group for member in members} == {row.group}
    assert (row.group is not None) == (len(members) > 1)
    assert (row.of is None) == (row.seed == row.cluster)
    if row.of:
        assert BY_SEED[row.of].cluster == row.cluster
        assert ROWS.index(BY_SEED[row.of]) < ROWS.index(row)
    assert len({member.path.partition("/")[0] for member in members}) == 1
    assert row.topics and all(re.fullmatch(r"medtop:(0[1-9]|1[0-7])000000", topic) for topic in row.topics)


@pytest.mark.parametrize("row", [row for row in ROWS if row.people or row.places], ids=lambda row: row.seed)
def test_what_must_be_found_is_in_the_document(row: SeedRow) -> None:
    data = record_bytes(row, SCENARIOS).decode().casefold()
    for name in (*row.people, *(name for name, _ in row.places)):
        assert name.casefold() in data


@pytest.mark.parametrize("row", [row for row in ROWS if row.embargo], ids=lambda row: row.seed)
def test_embargoes_lie_far_ahead_or_behind(row: SeedRow) -> None:
    assert row.embargo
    if row.embargo == "unreadable":
        assert row.status == "held"
        return
    until = datetime.fromisoformat(row.embargo)
    assert (until > HELD_UNTIL) == (row.status == "held")
    assert until > HELD_UNTIL or until < datetime(2026, 4, 1, tzinfo=UTC)


def test_held_rows_have_an_embargo() -> None:
    assert all(row.embargo for row in ROWS if row.status == "held")
