"""`/metrics`, `/live` and `/ready` on a small HTTP server of our own, in a thread, loopback unless told otherwise.

Live: offsets move while there is lag, so that a supervisor restarts a worker that hangs. Ready: the worker has its
partitions and dedup its memory, so that it takes part in the work.
"""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST

from pipeline.errors import Unavailable

Probe = Callable[[], tuple[bool, str]]
"""Gives whether it holds, and one line that says why or why not."""


class Exposition(Protocol):
    """The worker's metrics, or the exporter's."""

    def text(self) -> bytes: ...


class HealthServer:
    """Serves until `close`. `port` 0 takes a free one; `address` says which. Raises Unavailable when it is taken."""

    def __init__(self, host: str, port: int, metrics: Exposition, live: Probe, ready: Probe) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                match self.path.split("?", 1)[0]:
                    case "/metrics":
                        self._answer(200, metrics.text(), CONTENT_TYPE_LATEST)
                    case "/live":
                        self._probe(live)
                    case "/ready":
                        self._probe(ready)
                    case _:
                        self._answer(404, b"/metrics, /live or /ready\n")

            def _probe(self, probe: Probe) -> None:
                holds, why = probe()
                self._answer(200 if holds else 503, why.encode() + b"\n")

            def _answer(self, status: int, body: bytes, content_type: str = "text/plain; charset=utf-8") -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Probes come every few seconds; a log line for each would drown the rest."""

        try:
            self._server = ThreadingHTTPServer((host, port), Handler)
        except OSError as e:
            raise Unavailable(
                f"cannot serve metrics on {host}:{port} ({e.strerror}); choose another with --metrics-port."
            ) from e
        self._server.daemon_threads = True
        self.host, self.port = host, self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, name="health", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
