"""Times as feeds write them, to ISO 8601 with zone (UTC as `Z`)."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)T?(\d\d)(\d\d)(\d\d)?(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?", re.I)
_ZONE_WITHOUT_COLON = re.compile(r"([+-]\d\d)(\d\d)$")
_LATEST = 253_402_300_799


def read_time(value: object, *, assume_utc: bool = True) -> str:
    """ISO 8601 in UTC (`2024-03-01T09:00:00Z`) for ISO, RFC 822 and NewsML times, or epoch seconds or milliseconds.

    Empty where the value is none of these. A time without zone counts as UTC, or as unreadable unless `assume_utc`.
    """
    moment = _read(value)
    if moment is None:
        return ""
    try:
        if moment.tzinfo is None:
            if not assume_utc:
                return ""
            moment = moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return ""
    text = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def epoch(iso: str) -> float | None:
    """Epoch seconds of a time that `read_time` gave; None for an empty or unreadable one."""
    if not iso:
        return None
    try:
        return datetime.fromisoformat(iso).timestamp()
    except (ValueError, OverflowError):
        return None


def _read(value: object) -> datetime | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        seconds = float(value)
        if not math.isfinite(seconds):
            return None
        if abs(seconds) > 100_000_000_000:  # beyond the year 5138: milliseconds
            seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    if not 4 <= len(text) <= 64:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if match := _BASIC.fullmatch(text):
        year, month, day, hour, minute, second, zone = match.groups()
        iso = f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{(zone or '').upper()}"
        try:
            return datetime.fromisoformat(_ZONE_WITHOUT_COLON.sub(r"\1:\2", iso))
        except ValueError:
            return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
