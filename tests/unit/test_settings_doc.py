"""docs/settings.md lists exactly the settings there are, with their defaults."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import SecretStr

from pipeline.settings import Settings

TABLE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
ROW = re.compile(r"^\| `(WIRE_[A-Z_]+)` \| (?:`([^`]*)`)? ?\| (\S.*) \|$", re.MULTILINE)


def default_of(name: str) -> str:
    value = Settings.model_fields[name].default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return "" if value is None else str(value)


def test_the_table_is_what_the_code_has() -> None:
    rows = ROW.findall(TABLE.read_text("utf-8"))
    written = {variable: default for variable, default, _ in rows}
    assert len(rows) == len(written), "a setting stands twice"
    assert written == {f"WIRE_{name.upper()}": default_of(name) for name in Settings.model_fields}


def test_secrets_are_marked() -> None:
    rows = {variable: text for variable, _, text in ROW.findall(TABLE.read_text("utf-8"))}
    for name, field in Settings.model_fields.items():
        assert ("(secret)" in rows[f"WIRE_{name.upper()}"]) == ("SecretStr" in str(field.annotation)), name
