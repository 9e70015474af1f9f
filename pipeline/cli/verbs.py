"""The verbs, in the order in which `wire --help` lists them. A new verb is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

VERBS: dict[str, str] = {
    "topics": "pipeline.cli.topics",
}


def load() -> Iterator[tuple[str, Callable[..., object]]]:
    """Each verb with the function `command` of its module, whose signature Typer reads."""
    for name, module in VERBS.items():
        yield name, import_module(module).command
