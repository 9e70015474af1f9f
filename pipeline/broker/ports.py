"""Free ports on loopback, and whether something listens."""

from __future__ import annotations

import contextlib
import errno
import random
import socket

from pipeline.broker.configuration import HOST
from pipeline.errors import Unavailable

_RANGE = range(20_000, 32_768)
"""Below the ports that kernels give to outgoing connections: a client that calls a broker that is down could else be
given the broker's own port, connect to itself, and keep the broker from coming back."""


def require_free(port: int) -> None:
    """Raises Unavailable, with the remedy, where the port cannot be bound."""
    try:
        _bind(port).close()
    except OSError as e:
        if e.errno == errno.EACCES:
            raise Unavailable(f"Port {port} may not be used by this user: choose one above 1023.") from e
        raise Unavailable(
            f"Port {port} on {HOST} is taken: stop what listens there, or choose another port (0: any free one)."
        ) from e


def free_ports(count: int) -> list[int]:
    """Different ports that were free a moment ago."""
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        for port in random.sample(_RANGE, len(_RANGE)):
            if len(ports) == count:
                break
            with contextlib.suppress(OSError):
                held.enter_context(_bind(port))
                ports.append(port)
        return ports


def listens(port: int) -> bool:
    """Whether something takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def _bind(port: int) -> socket.socket:
    probe = socket.socket()
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does: TIME_WAIT is no obstacle
        probe.bind((HOST, port))
    except BaseException:
        probe.close()
        raise
    return probe
