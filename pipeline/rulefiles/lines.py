"""TOML with line numbers: `tomllib` says where the syntax breaks, but not where a sound table or key stands.

The text is parsed by `tomllib` first, so this only has to find positions in what is known to be TOML 1.0.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any

from pipeline.errors import Usage

Path = tuple[str | int, ...]
"""Where a value stands: `("topic", 2, "terms", 0)` is the first of the terms of the third `[[topic]]`."""

_BARE = r"""(?:[\w-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_KEY = re.compile(rf"({_BARE}(?:[ \t]*\.[ \t]*{_BARE})*)[ \t]*=")
_TABLE = re.compile(r"\[\[[ \t]*([^\]\n]+?)[ \t]*\]\]|\[[ \t]*([^\]\n]+?)[ \t]*\]")
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|'
    + r"'''.*?'''|"
    + r'"(?:\\.|[^"\\\n])*"|'
    + r"'[^'\n]*'|#[^\n]*|[\[\]{},\n]|[ \t\r]+|[^\s\[\]{},#\"']+",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """One thing that is wrong in a file of rules, for a person."""

    line: int
    message: str


class Flawed(Usage):
    """A file of rules that cannot be used, with all its flaws: one line each, as `file:line: message`."""

    def __init__(self, name: str, flaws: list[Flaw]) -> None:
        self.flaws = sorted(flaws)
        super().__init__("\n".join(f"{name}:{flaw.line}: {flaw.message}" for flaw in self.flaws))


@dataclass(frozen=True, slots=True)
class Document:
    """A file of rules: its values, and the line of each."""

    data: dict[str, Any]
    lines: dict[Path, int]

    def line(self, *path: str | int) -> int:
        """The line of a value, or of the nearest thing around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str, name: str) -> Document:
    """Parse a file of rules. Raises Flawed where it is not TOML."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        found = re.search(r"\(at line (\d+), column \d+\)|\(at end of document\)", str(e))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        raise Flawed(name, [Flaw(line, f"This is not TOML: {str(e).partition(' (at ')[0]}.")]) from e
    return Document(data, _lines(text))


def _lines(text: str) -> dict[Path, int]:
    """The line of each table, key, and item of an array."""
    found: dict[Path, int] = {}
    counts: dict[str, int] = {}
    table: Path = ()
    at, line = 0, 1
    while at < len(text):
        if text[at] in " \t\r\n":
            line += text[at] == "\n"
            at += 1
        elif text[at] == "#":
            at = (text.find("\n", at) + 1 or len(text) + 1) - 1
        elif header := _TABLE.match(text, at):
            if header[1] is not None:
                counts[header[1]] = counts.get(header[1], -1) + 1
                table = (*_parts(header[1]), counts[header[1]])
            else:
                table = _parts(header[2])
            found[table] = line
            at = header.end()
        elif key := _KEY.match(text, at):
            path = (*table, *_parts(key[1]))
            found[path] = line
            at, line = _value(text, key.end(), line, path, found)
        else:
            at += 1
    return found


def _value(text: str, at: int, line: int, path: Path, found: dict[Path, int]) -> tuple[int, int]:
    """Walk over one value to the end of its line, noting the items of an array; returns position and line there."""
    depth, item, fresh, array = 0, 0, False, False
    while token := _TOKEN.match(text, at):
        word = token[0]
        if word == "\n" and depth == 0:
            break
        if word in "[{":
            if depth == 1 and fresh and array:
                found[*path, item], fresh = line, False
            depth += 1
            if depth == 1:
                array = fresh = word == "["
        elif word in "]}":
            depth -= 1
        elif word == ",":
            if depth == 1:
                item, fresh = item + 1, True
        elif not word.isspace() and word[0] != "#" and depth == 1 and fresh and array:
            found[*path, item], fresh = line, False
        line += word.count("\n")
        at = token.end()
    return at, line


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_BARE, key))
