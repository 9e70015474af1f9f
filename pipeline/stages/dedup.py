"""The dedup stage: a verdict for each story, strictly in order, from a state that the memory log can rebuild."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.dedup.state import State
from pipeline.packet import Packet


class Dedup:
    """A deterministic state machine: its verdicts follow from the sequence of packets alone."""

    name = "dedup"
    model = "dedup-3"

    def __init__(self, horizon_seconds: float) -> None:
        self._horizon = horizon_seconds
        self.state = self.empty()

    def empty(self) -> State:
        """A state that knows nothing yet."""
        return State(self._horizon)

    def run(self, batch: Sequence[Packet]) -> None:
        """Set `packet.verdict` on each packet, in order. A packet whose record was decided before gets that verdict.

        Raises Rejected for a malformed packet before the state changes for it; packets before it in the batch stay
        decided and are recognised when the caller tries again.
        """
        verdicts = self.state.decide([p.card for p in batch], [p.fingerprint for p in batch])
        for packet, verdict in zip(batch, verdicts, strict=True):
            packet.verdict = verdict

    def remember(self, packets: Sequence[Packet]) -> int:
        """Take in entries of the memory log (card, fingerprint and verdict), as if they had just been decided.

        Returns how many were left out: written by a program with another format of fingerprints.
        """
        return self.state.remember(
            [p.card for p in packets], [p.fingerprint for p in packets], [p.verdict for p in packets]
        )  # fmt: skip

    def knows(self, packets: Sequence[Packet]) -> bool:
        """Whether all of these were decided or remembered."""
        return all(self.state.knows(packet.card) for packet in packets)

    def stats(self) -> dict[str, float]:
        """`stories` held, `bytes` (an estimate), when the `oldest` and `newest` came (epoch seconds)."""
        return self.state.stats()
