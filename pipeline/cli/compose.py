"""Docker compose on our own file: what must be there before it is called, and the call."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import Unavailable

FILE = Path(__file__).resolve().parents[2] / "deploy" / "compose.yaml"

PORTS = {"kafka": ("KAFKA", 9092), "prometheus": ("PROMETHEUS", 9090), "grafana": ("GRAFANA", 3000)}
"""Service to its port on this machine: `WIRE_<name>_PORT`, and the port unless that is set."""

ROOM_BYTES = 3 << 30
"""Images, their build, and Kafka's first segments: without it a build or a broker ends half-way."""


def compose(*arguments: str, environment: Mapping[str, str] | None = None) -> int:
    """Run `docker compose` on our file, its output passed through. Returns its status; raises as `require_docker`."""
    require_docker()
    return subprocess.call(
        ["docker", "compose", "-f", str(FILE), *arguments], env={**os.environ, **(environment or {})}
    )


def require_docker() -> None:
    """Raises Unavailable where there is no source tree, no docker, no engine or no compose."""
    if not FILE.is_file():
        raise Unavailable(
            "the compose files are in the source tree only; clone the repository and run ./wire up there."
        )
    if shutil.which("docker") is None:
        raise Unavailable("there is no docker command; install Docker with the compose plugin, or use `wire demo`.")
    for command, remedy in (
        (["docker", "compose", "version"], "install the compose plugin (version 2.24 or newer)"),
        (["docker", "version"], "start the Docker engine, or ask for the right to use it"),
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise Unavailable(f"`{' '.join(command)}` fails; {remedy}. It says: {' '.join(said)}")


def port_of(service: str, environment: Mapping[str, str] = os.environ) -> int:
    """The service's port on this machine. Raises Unavailable for a setting that is no port."""
    name, default = PORTS[service]
    value = environment.get(f"WIRE_{name}_PORT") or str(default)
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise Unavailable(f"WIRE_{name}_PORT={value} is no port; set it to a number from 1 to 65535, or unset it.")
    return int(value)


def require_ports() -> None:
    """Raises Unavailable for a port that another program holds; what our own containers hold is theirs."""
    running = _ask("compose", "-f", str(FILE), "ps", "--services", "--status", "running").split()
    for service in PORTS:
        port = port_of(service)
        if service not in running and _taken(port):
            raise Unavailable(
                f"port {port}, which {service.capitalize()} is to have, is taken by another program; stop that, or set "
                f"WIRE_{PORTS[service][0]}_PORT to a free one."
            )


def require_room() -> None:
    """Raises Unavailable where Docker's disk is nearly full. An engine elsewhere is not looked into."""
    folder = Path(_ask("info", "--format", "{{.DockerRootDir}}").strip() or "/nonexistent")
    if folder.is_dir() and (free := shutil.disk_usage(folder).free) < ROOM_BYTES:
        raise Unavailable(
            f"{free / 1e9:.1f} GB are free in {folder}, where Docker keeps images and volumes, and "
            f"{ROOM_BYTES / 1e9:.1f} GB are needed; `docker system df` shows what takes the room."
        )


def _ask(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True).stdout


def _taken(port: int) -> bool:
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except PermissionError:  # a port below 1024 is the engine's business
            return False
        except OSError:
            return True
        return False
