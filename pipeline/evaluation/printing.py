"""Where the tables of `wire eval` are printed."""

from __future__ import annotations

from rich.console import Console

PIPE_WIDTH = 140
"""Columns where standard output is no terminal: rich would take 80 and cut figures off."""


def wide() -> Console:
    """A console on standard output."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, PIPE_WIDTH))
