"""The dedup stage: a verdict for each story, strictly in order, from a state that the memory log can rebuild."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.dedup.fingerprint import decode
from pipeline.dedup.state import State
from pipeline.packet import Packet


class Dedup:
    """A deterministic state machine: its verdicts follow from the sequence of packets alone."""

    name = "dedup"
    model = "dedup-2"

    def __init__(self, horizon_seconds: float) -> None:
        self._state = State(horizon_seconds)

    def run(self, batch: Sequence[Packet]) -> None:
        """Set `packet.verdict` on each packet, in order. A packet whose record was decided before gets that verdict.

        Raises Rejected for a malformed packet before the state changes for it; packets before it in the batch stay
        decided and are recognised when the caller tries again.
        """
        for packet in batch:
            card = packet.card
            known = self._state.redelivered(card)
            if known is None:
                data = packet.fingerprint
                print_ = decode(data)
                known = self._state.decide(card, print_)
                self._state.apply(card, data, print_, known)
            packet.verdict = known

    def remember(self, packet: Packet) -> None:
        """Take in one entry of the memory log (card, fingerprint and verdict), as if it had just been decided."""
        card = packet.card
        if self._state.redelivered(card) is None:
            data = packet.fingerprint
            self._state.apply(card, data, decode(data), packet.verdict)

    def stats(self) -> dict[str, float]:
        """`stories` held, `bytes` (an estimate), when the `oldest` and `newest` came (epoch seconds)."""
        return self._state.stats()
