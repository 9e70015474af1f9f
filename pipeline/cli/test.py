"""`wire test` and `wire check`: the project's tests, and what reads the code without running it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import Unavailable

ROOT = Path(__file__).resolve().parents[2]


def command(
    arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to pytest: paths, -k, -x …")] = None,
    slow: Annotated[bool, typer.Option("--slow", help="Also the slow suites: long chaos runs, fuzzing.")] = False,
    docker: Annotated[bool, typer.Option("--docker", help="Also the suites that need a Docker engine.")] = False,
) -> int:
    """Run the tests (a real Kafka is started for those that need one)."""
    _source_tree()
    unwanted = [marker for marker, wanted in (("slow", slow), ("docker", docker)) if not wanted]
    selection = ["-m", " and ".join(f"not {marker}" for marker in unwanted)] if unwanted else []
    return subprocess.call([sys.executable, "-m", "pytest", *selection, *(arguments or [])], cwd=ROOT)


def check() -> int:
    """Lint, formatting and types."""
    _source_tree()
    status = 0
    for tool in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
        print(f"· {' '.join(tool)}", flush=True)
        status |= subprocess.call([sys.executable, "-m", *tool], cwd=ROOT)
    return 1 if status else 0


def _source_tree() -> None:
    if not (ROOT / "tests").is_dir():
        raise Unavailable("the tests are in the source tree only; clone the repository and run ./wire test there.")
