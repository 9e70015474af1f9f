"""Kafka's jars: pinned by checksum in `kafka-jars.txt`, fetched from Maven Central once, checked before every use.

The list is what jgo resolves for `KAFKA`, and `LOG_PROVIDER`; pinning it saves reading some 80 POMs on first use and
makes the embedded broker as reproducible as the Python side's lock file. `python -m pipeline.broker.jars` resolves
and pins anew after a change of version here.
"""

from __future__ import annotations

import fcntl
import hashlib
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipeline.errors import Unavailable

KAFKA_VERSION = "4.1.0"
KAFKA = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}"
LOG_PROVIDER = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"
"""Without an SLF4J provider Kafka's log is silent. Of the same release as the log4j-core that Kafka brings; all it
depends on comes with Kafka, and to resolve both together would change the versions that Kafka was released with."""

_HTTP_TIMEOUT_SECONDS = 30
_DOWNLOADS_AT_ONCE = 6

Fetched = Callable[[int, int], None]
"""Called with the bytes fetched so far and the bytes there are in all."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned file of Maven Central."""

    coordinate: str
    """group:artifact:version"""
    size: int
    """Bytes."""
    sha256: str

    def path(self, repository: Path) -> Path:
        """Where it lies in a local Maven repository."""
        group, artifact, version = self.coordinate.split(":")
        return repository.joinpath(*group.split("."), artifact, version, f"{artifact}-{version}.jar")

    def intact(self, repository: Path) -> bool:
        """Whether the file is there, whole and unaltered."""
        try:
            data = self.path(repository).read_bytes()
        except OSError:
            return False
        return len(data) == self.size and hashlib.sha256(data).hexdigest() == self.sha256


def pinned() -> list[Jar]:
    """The jars that the embedded broker runs on."""
    text = files("pipeline.broker").joinpath("kafka-jars.txt").read_text("ascii")
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return [Jar(coordinate, int(size), sha256) for coordinate, size, sha256 in rows]


def class_path(cache_dir: Path, fetched: Fetched = lambda done, total: None) -> list[Path]:
    """The jars in a local Maven repository under `cache_dir`, fetched where they are missing or damaged.

    Raises Unavailable where that fails; what was fetched by then is kept.
    """
    repository = cache_dir / "maven"
    jars = pinned()
    if not all(jar.intact(repository) for jar in jars):
        with _alone(cache_dir):
            missing = [jar for jar in jars if not jar.intact(repository)]
            if missing:
                _fetch(missing, repository, fetched)
    return [jar.path(repository) for jar in jars]


def _fetch(jars: list[Jar], repository: Path, fetched: Fetched) -> None:
    import requests
    from jgo.maven import PythonResolver

    total = sum(jar.size for jar in jars)
    done = 0
    lock = threading.Lock()

    def count(size: int) -> None:
        nonlocal done
        with lock:
            done += size
            fetched(done, total)

    @contextmanager
    def progress(name: str, size: int) -> Iterator[Callable[[int], None]]:
        yield count

    def get(jar: Jar) -> None:
        jar.path(repository).unlink(missing_ok=True)  # damaged, or cut short; jgo would take it as it is
        try:
            _artifact(jar.coordinate, _maven(repository, PythonResolver(progress_callback=progress))).resolve()
        except (requests.RequestException, RuntimeError, OSError) as e:
            jar.path(repository).unlink(missing_ok=True)
            raise Unavailable(_refusal(jar, repository, e)) from e
        if not jar.intact(repository):
            jar.path(repository).unlink(missing_ok=True)
            raise Unavailable(
                f"{jar.coordinate} came with a wrong checksum, so it was thrown away; try again, and if it comes again "
                "ask who runs the proxy or mirror between here and Maven Central."
            )

    fetched(0, total)
    pool = ThreadPoolExecutor(_DOWNLOADS_AT_ONCE, thread_name_prefix="fetch")
    try:
        for future in as_completed([pool.submit(get, jar) for jar in jars]):
            future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _refusal(jar: Jar, repository: Path, error: Exception) -> str:
    import requests

    if isinstance(error, requests.RequestException):
        return (
            f"Kafka could not be fetched from Maven Central ({type(error).__name__} at {jar.coordinate}): check the "
            "network (HTTPS_PROXY is respected), or name a mirror under [repositories] in ~/.config/jgo.conf, "
            "and run the same command again; what is fetched already is kept."
        )
    if isinstance(error, OSError):
        return f"Kafka could not be kept in {repository}: {error.strerror or error}; make room or set WIRE_DATA_DIR."
    return f"Maven Central did not give {jar.coordinate}: {error}"


def _maven(repository: Path, resolver: Any = None) -> Any:
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    # a mirror that the user configured comes first; checksums make it no matter of trust
    remotes = {**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL}
    return MavenContext(resolver, repo_cache=repository, remote_repos=remotes, timeout=_HTTP_TIMEOUT_SECONDS)


def _artifact(coordinate: str, maven: Any) -> Any:
    group, artifact, version = coordinate.split(":")
    return maven.project(group, artifact).at_version(version).artifact()


@contextmanager
def _alone(cache_dir: Path) -> Iterator[None]:
    """One process fetches at a time; the others wait, then find everything there."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    with (cache_dir / "fetching.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def pin(repository: Path) -> str:
    """Resolve Kafka with jgo, fetch every jar into `repository`, and return the text of `kafka-jars.txt`."""
    maven = _maven(repository)
    inputs, others = maven.resolver.resolve([maven.create_dependency(KAFKA)])
    rows = set()
    for artifact in (*(d.artifact for d in (*inputs, *others)), _artifact(LOG_PROVIDER, maven)):
        data = artifact.resolve().read_bytes()
        coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
        rows.add(f"{coordinate} {len(data)} {hashlib.sha256(data).hexdigest()}")
    head = "# Made by `python -m pipeline.broker.jars`: coordinate, bytes, SHA-256\n"
    return head + "".join(f"{row}\n" for row in sorted(rows))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        Path(__file__).with_name("kafka-jars.txt").write_text(pin(Path(folder)), "ascii")
    print(f"{len(pinned())} jars pinned", file=sys.stderr)
