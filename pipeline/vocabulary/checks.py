"""Checking single values of a file of rules: flaws are noted with their lines, sound values stand in for bad ones."""

from __future__ import annotations

import re
from typing import Any

from pipeline.rulefiles.lines import Document, Flaw
from pipeline.vocabulary.entries import WHERE, Where

_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Checks:
    """Goes through a document and collects its flaws."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.flaws: list[Flaw] = []

    def flaw(self, path: tuple[str | int, ...], message: str) -> None:
        """Note what is wrong with the value at `path`."""
        self.flaws.append(Flaw(self.document.line(*path), message))

    def string(self, path: tuple[str, int], table: dict[str, Any], key: str, needed: bool = False) -> str:
        """A text; empty where there is none and none is needed."""
        value = table.get(key, "")
        if isinstance(value, str) and (value.strip() or not (needed or key in table)):
            return value.strip()
        message = f"A {path[0]} needs a `{key}`." if key not in table else f"`{key}` is a text that is not empty."
        self.flaw((*path, key), message)
        return ""

    def flag(self, path: tuple[str | int, ...], table: dict[str, Any], default: bool) -> bool:
        """True or false; `default` where it is not given or no such value."""
        value = table.get(str(path[-1]), default)
        if isinstance(value, bool):
            return value
        self.flaw(path, f"`{path[-1]}` is true or false.")
        return default

    def number(
        self, path: tuple[str | int, ...], table: dict[str, Any], default: float, least: float, most: float
    ) -> float:
        """A number from `least` to `most`; `default` where it is not given or no such value."""
        value = table.get(str(path[-1]), default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.flaw(path, f"`{path[-1]}` is a number from {least:g} to {most:g}.")
            return default
        return float(value)

    def languages(self, path: tuple[str, int], table: dict[str, Any]) -> frozenset[str]:
        """Primary language tags; empty for all."""
        given = table.get("languages", [])
        if not isinstance(given, list) or not all(isinstance(g, str) and _LANGUAGE.fullmatch(g) for g in given):
            self.flaw((*path, "languages"), '`languages` is a list of language codes, as ["en", "de"].')
            return frozenset()
        return frozenset(given)

    def where(self, path: tuple[str, int], table: dict[str, Any]) -> tuple[Where, ...]:
        """The fields to look in."""
        given = table.get("fields", list(WHERE))
        if not isinstance(given, list) or not given or not set(map(str, given)) <= set(WHERE):
            self.flaw((*path, "fields"), '`fields` is a list of "headline", "text" or both.')
            return WHERE
        return tuple(where for where in WHERE if where in given)
