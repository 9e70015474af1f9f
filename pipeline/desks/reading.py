"""From `desks.toml` to desks, or to all that is wrong with it, each flaw with its line and one sentence."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.desks.conditions import AllOf, AnyOf, Condition, Every, NoneOf, ordered
from pipeline.desks.rules import Desk, Desks
from pipeline.desks.values import KEYS, BadValue, closest
from pipeline.errors import Unavailable, Usage
from pipeline.rulefiles.lines import Document, Flaw, Flawed
from pipeline.rulefiles.lines import Path as Place
from pipeline.rulefiles.lines import read as read_toml
from pipeline.rulefiles.watched import Watched

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
"""Good for the end of a topic's name and for a metric's label."""

MOST_DESKS = 500
DEEPEST = 5
"""Rules nested deeper than this nobody reads."""

ABOUT = frozenset(("title",))
COMPOSED = frozenset(("any", "all", "not"))
SETS = frozenset(("confidence",))


def load(path: Path) -> Desks:
    """The desks of a file. Raises Flawed with all its flaws, Unavailable where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as e:
        raise Usage(f"{path} is not UTF-8 (byte {e.start}); save it as UTF-8.") from e
    except OSError as e:
        raise Unavailable(f"The rules {path} cannot be read: {e.strerror or e}.") from e
    return read(text, str(path))


def watched(
    path: Path, refused: Callable[[str], None] = lambda why: None, clock: Callable[[], float] = time.monotonic
) -> Watched[Desks]:
    """The desks of a file that may change; `refused` hears why a change was not taken up. Raises as `load`."""

    def look(text: str, name: str) -> Desks:
        try:
            return read(text, name)
        except Usage as e:
            refused(str(e))
            raise

    return Watched(path, look, clock=clock)


def read(text: str, name: str) -> Desks:
    """The desks of a file's text. Raises Flawed with all flaws at once."""
    reader = _Reader(read_toml(text, name))
    desks = reader.desks()
    if reader.flaws:
        raise Flawed(name, reader.flaws)
    return Desks(desks)


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self.flaws: list[Flaw] = []

    def desks(self) -> list[Desk]:
        tables = self._document.data.get("desk", {})
        for key in self._document.data:
            if key != "desk":
                self._flaw((key,), f"'{key}' is none of ours: a file of desks has tables such as [desk.sport].")
        if not isinstance(tables, dict):
            self._flaw(("desk",), "Desks are tables with a name: write [desk.sport], not [[desk]] or desk = ….")
            return []
        if len(tables) > MOST_DESKS:
            self._flaw(
                ("desk",), f"There are {len(tables)} desks; each is a topic of its own, so at most {MOST_DESKS}."
            )
        return [desk for name, table in tables.items() if (desk := self._desk(name, table)) is not None]

    def _desk(self, name: str, table: Any) -> Desk | None:
        place: Place = ("desk", name)
        if not NAME.fullmatch(name):
            self._flaw(
                place,
                f"The desk's name {name!r} ends a topic's name: use a to z, 0 to 9 and hyphens within, at most 40.",
            )
        if not isinstance(table, dict):
            self._flaw(place, f"Desk {name} must be a table: [desk.{name}] and its conditions below.")
            return None
        title = table.get("title", "")
        if not isinstance(title, str):
            self._flaw((*place, "title"), "A title is a string.")
        rules = {key: value for key, value in table.items() if key not in ABOUT}
        takes = self._all(rules, place, 1)
        return None if takes is None else Desk(name, takes, str(title), self._document.line(*place))

    def _all(self, table: dict[str, Any], place: Place, depth: int) -> Condition | None:
        """A table of conditions, all of which must hold; None where there is none or all are flawed."""
        if depth > DEEPEST:
            self._flaw(place, f"Conditions are nested more than {DEEPEST} deep; split the desk in two.")
            return None
        if not table.keys() - SETS:
            self._flaw(place, "There is no condition here; for all stories say every = true.")
            return None
        parts: list[Condition] = []
        for key, value in table.items():
            at = (*place, key)
            if key in SETS:
                self._confidence(table, at)
            elif key in COMPOSED:
                part = self._composed(key, value, at, depth)
                if part is not None:
                    parts.append(part)
            elif key == "every":
                if value is True:
                    parts.append(Every())
                else:
                    self._flaw(at, "every is true, or left out.")
            elif key in KEYS:
                try:
                    parts.append(KEYS[key](key, value, _number(table.get("confidence", 0))))
                except BadValue as e:
                    for flaw in e.flaws:
                        self._flaw(at if flaw.item is None else (*at, flaw.item), flaw.message)
            else:
                known = sorted({*KEYS, *COMPOSED, *SETS, "every", *(ABOUT if depth == 1 else ())})
                self._flaw(at, f"'{key}' is no condition{closest(key, known)}; there are {', '.join(known)}.")
        if len(parts) == 1:
            return parts[0]
        return AllOf(ordered(parts), max((part.cost for part in parts), default=0))

    def _composed(self, key: str, value: Any, place: Place, depth: int) -> Condition | None:
        tables = [value] if isinstance(value, dict) else value
        if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
            self._flaw(place, f'{key} takes a list of conditions: {key} = [{{ topic = "sport" }}, …].')
            return None
        found = [
            self._all(table, (*place, n) if isinstance(value, list) else place, depth + 1)
            for n, table in enumerate(tables)
        ]
        parts = ordered([part for part in found if part is not None])
        cost = max((part.cost for part in parts), default=0)
        match key:
            case "any":
                return AnyOf(parts, cost)
            case "all":
                return AllOf(parts, cost)
            case _:
                said = ", ".join(" and ".join(f"{name} {_shown(of)}" for name, of in table.items()) for table in tables)
                return NoneOf(parts, f"not {said}", cost)

    def _confidence(self, table: dict[str, Any], place: Place) -> None:
        value = table["confidence"]
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            self._flaw(place, "confidence is a number from 0 to 1.")
        elif "topic" not in table:
            self._flaw(place, "confidence says how sure a topic must be, and there is no topic beside it.")

    def _flaw(self, place: Place, message: str) -> None:
        self.flaws.append(Flaw(self._document.line(*place), message))


def _shown(value: Any) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
