"""Classify on Kafka: packets in, the same packets with Media Topics out, partition for partition."""

from __future__ import annotations

from agents.station import PacketStation


class ClassifyStation(PacketStation):
    """A packet stage that only adds; all it needs is shared."""
