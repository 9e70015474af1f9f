"""The files of rules that settings name: routing to desks, and a desk's own vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.desks.reading import load as load_desks
from pipeline.doctor.check import Check, fault, ok
from pipeline.errors import Unavailable, Usage
from pipeline.rulefiles.lines import Flawed
from pipeline.settings import Settings


def check(settings: Settings) -> list[Check]:
    """A line for each file that is set; none where none is."""
    checks = []
    if settings.desks_file is not None:
        checks.append(_look("desks", settings.desks_file, _desks, "`wire desks check` shows every flaw."))
    if settings.vocabulary_file is not None:
        checks.append(
            _look("vocabulary", settings.vocabulary_file, _vocabulary, "`wire rules check` shows every flaw.")
        )
    return checks


def _look(name: str, path: Path, read: Callable[[Path], str], remedy: str) -> Check:
    try:
        return ok(name, f"{path}: {read(path)}")
    except Flawed as e:
        count = len(e.flaws)
        first = e.flaws[0]
        found = f"{path} has {count} flaw{'s' * (count != 1)}, the first in line {first.line}: {first.message}"
        return fault(name, found, f"No worker starts on it; {remedy}")
    except (Unavailable, Usage) as e:
        return fault(name, str(e), "Name a file that is there and can be read, or unset it.")


def _desks(path: Path) -> str:
    count = len(load_desks(path).desks)
    return f"sound, {count} desk{'s' * (count != 1)}"


def _vocabulary(path: Path) -> str:
    from pipeline.vocabulary.reading import parse

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise Unavailable(f"{path} cannot be read: {e}") from e
    count = len(parse(text, str(path)).entries)
    return f"sound, {count} entr{'y' if count == 1 else 'ies'}"
