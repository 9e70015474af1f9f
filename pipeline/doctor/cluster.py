"""Kafka: reachable, its version, how the connection is secured, the topics, the clock."""

from __future__ import annotations

from ipaddress import ip_address

from pipeline.broker.admin import TopicState, check_topics
from pipeline.broker.clients import BOOTSTRAP_SECONDS, admin, reach
from pipeline.doctor.check import Check, fault, hint, ok, skipped
from pipeline.doctor.clock import skew
from pipeline.errors import Unavailable, Usage
from pipeline.settings import Settings
from pipeline.topics import RAW

LEAST_VERSION = (2, 8)
"""Older brokers lack requests that the clients make; what is tested is 4.1."""
_SKEW_SECONDS = 2.0


def check(settings: Settings, bootstrap_seconds: float = BOOTSTRAP_SECONDS) -> list[Check]:
    """The lines on Kafka, in order. Where the broker is away the rest cannot be looked at."""
    try:
        server, seconds = reach(settings)
        with admin(settings, bootstrap_seconds) as client:
            cluster = client.describe_cluster()
            version = client._manager.broker_version  # the public API gives request versions only
    except (Unavailable, Usage) as e:
        found, remedy = _parted(e)
        why = [skipped(name, "not looked at without a broker") for name in ("security", "topics", "clock")]
        return [fault("broker", found, remedy or "Set WIRE_BROKER."), *why]
    brokers = [broker for broker in cluster["brokers"] if not broker.get("is_fenced")]
    number = ".".join(map(str, version))
    many = f"{len(brokers)} broker{'s' * (len(brokers) != 1)}"
    found = f"{server}, Kafka {number}, {many}, connected in {seconds * 1e3:.0f} ms"
    if version < LEAST_VERSION:
        broker = fault("broker", found, "Upgrade Kafka: 4.1 is what this is tested with.")
    elif len(brokers) < settings.replication:
        broker = fault("broker", found, f"WIRE_REPLICATION={settings.replication} needs as many brokers: set it lower.")
    else:
        broker = ok("broker", found)
    try:
        states = check_topics(settings)
    except Usage:
        why = [skipped("topics", "not looked at, for the desks' rules have flaws"), skipped("clock", "nor this")]
        return [broker, security(settings, server), *why]
    except Unavailable as e:
        return [
            broker,
            security(settings, server),
            fault("topics", *_parted(e)),
            skipped("clock", "not looked at without topics"),
        ]
    raw = next(state for state in states if state.spec is RAW)
    time = clock(settings) if raw.exists else skipped("clock", f"not looked at: it needs {raw.name}")
    return [broker, security(settings, server), topics(states), time]


def security(settings: Settings, server: str) -> Check:
    """How the connection is secured, which it is by now."""
    protocol = settings.security_protocol
    user = f" as {settings.sasl_username} ({settings.sasl_mechanism})" if protocol.startswith("SASL") else ""
    found = f"{protocol}{user}"
    if protocol.endswith("PLAINTEXT") and not _loopback(server):
        return hint(
            "security",
            f"{found} to {server}: whoever is on the way can read and change what passes",
            "Fine on a private network; else use SASL_SSL or SSL (WIRE_SECURITY_PROTOCOL).",
        )
    if protocol.endswith("SSL") and not settings.tls_check_hostname:
        return hint("security", f"{found}, host name not checked", "Drop WIRE_TLS_CHECK_HOSTNAME=false if you can.")
    return ok("security", found)


def topics(states: list[TopicState]) -> Check:
    """Whether all topics are there and as they should be."""
    missing = [state.name for state in states if not state.exists]
    different = [state for state in states if state.exists and state.differences]
    if missing:
        which = "none of them is there" if len(missing) == len(states) else f"missing: {', '.join(missing)}"
        return fault("topics", which, "`wire topics` creates them.")
    if different:
        some = "; ".join(f"{state.name}: {', '.join(map(str, state.differences))}" for state in different[:3])
        more = f"; and {len(different) - 3} more" if len(different) > 3 else ""
        return fault("topics", some + more, "`wire topics --check` shows what to do about each.")
    return ok("topics", f"all {len(states)} as they should be")


def clock(settings: Settings) -> Check:
    """This machine's clock beside the broker's: received times, and so latencies, mean little where they differ."""
    try:
        seconds = skew(settings, settings.topic(RAW))
    except Unavailable as e:
        return skipped("clock", f"could not be compared with the broker's: {_parted(e)[0]}")
    if abs(seconds) > _SKEW_SECONDS:
        direction = "ahead of" if seconds > 0 else "behind"
        return fault(
            "clock", f"{abs(seconds):.1f} s {direction} the broker's", "Set both by NTP: `timedatectl set-ntp true`."
        )
    return ok("clock", f"agrees with the broker's to {max(abs(seconds), 0.1):.1f} s")


def _loopback(server: str) -> bool:
    host = server.rpartition(":")[0].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parted(error: Exception) -> tuple[str, str]:
    """What was found and the remedy: the sentences of `pipeline.broker.clients` are built that way."""
    found, _, remedy = str(error).removeprefix("no Kafka: ").partition(": ")
    return found, remedy[:1].upper() + remedy[1:]
