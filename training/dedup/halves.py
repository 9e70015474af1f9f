"""Are the thresholds fitted to the data they are measured on? Chosen on one half of it, measured on the other.

    python -m training.dedup.halves DATA_FOLDER [fnc] [uci] [reuters]

Each threshold is moved over a few values around its own, one at a time, and the best of the half that may be looked
at is kept (the standing value unless another is better by `MARGIN`); the figures are those of the half that was not
looked at. Halves are by pair, by cluster and by the parity of a hash of the id, so that no event is in both.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import xxhash

from pipeline.dedup.state import State
from pipeline.evaluation.agreement import adjusted_rand
from pipeline.evaluation.dedup import Pair, Row, packets_of, score_pairs
from pipeline.evaluation.rows import read
from pipeline.model import Verdict
from pipeline.settings import Settings

MARGIN = 0.002


@dataclass(frozen=True, slots=True)
class Knob:
    """A threshold in a module, and the values that are tried."""

    module: str
    name: str
    values: tuple[float, ...]

    def set(self, value: float) -> None:
        setattr(import_module(self.module), self.name, value)

    @property
    def standing(self) -> float:
        return float(getattr(import_module(self.module), self.name))


THREADS = (
    Knob("pipeline.dedup.threads", "JOINS", (0.20, 0.22, 0.24, 0.26, 0.28)),
    Knob("pipeline.dedup.threads", "NEAREST", (0.2, 0.3, 0.4)),
)
TITLES = (Knob("pipeline.dedup.threads", "JOINS_TITLE", (0.12, 0.13, 0.14, 0.15, 0.16)),)
RULES = (
    Knob("pipeline.dedup.rules", "NEAR", (0.80, 0.85, 0.90)),
    Knob("pipeline.dedup.rules", "ALIKE", (0.65, 0.70, 0.75)),
    Knob("pipeline.dedup.rules", "SHORT", (50, 60, 70)),
    Knob("pipeline.dedup.rules", "SOON_HOURS", (8, 12, 18)),
)

Measure = Callable[[int], float]
"""The figure of a half, 0 or 1."""


def half(name: Any) -> int:
    """Which half a cluster or pair is in."""
    return xxhash.xxh32_intdigest(str(name).encode()) & 1


def crossed(what: str, knobs: Iterable[Knob], measure: Callable[[], Measure]) -> None:
    """Choose on each half, measure on the other, and print beside what the standing values give."""
    knobs = tuple(knobs)
    standing = {knob: knob.standing for knob in knobs}
    tried: dict[tuple[Knob, float], tuple[float, float]] = {}
    base = measure()
    figures = base(0), base(1)
    for knob in knobs:
        for value in knob.values:
            if value != standing[knob]:
                knob.set(value)
                found = measure()
                tried[knob, value] = found(0), found(1)
        knob.set(standing[knob])
    for seen in (0, 1):
        chosen: dict[Knob, float] = {}
        for knob in knobs:
            options = [(tried[knob, v][seen], v) for v in knob.values if v != standing[knob]]
            best, value = max(options)
            if best > figures[seen] + MARGIN:
                chosen[knob] = value
                knob.set(value)
        other = measure()(1 - seen) if chosen else figures[1 - seen]
        for knob in knobs:
            knob.set(standing[knob])
        moved = ", ".join(f"{k.name} {standing[k]:g} → {v:g}" for k, v in chosen.items()) or "nothing moved"
        print(f"{what}: chosen on half {'AB'[seen]} ({moved}): {other:.4f} on half {'AB'[1 - seen]};", end=" ")
        print(f"as it stands {figures[1 - seen]:.4f}", flush=True)


class Parsed:
    """Labelled rows, parsed once and decided as often as asked."""

    def __init__(self, rows: Iterable[Row]) -> None:
        packets = list(packets_of(rows))
        self._cards, self._prints = [p.card for p in packets], [p.fingerprint for p in packets]

    def verdicts(self) -> dict[str, Verdict]:
        """By id."""
        state = State(Settings().horizon_hours * 3600)
        decided = state.decide(self._cards, self._prints)
        return {card.id: verdict for card, verdict in zip(self._cards, decided, strict=True)}


def clusters(path: Path, key: str) -> Callable[[], Measure]:
    """Threads against clusters: ARI, each half streamed by itself."""
    rows = list(read([str(path)]))
    halves = [[row for row in rows if half(row[key]) == n] for n in (0, 1)]
    parsed = [Parsed(part) for part in halves]

    def measure() -> Measure:
        def of(n: int) -> float:
            found = parsed[n].verdicts()
            kept = [row for row in halves[n] if row["id"] in found]
            return adjusted_rand([row[key] for row in kept], [found[row["id"]].thread for row in kept])

        return of

    return measure


def pairs(path: Path, stream: Path) -> Callable[[], Measure]:
    """Pairs in the whole stream: weighted F1 of each half of the pairs."""
    rows: list[Row] = list(read([str(path)]))
    parsed = Parsed(read([str(stream)]))

    def measure() -> Measure:
        found = parsed.verdicts()
        judged = [
            Pair(row, found[row["a"]].cluster == found[row["b"]].cluster)
            for row in rows
            if row["a"] in found and row["b"] in found
        ]
        return lambda n: score_pairs(p for p in judged if half(p.row["a"]) == n).f1

    return measure


def main(folder: Path, sets: Sequence[str]) -> None:
    """Print the figures of the sets named: fnc, uci, reuters."""
    if "fnc" in sets:
        crossed("FNC-1 threads, ARI", THREADS, clusters(folder / "dev-dedup-stories-fnc.jsonl.gz", "cluster"))
    if "uci" in sets:
        crossed("UCI headlines, ARI", TITLES, clusters(folder / "dev-dedup-headlines-uci.jsonl.gz", "story"))
    if "reuters" in sets:
        stream = folder / "dev-wire-reuters.jsonl.gz"
        crossed("Reuters pairs, weighted F1", RULES, pairs(folder / "dev-dedup-pairs.jsonl.gz", stream))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or ("fnc", "uci", "reuters"))
