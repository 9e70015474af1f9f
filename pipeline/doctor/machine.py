"""This machine: Python, Java, disk, file descriptors, the metrics port."""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import resource
import shutil
import socket
import sys
import urllib.error
import urllib.request
from importlib.util import find_spec

from pipeline.broker import jars, java
from pipeline.doctor.check import Check, fault, hint, ok
from pipeline.errors import Unavailable
from pipeline.settings import Settings

_FREE_LEAST = 500_000_000
_FREE_WISHED = 2_000_000_000
_DESCRIPTORS_LEAST = 1024


def python() -> Check:
    found = f"{platform.python_version()} at {sys.prefix}"
    if (3, 11) <= sys.version_info[:2] < (3, 14):
        return ok("python", found)
    return fault("python", found, "Install Python 3.11, 3.12 or 3.13, set WIRE_PYTHON to it and delete .venv.")


def embedded_kafka(settings: Settings) -> Check:
    """Java and the jars: only `wire demo`, `wire broker` and the tests need them, so their lack is no fault."""
    try:
        runtime = java.find()
    except Unavailable as e:
        return hint("java", "none of use (only the embedded Kafka needs it)", str(e))
    found = f"{runtime.version} from {runtime.origin}"
    if not all(jar.intact(settings.data_dir / "maven") for jar in jars.pinned()):
        if find_spec("jgo") is None:
            remedy = "`pip install jgo`, or leave it: only `wire demo`, `wire broker` and the tests use it."
            return hint("java", f"{found}; Kafka's jars are not here", remedy)
        size = sum(jar.size for jar in jars.pinned()) / 1e6
        return ok("java", f"{found}; Kafka {jars.KAFKA_VERSION} is fetched at its first start ({size:.0f} MB)")
    return ok("java", f"{found}; Kafka {jars.KAFKA_VERSION} is here")


def disk(settings: Settings) -> Check:
    """Room and permission in the data folder, or where it will be made."""
    folder = settings.data_dir
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return fault("disk", f"{folder} cannot be written", "Set WIRE_DATA_DIR to a folder of your own.")
    free = shutil.disk_usage(place).free
    found = f"{_size(free)} free for {folder}"
    if free < _FREE_LEAST:
        return fault(
            "disk", found, f"Make room ({_size(_FREE_LEAST)} at least), or set WIRE_DATA_DIR to a larger disk."
        )
    if free < _FREE_WISHED:
        return hint("disk", found, "A busy week of raw stories takes more; keep an eye on it.")
    return ok("disk", found)


def descriptors() -> Check:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = f"{_limit(soft)} open files allowed"
    if soft != resource.RLIM_INFINITY and soft < _DESCRIPTORS_LEAST:
        if hard != resource.RLIM_INFINITY and hard < _DESCRIPTORS_LEAST:
            return fault("files", found, f"The hard limit is {hard}: raise it in /etc/security/limits.conf.")
        return fault("files", found, "`ulimit -n 4096` in this shell, or LimitNOFILE= in the service.")
    return ok("files", found)


def metrics_port(settings: Settings) -> Check:
    host, port = settings.metrics_host, settings.metrics_port
    where = f"{host}:{port}"
    if port == 0:
        return ok("metrics", f"any free port on {host}")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as e:
        if e.errno == errno.EADDRINUSE:
            if _is_ours(host, port):
                return ok("metrics", f"a worker serves them at http://{where}/metrics")
            return fault(
                "metrics", f"{where} is taken", "Set WIRE_METRICS_PORT to a free port, or to 0 for any free one."
            )
        return fault("metrics", f"{where} cannot be served ({e.strerror or e})", "Set WIRE_METRICS_HOST or its port.")
    return ok("metrics", f"{where} is free")


def _is_ours(host: str, port: int) -> bool:
    at = "127.0.0.1" if host in ("", "0.0.0.0") else f"[{host}]" if ":" in host else host
    with contextlib.suppress(OSError, urllib.error.URLError, ValueError):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{at}:{port}/metrics", timeout=2) as answer:
            return b"\nwire_" in answer.read()
    return False


def _limit(count: int) -> str:
    return "unlimited" if count == resource.RLIM_INFINITY else str(count)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
