"""A real single-node Kafka (KRaft) on this machine, for the demo, the tests, and whoever has no cluster at hand."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.broker import configuration, datalock, jars, java, ports
from pipeline.broker.clients import serves
from pipeline.broker.configuration import HOST
from pipeline.errors import Unavailable

Progress = Callable[[str], None]
"""Called with what is going on, for people: once a megabyte while something is fetched."""

_PORT_ATTEMPTS = 5
_POLL_SECONDS = 0.05


class EmbeddedKafka:
    """Kafka on loopback, as a context manager or through `start` and `stop`.

    The data in `data_dir` outlives it; `start` after `stop` or `kill` serves the same data on the same port. The Java
    process ends with this one, however this one ends. Not to be shared between threads.
    """

    def __init__(
        self,
        data_dir: Path,
        cache_dir: Path,
        port: int = 0,
        heap_mb: int = 512,
        *,
        properties: Mapping[str, str] | None = None,
        listeners: Mapping[str, str] | None = None,
        progress: Progress = lambda text: None,
        start_timeout_seconds: float = 90.0,
        stop_grace_seconds: float = 20.0,
    ) -> None:
        """`port` 0 takes a free one. `cache_dir` holds the downloads, shared by all.

        `properties` are added to `server.properties` and win. `listeners` are further ones by name with their security
        protocol, such as `{"SECURE": "SASL_SSL"}`, each on a free port (`address`); the plain one stays.
        """
        self.data_dir = data_dir.expanduser().resolve()
        self.cache_dir = cache_dir.expanduser().resolve()
        self.port = port
        self.heap_mb = heap_mb
        self.properties = dict(properties or {})
        self.listeners = dict(listeners or {})
        self.listener_ports: dict[str, int] = {}
        self._progress = progress
        self._start_timeout = start_timeout_seconds
        self._stop_grace = stop_grace_seconds
        self._guard: subprocess.Popen[str] | None = None
        self._java_pid: int | None = None
        self._serving = False
        self._said = ""
        self._log_start = 0

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"{HOST}:{self.port}"

    def address(self, listener: str) -> str:
        """`host:port` of one of the further listeners."""
        return f"{HOST}:{self.listener_ports[listener]}"

    @property
    def pid(self) -> int | None:
        """The process id of the Java that runs it; None while it does not run."""
        return self._java_pid if self.running else None

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._guard is not None and self._guard.poll() is None

    @property
    def log_path(self) -> Path:
        """Kafka's own log."""
        return self.data_dir / "kafka.log"

    @property
    def output_path(self) -> Path:
        """What Java printed: warnings, and the reason where it did not even start."""
        return self.data_dir / "java.out"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Fetch what is missing, start, and return once clients are served.

        Raises Unavailable: no network, no Java, port or data in use, no room, or the broker died (with its last words).
        """
        if self.running:
            return self
        runtime = java.find()
        class_path = jars.class_path(self.cache_dir, self._fetched)
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            with datalock.locked(self.data_dir, self._waiting) as lock:
                self._start(runtime, class_path, lock)
        except OSError as e:
            raise Unavailable(f"The embedded Kafka cannot use {self.data_dir}: {e.strerror or e}.") from e
        return self

    def _fetched(self, done: int, total: int) -> None:
        text = f"fetching Kafka {jars.KAFKA_VERSION} (once): {done / 1e6:.0f} of {total / 1e6:.0f} MB …"
        if text != self._said:  # not for every 8 KB
            self._said = text
            self._progress(text)

    def _waiting(self) -> None:
        self._progress("waiting for an earlier Kafka on the same data to end …")

    def _start(self, runtime: java.Java, class_path: list[Path], lock: int) -> None:
        chosen = self.port != 0
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            if chosen:
                ports.require_free(self.port)
            controller, first, *others = ports.free_ports(2 + len(self.listeners))
            if not chosen:
                self.port = first
                self.listener_ports = {}
            if not self.listener_ports:
                self.listener_ports = dict(zip(self.listeners, others, strict=True))
            command = self._command(runtime, class_path, controller)
            self._format(command)
            self._progress("starting Kafka …")
            self._serving = False
            try:
                self._launch([*command, "kafka.Kafka", str(self._config_path)], lock)
                self._await_service()
            except _PortTaken as e:  # somebody took it between our look and Kafka's
                if attempt == _PORT_ATTEMPTS:
                    raise Unavailable(str(e)) from e
            finally:
                if not self._serving:
                    self.kill()
            if self._serving:
                atexit.register(self.stop)
                return

    @property
    def _config_path(self) -> Path:
        return self.data_dir / "server.properties"

    def _command(self, runtime: java.Java, class_path: list[Path], controller_port: int) -> list[str]:
        """Write the configuration and return the command up to the class to run."""
        listeners = {name: (protocol, self.listener_ports[name]) for name, protocol in self.listeners.items()}
        text = configuration.properties(self.data_dir, self.port, controller_port, listeners, self.properties)
        self._config_path.write_text(text, "ascii")
        log4j2 = self.data_dir / "log4j2.properties"
        log4j2.write_bytes(files("pipeline.broker").joinpath("log4j2.properties").read_bytes())
        flags = configuration.jvm_flags(self.heap_mb, runtime.version, self.data_dir, log4j2)
        return [str(runtime.path), *flags, "-cp", os.pathsep.join(map(str, class_path))]

    def _format(self, command: list[str]) -> None:
        """Give the data its cluster id, once."""
        if (self.data_dir / "log" / "meta.properties").exists():
            return
        self._progress("preparing Kafka's data folder …")
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if cluster.startswith("-"):
            cluster = f"A{cluster[1:]}"  # else it reads as an option
        with self.output_path.open("w") as output:
            status = subprocess.run(
                [*command, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._config_path)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, timeout=60, check=False,
            ).returncode  # fmt: skip
        if status:
            raise Unavailable(self._obituary(f"Kafka could not prepare its data folder (exit status {status})"))

    def _launch(self, command: list[str], lock: int) -> None:
        guard = files("pipeline.broker").joinpath("guard.py")
        self._log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        with self.output_path.open("w") as output:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", str(guard), str(self._stop_grace), *command],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True,
                start_new_session=True, pass_fds=[lock],
            )  # fmt: skip
        assert self._guard.stdout is not None
        pid = self._guard.stdout.readline()
        self._guard.stdout.close()
        if not pid.strip().isdigit():
            raise Unavailable(self._obituary(f"{command[0]} could not be run"))
        self._java_pid = int(pid)

    def _await_service(self) -> None:
        deadline = time.monotonic() + self._start_timeout
        while not (ports.listens(self.port) and serves(self.bootstrap)):
            if not self.running:
                raise self._died()
            if time.monotonic() > deadline:
                raise Unavailable(
                    self._obituary(f"The embedded Kafka did not answer within {self._start_timeout:.0f} s")
                )
            time.sleep(_POLL_SECONDS)
        self._serving = True

    def stop(self) -> None:
        """Stop in an orderly way; after the grace it is killed. Does nothing where it does not run."""
        atexit.unregister(self.stop)
        guard, self._guard, self._java_pid = self._guard, None, None
        if guard is None:
            return
        assert guard.stdin is not None
        guard.stdin.close()  # what the guard waits for
        try:
            guard.wait(self._stop_grace + 5)
        except subprocess.TimeoutExpired:
            guard.kill()  # the kernel then kills Java, on Linux
            guard.wait()

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL), and return once it is gone. `start` brings it back."""
        if self.running and self._java_pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._java_pid, signal.SIGKILL)
        self.stop()

    def wait(self) -> None:
        """Block while it runs. Raises Unavailable, with its last words, when it ends by itself."""
        guard = self._guard
        if guard is not None:
            status = guard.wait()
            raise Unavailable(self._obituary(f"The embedded Kafka has ended (exit status {status})"))

    def erase(self) -> None:
        """Delete the data and the logs in `data_dir`, and nothing else in there. Raises Unavailable while in use."""
        if not self.data_dir.exists():
            return
        try:
            with datalock.locked(self.data_dir, self._waiting):
                if (self.data_dir / "log" / "meta.properties").exists():
                    shutil.rmtree(self.data_dir / "log")
                for pattern in ("kafka.log*", "java.out", "java-crash-*.log", "server.properties", "log4j2.properties"):
                    for path in self.data_dir.glob(pattern):
                        path.unlink()
        except OSError as e:
            raise Unavailable(f"The data in {self.data_dir} cannot be deleted: {e.strerror or e}.") from e

    def _died(self) -> Exception:
        words = self._last_words(400)
        if "BindException" in words or "Address already in use" in words:
            return _PortTaken(self._obituary(f"Kafka found its port {self.port} taken"))
        status = self._guard.returncode if self._guard else "unknown"
        return Unavailable(self._obituary(f"The embedded Kafka ended while it started (exit status {status})"))

    def _obituary(self, what: str) -> str:
        words = self._last_words(8)
        logs = self.log_path if self.log_path.exists() else self.output_path
        return f"{what}. Its log is {logs}; the end of it:\n{words}" if words else f"{what}; it left no log."

    def _last_words(self, lines: int) -> str:
        """The end of what Kafka logged and Java printed since the launch, stack traces left out."""
        words: list[str] = []
        for path, start in ((self.log_path, self._log_start), (self.output_path, 0)):
            with contextlib.suppress(OSError):
                data = path.read_bytes()
                text = data[start if start <= len(data) else 0 :].decode("utf-8", "replace").splitlines()
                words += [line for line in text if line.strip() and not line.startswith(("\tat ", "\t..."))][-lines:]
        return "\n".join(words)


class _PortTaken(Exception):
    """Another process was faster."""
