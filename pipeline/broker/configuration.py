"""What the embedded broker is told: Kafka's properties and the Java virtual machine's flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

HOST = "127.0.0.1"
"""Loopback only: there is no password on it."""

MESSAGE_MAX_BYTES = 17 * 1024 * 1024
"""A little over the largest record of `pipeline.topics`, for its headers and the batch around it."""


def properties(
    data_dir: Path,
    port: int,
    controller_port: int,
    listeners: Mapping[str, tuple[str, int]],
    extra: Mapping[str, str],
) -> str:
    """The text of `server.properties` for a single node that is broker and controller.

    `listeners`: name to (security protocol, port), besides the plain one on `port`; `extra` has the last word.
    """
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        **_listeners(port, controller_port, listeners),
        "log.dir": str(data_dir / "log"),  # log.dirs would split a path at its commas
        # topics are made from pipeline/topics.py, never by a typing error
        "auto.create.topics.enable": "false",
        "default.replication.factor": "1",
        "num.partitions": "1",
        "min.insync.replicas": "1",
        "message.max.bytes": str(MESSAGE_MAX_BYTES),
        "replica.fetch.max.bytes": str(MESSAGE_MAX_BYTES),
        "log.retention.check.interval.ms": "60000",
        # the internal topics: by default three replicas, which a single node can never have, and 50 partitions
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        # a killed broker may come back only when its old registration has run out: 9 s by default
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "1000",
        # small: one user's machine, not a rack's
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
        "log.index.size.max.bytes": str(2 * 1024 * 1024),
        **extra,
    }
    return "".join(f"{name}={_escaped(value)}\n" for name, value in settings.items())


def _listeners(port: int, controller_port: int, extra: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    broker = {"PLAINTEXT": ("PLAINTEXT", port), **extra}
    every = {**broker, "CONTROLLER": ("PLAINTEXT", controller_port)}
    return {
        "listeners": ",".join(f"{name}://{HOST}:{at}" for name, (_, at) in every.items()),
        "advertised.listeners": ",".join(f"{name}://{HOST}:{at}" for name, (_, at) in broker.items()),
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, (protocol, _) in every.items()),
    }


def _escaped(value: str) -> str:
    """As java.util.Properties reads it back."""
    text = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    text = "".join(c if " " <= c <= "~" else _unicode(c) for c in text)
    return f"\\{text}" if text.startswith(" ") else text


def _unicode(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def jvm_flags(heap_mb: int, java_version: int, data_dir: Path, log4j2: Path) -> list[str]:
    """Flags for a broker that starts soon and stays small: 4.3 s and 326 MB with half a gigabyte of heap, measured."""
    flags = [
        f"-Xmx{heap_mb}m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        f"-XX:ErrorFile={data_dir / 'java-crash-%p.log'}",
        "-Djava.awt.headless=true",
        f"-Dkafka.log={data_dir / 'kafka.log'}",
        f"-Dlog4j2.configurationFile={log4j2}",
        "-Dlog4j2.disableJmx=true",
    ]
    if java_version >= 24:  # it else warns about the native codecs and how Kafka frees its buffers
        flags += ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
    return flags
