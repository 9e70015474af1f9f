"""Tag on Kafka: packets in, the same packets with tags out, partition for partition."""

from __future__ import annotations

from agents.station import PacketStation


class TagStation(PacketStation):
    """A packet stage that only adds; all it needs is shared."""
