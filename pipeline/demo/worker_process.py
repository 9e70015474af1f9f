"""A worker as a child process: started, waited for, watched and stopped. The demo and the tests use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from pipeline.errors import Unavailable
from pipeline.settings import Settings

_ADDRESS = "metrics at "


class WorkerProcess:
    """`wire worker` in a process of its own, whose output goes to a log file."""

    def __init__(self, settings: Settings, log: Path, stages: str = "", env: Mapping[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "pipeline", "worker", "--metrics-port", "0", "--stop-with-parent"]
        if stages:
            command += ["--stages", stages]
        self.log = log
        with log.open("ab") as out:
            self._log_start = out.tell()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **environment(settings), **(env or {})},
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the worker in order
            )
        self.address = ""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.poll()

    def wait_ready(self, timeout_seconds: float = 60.0) -> None:
        """Return when `/ready` says so. Raises Unavailable with the end of the log when the worker ends first."""
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            if self.returncode is not None:
                raise Unavailable(f"the worker ended with status {self.returncode}: {self.tail()}")
            if self.probe("/ready"):
                return
            time.sleep(0.1)
        raise Unavailable(
            f"the worker was not ready within {timeout_seconds:.0f} s; its log is {self.log}: {self.tail()}"
        )

    def probe(self, path: str) -> bool:
        """Whether the worker answers `path` with 200."""
        return self._get(path) is not None

    def samples(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """Every sample of `/metrics` now: name, labels, value. Nothing while the worker does not answer."""
        text = self._get("/metrics")
        for family in text_string_to_metric_families(text or ""):
            for sample in family.samples:
                yield sample.name, sample.labels, sample.value

    def stop(self, timeout_seconds: float = 30.0) -> int:
        """SIGTERM, then SIGKILL after the timeout. Returns the exit status."""
        if self.returncode is None:
            self._process.terminate()
            try:
                self._process.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.wait()

    def kill(self) -> None:
        """SIGKILL, as a machine that dies."""
        if self.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _get(self, path: str) -> str | None:
        if not self.address:
            for line in self._output().splitlines():
                _, found, rest = line.partition(_ADDRESS)
                if found and rest.endswith("/metrics"):
                    self.address = rest.removesuffix("/metrics")
        if not self.address:
            return None
        try:
            with urllib.request.urlopen(self.address + path, timeout=2) as answer:
                return str(answer.read(), "utf-8")
        except (urllib.error.URLError, OSError):
            return None

    def _output(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode("utf-8", "replace")

    def tail(self) -> str:
        """The last lines of its log."""
        lines = [line for line in self._output().splitlines() if line.strip()]
        return " | ".join(lines[-3:]) or "it said nothing"


def environment(settings: Settings) -> dict[str, str]:
    """The settings that differ from their defaults, as `WIRE_…` variables for a child process."""
    found = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if value is not None:
            secret = getattr(value, "get_secret_value", None)
            found[f"WIRE_{name.upper()}"] = str(secret() if secret else value)
    return found
