"""Classify on Kafka: the last stage, so it also writes the product, one record a story, keyed by story id."""

from __future__ import annotations

from agents.runner import Work
from agents.sender import Outgoing
from agents.station import PacketStation
from pipeline.mediatopics.vocabulary import topics
from pipeline.packet import Packet
from pipeline.product import story_json


class ClassifyStation(PacketStation):
    """See `agents.runner.Station`."""

    def results(self, packets: list[tuple[int, Packet]], work: Work) -> None:
        topic = self.settings.topic(self.spec.writes)
        for _, packet in packets:
            verdict = packet.verdict
            work.then.append(Outgoing(topic, story_json(packet), key=verdict.id.encode()))
            work.outcomes[verdict.status] += 1
            work.delivered.append((verdict.status, packet.card.received))
            for best in packet.topics[:1]:
                top = [best["qcode"], *best.get("broader", [])][-1]
                self.metrics.classified(top, topics()[top].name)
