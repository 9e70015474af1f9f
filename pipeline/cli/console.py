"""Standard output for people and for machines, ending quietly where the reader (`head`, `less`) has enough."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from rich.console import Console

PIPE_WIDTH = 120
"""Columns where standard output is no terminal: rich would take 80."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        _to_nowhere()
        raise BrokenPipeError  # which `wire` takes for a normal end


def for_people() -> Console:
    """A console on standard output."""
    console = _Console()
    if not console.is_terminal:
        console.width = max(console.width, PIPE_WIDTH)
    return console


def write_lines(lines: Iterable[bytes]) -> None:
    """Lines to standard output, each at once. Raises BrokenPipeError, after which nothing more is written there."""
    out = sys.stdout.buffer
    try:
        for line in lines:
            out.write(line + b"\n")
            out.flush()
    except BrokenPipeError:
        _to_nowhere()
        raise BrokenPipeError from None  # one with an errno Typer would take for a failure


def _to_nowhere() -> None:
    """What is still in buffers must not fail again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
