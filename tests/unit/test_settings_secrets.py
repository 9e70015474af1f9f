"""Secrets come from files where a folder for them is named, as under compose; the environment overrides them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.settings import Settings


def test_a_password_is_read_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wire_sasl_password").write_text("hush\n")
    monkeypatch.setenv("WIRE_SECRETS_DIR", str(tmp_path))
    settings = Settings()
    assert settings.sasl_password.get_secret_value() == "hush"
    assert "hush" not in repr(settings)


def test_the_environment_overrides_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wire_sasl_password").write_text("hush")
    monkeypatch.setenv("WIRE_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("WIRE_SASL_PASSWORD", "louder")
    assert Settings().sasl_password.get_secret_value() == "louder"
    assert Settings(sasl_password="loudest").sasl_password.get_secret_value() == "loudest"


def test_without_a_folder_no_file_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WIRE_SECRETS_DIR", raising=False)
    assert Settings().sasl_password.get_secret_value() == ""
