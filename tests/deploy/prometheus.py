"""Debian's Prometheus, or any on the PATH, for tests: promtool, and a server that scrapes what it is told to."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

WANTED = "needs {}: install Debian's package `prometheus`, or put Prometheus' release on the PATH"


def program(name: str) -> str:
    """Path of `prometheus` or `promtool`; skips the test where there is none."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(WANTED.format(name))
    return found


def promtool(*arguments: str | Path, folder: Path | None = None) -> str:
    """Its output. Fails the test with it when promtool finds fault."""
    done = subprocess.run(
        [program("promtool"), *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=60
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


class Prometheus:
    """A server in a folder of its own; ask it with `query` and `query_range`."""

    def __init__(self, config: Path, folder: Path, port: int) -> None:
        self.port = port
        self._log = (folder / "prometheus.log").open("wb")
        self._process = subprocess.Popen(
            [
                program("prometheus"),
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--log.level=warn",
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "Prometheus has ended; see its log"
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=2).close()
                return
            time.sleep(0.1)
        raise AssertionError("Prometheus was not ready within 30 s")

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples now: `metric` and `value`. Raises AssertionError with Prometheus' words for a bad expression."""
        return self._ask("query", query=expression)

    def query_range(self, expression: str, seconds: float, step: float = 1.0) -> list[dict[str, Any]]:
        """The series of the last so many seconds: `metric` and `values`."""
        now = time.time()
        return self._ask("query_range", query=expression, start=str(now - seconds), end=str(now), step=str(step))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

    def _ask(self, what: str, **parameters: str) -> list[dict[str, Any]]:
        url = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
                return result
        except urllib.error.HTTPError as e:
            raise AssertionError(f"{parameters['query']}: {e.read().decode()}") from e


@contextlib.contextmanager
def running(config: Path, folder: Path, port: int) -> Iterator[Prometheus]:
    server = Prometheus(config, folder, port)
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port
