"""docs/formats.md names every format and every code, and no other."""

from __future__ import annotations

import re

from pipeline.formats.registry import FORMATS
from pipeline.stages.parse import REASONS
from tests.shared import ROOT

TEXT = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+?) \|", re.M)


def test_the_table_of_formats_matches_the_registry_in_order() -> None:
    table = TEXT.partition("## Outcomes")[0]
    assert ROW.findall(table) == [(one.name, one.title) for one in FORMATS]


def test_the_table_of_codes_matches_the_stage() -> None:
    table = TEXT.partition("## Outcomes")[2].partition("## What every story gets")[0]
    assert {name for name, _ in ROW.findall(table)} == set(REASONS)
