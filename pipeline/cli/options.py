"""Settings for a verb: the environment, overridden by the options that were given."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from pipeline.errors import Usage
from pipeline.settings import Settings


def settings_from(**given: Any) -> Settings:
    """The settings in force. Options that are None were not given. Raises Usage with one sentence for a bad value."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as e:
        first = e.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise Usage(f"setting {name} (WIRE_{name.upper()}): {first['msg']}; it was {first['input']!r}.") from e
