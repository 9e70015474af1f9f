"""The compose files under test: a project of its own on free ports, taken down with its volumes at the end."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.settings import Settings
from tests.deploy.expressions import DEPLOY
from tests.deploy.prometheus import free_port

IMAGE = "wire-pipeline:test"
UP_SECONDS = 120
"""What issue and documentation promise: everything healthy within two minutes."""


def require_engine() -> None:
    """Skip the test where there is no engine, no compose plugin, or an image that is neither there nor to be had."""
    if shutil.which("docker") is None:
        pytest.skip("needs a Docker engine: there is no docker command")
    for command in (["docker", "version"], ["docker", "compose", "version"]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"needs a Docker engine with compose: {' '.join(command)} says {done.stderr.strip()}")
    for name in base_images():
        if subprocess.run(["docker", "image", "inspect", name], capture_output=True).returncode:
            _pull(name)


def _pull(image: str) -> None:
    """Fetch it, or skip the test."""
    try:
        done = subprocess.run(["docker", "pull", "-q", image], capture_output=True, text=True, timeout=180)
    except subprocess.TimeoutExpired:
        pytest.skip(f"needs the image {image}; the registry does not answer")
    if done.returncode:
        pytest.skip(f"needs the image {image}, which cannot be pulled: {done.stderr.strip()}")


def base_images() -> list[str]:
    """What the compose file runs and the Dockerfile builds on, but for our own image."""
    compose, dockerfile = (DEPLOY / "compose.yaml").read_text(), (DEPLOY / "Dockerfile").read_text()
    images = re.findall(r"^    image: ([\w./-]+:[\w.-]+)$", compose, re.MULTILINE)
    return [*images, *re.findall(r"^ARG PYTHON=(\S+)$", dockerfile, re.MULTILINE)]


class Stack:
    """One compose project. Every call raises AssertionError with compose's words when it fails."""

    def __init__(self, name: str, files: Sequence[Path] = (), **environment: str) -> None:
        self.name = name
        self._files = [DEPLOY / "compose.yaml", *files]
        ports = {what: str(free_port()) for what in ("KAFKA", "KAFKA_2", "KAFKA_3", "PROMETHEUS", "GRAFANA")}
        self._environment = {
            **os.environ,
            "WIRE_IMAGE": IMAGE,
            **{f"WIRE_{what}_PORT": port for what, port in ports.items()},
            **environment,
        }
        self.settings = Settings(broker=f"127.0.0.1:{ports['KAFKA']}")
        self.prometheus = f"http://127.0.0.1:{ports['PROMETHEUS']}"
        self.grafana = f"http://127.0.0.1:{ports['GRAFANA']}"

    def compose(self, *arguments: str, timeout: float = 300) -> str:
        """`docker compose ARGUMENTS`; returns its standard output."""
        files = [part for file in self._files for part in ("-f", str(file))]
        done = subprocess.run(
            ["docker", "compose", "-p", self.name, *files, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=self._environment,
        )
        assert done.returncode == 0, f"compose {' '.join(arguments)}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def up(self, *arguments: str) -> float:
        """Start everything and wait until all is healthy. Returns how many seconds that took."""
        started = time.monotonic()
        try:
            self.compose("up", "-d", "--wait", *arguments)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.logs()}") from e
        return time.monotonic() - started

    def remove(self) -> None:
        """Down with its volumes: nothing of it stays."""
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5")

    def logs(self, *services: str) -> str:
        return self.compose("logs", "--no-color", "--tail", "30", *services)

    def containers(self, service: str) -> list[dict[str, Any]]:
        """What `docker inspect` says of the service's containers, running or not."""
        ids = self.compose("ps", "-aq", service).split()
        if not ids:
            return []
        answer = subprocess.run(["docker", "inspect", *ids], capture_output=True, text=True, check=True)
        found: list[dict[str, Any]] = json.loads(answer.stdout)
        return found

    def running(self, service: str) -> list[str]:
        """Ids of its containers that are up and healthy."""
        return [
            c["Id"]
            for c in self.containers(service)
            if c["State"]["Running"] and c["State"].get("Health", {"Status": "healthy"})["Status"] == "healthy"
        ]

    def replay(self, folder: Path, *options: str, wait: bool = True) -> subprocess.Popen[str]:
        """`wire replay` of a folder, in a container of the replayer's."""
        process = subprocess.Popen(
            [
                *("docker", "compose", "-p", self.name),
                *(part for file in self._files for part in ("-f", str(file))),
                *("run", "--rm", "-T", "replayer", "replay", "/feed", *options),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**self._environment, "WIRE_REPLAY_PATH": str(folder)},
        )
        if wait:
            output, _ = process.communicate(timeout=300)
            assert process.returncode == 0, output
        return process

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples that the stack's Prometheus has now."""
        url = f"{self.prometheus}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return result


def docker(*arguments: str) -> str:
    """A plain docker command's output."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def kill_process(container: dict[str, Any]) -> bool:
    """SIGKILL to the container's program from outside, as by a machine short of memory: its restart policy applies.

    `docker kill` would count as stopping by hand. Returns False where the program is not ours to reach (the engine runs
    elsewhere, or we are not root).
    """
    try:
        os.kill(container["State"]["Pid"], 9)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def wait_until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Return when the condition holds. Raises AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)
