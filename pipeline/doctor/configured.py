"""The settings: what is set and differs from the defaults, what contradicts, what looks like a typing error."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches

from pydantic import SecretStr

from pipeline.doctor.check import Check, fault, hint, ok
from pipeline.settings import Settings

_REDACTED = "**********"


def in_force(settings: Settings) -> dict[str, str]:
    """Every setting by its name, as text; secrets as asterisks."""
    return {name: _shown(getattr(settings, name)) for name in type(settings).model_fields}


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return _REDACTED if value.get_secret_value() else ""
    return "" if value is None else str(value)


def check(settings: Settings, environment: Mapping[str, str] | None = None) -> list[Check]:
    """What is set, and one line more for each thing that is wrong with it."""
    fields = type(settings).model_fields
    values = in_force(settings)
    given = [
        f"{name}={values[name]}"
        for name in fields
        if name in settings.model_fields_set and getattr(settings, name) != fields[name].default
    ]
    found = ", ".join(given) if given else "all at their defaults"
    return [ok("settings", found), *_contradictions(settings), *_typing_errors(environment or os.environ)]


def _contradictions(settings: Settings) -> list[Check]:
    checks = []
    sasl = settings.security_protocol.startswith("SASL")
    if sasl and not (settings.sasl_username and settings.sasl_password.get_secret_value()):
        checks.append(
            fault(
                "settings",
                f"{settings.security_protocol} without a name or password",
                "Set WIRE_SASL_USERNAME and WIRE_SASL_PASSWORD.",
            )
        )
    if not sasl and settings.sasl_username:
        checks.append(
            hint(
                "settings",
                f"a user name is set, but {settings.security_protocol} does not use it",
                "Set WIRE_SECURITY_PROTOCOL to SASL_SSL (or SASL_PLAINTEXT), or drop WIRE_SASL_USERNAME.",
            )
        )
    if settings.min_insync > settings.replication:
        checks.append(
            fault(
                "settings",
                f"min_insync={settings.min_insync} with replication={settings.replication}: no record could be written",
                "Set WIRE_MIN_INSYNC to at most WIRE_REPLICATION, best one less.",
            )
        )
    if settings.tls_cert_file is not None and settings.security_protocol not in ("SSL", "SASL_SSL"):
        checks.append(
            hint(
                "settings",
                f"a client certificate is set, but {settings.security_protocol} does not use it",
                "Set WIRE_SECURITY_PROTOCOL to SSL or SASL_SSL.",
            )
        )
    return checks


def _typing_errors(environment: Mapping[str, str]) -> list[Check]:
    known = [f"WIRE_{name.upper()}" for name in Settings.model_fields]
    strange = [name for name in sorted(environment) if name.startswith("WIRE_") and name not in known]
    return [
        hint("settings", f"{name} is no setting, so it has no effect", f"Did you mean {near[0]}?")
        for name in strange
        if (near := get_close_matches(name, known, 1, 0.85))
    ]
