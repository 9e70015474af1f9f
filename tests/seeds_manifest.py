"""Reads `seeds/manifest.jsonl`: what the pipeline must make of each of our own stories (`seeds/README.md`)."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
MANIFEST = SEEDS / "manifest.jsonl"
SCENARIOS = SEEDS / "scenarios"


@dataclass(frozen=True, slots=True)
class SeedRow:
    """One expected story. A *seed* is a path below the manifest's folder, `#` and the line (from 1) for JSON lines."""

    seed: str
    status: str
    why: str
    id: str | None = None
    """The id that the feed gives; None where it gives none."""
    of: str | None = None
    """The seed that it repeats or follows directly."""
    cluster: str | None = None
    """The seed of the first of its chain; its own for a new story; None for what never becomes a story."""
    group: str | None = None
    """A name for each cluster of more than one story; see "Order" in the README."""
    headline: str | None = None
    topics: tuple[str, ...] = ()
    """The codes that are right as the first topic."""
    language: str = ""
    people: tuple[str, ...] = ()
    """Some of the people who must be found, as printed in the headline or the text."""
    places: tuple[tuple[str, str], ...] = ()
    """Some of the places that must be found, as printed, with ISO 3166-1 alpha-2 country."""
    reason: str | None = None
    """Why it is dead or skipped: the reason code."""
    embargo: str | None = None
    """Scenarios: not to leave before this time (ISO 8601, or `unreadable`: held without end)."""
    outcome: str | None = None
    """Scenarios: where the ledger must have it in the end, if the status does not say: `superseded` or `killed`."""

    @property
    def path(self) -> str:
        return self.seed.partition("#")[0]

    @property
    def line(self) -> int | None:
        """The line in a JSON-lines file or the item in a feed document, from 1; None for a whole file."""
        number = self.seed.partition("#")[2]
        return int(number) if number else None


def load(manifest: Path = MANIFEST) -> list[SeedRow]:
    """The rows in the strict order: files sorted by path, lines in order. Raises OSError, ValueError, TypeError."""
    return [_row(json.loads(line)) for line in manifest.read_text("utf-8").splitlines()]


def _row(values: dict[str, Any]) -> SeedRow:
    for name in ("topics", "people"):
        values[name] = tuple(values.get(name, ()))
    values["places"] = tuple((name, country) for name, country in values.get("places", ()))
    return SeedRow(**values)


def record_bytes(row: SeedRow, folder: Path = SEEDS) -> bytes:
    """The bytes that the row's record has on `wire.raw`: the file, or one line of JSON lines without its line end.

    Tests find the row of a record by them. Only a record that is sent again has the bytes of another, and the items
    of one feed document.
    """
    data = (folder / row.path).read_bytes()
    return data.split(b"\n")[row.line - 1] if row.line and row.path.endswith(".jsonl") else data


def feed_paths() -> list[Path]:
    """The files and folders of `seeds/` that are feeds, in the strict order; not the manifest, README or scenarios."""
    paths = {SEEDS / row.path.partition("/")[0] for row in load()}
    return sorted(paths)


def clusters(rows: list[SeedRow]) -> dict[str, list[SeedRow]]:
    """The stories by cluster, in manifest order; what is dead or skipped belongs to none."""
    found: defaultdict[str, list[SeedRow]] = defaultdict(list)
    for row in rows:
        if row.cluster is not None:
            found[row.cluster].append(row)
    return dict(found)


def wrong_clusters(rows: list[SeedRow], cluster_of: dict[str, str]) -> list[str]:
    """One sentence for each way in which `cluster_of` (seed to any cluster name) parts the stories otherwise.

    Only the partition counts, not the names, so this holds for every order of arrival.
    """
    faults = [f"{row.seed} has no cluster" for row in rows if row.cluster and row.seed not in cluster_of]
    expected_of = {row.seed: row.cluster for row in rows if row.cluster}
    together: defaultdict[str, set[str]] = defaultdict(set)
    for seed, cluster in expected_of.items():
        if seed in cluster_of:
            together[cluster].add(cluster_of[seed])
    faults += [f"the cluster of {seed} is split into {len(got)}" for seed, got in together.items() if len(got) > 1]
    joined: defaultdict[str, set[str]] = defaultdict(set)
    for seed, got_cluster in cluster_of.items():
        if seed in expected_of:
            joined[got_cluster].add(expected_of[seed])
    faults += [f"taken for one story: {', '.join(sorted(parts))}" for parts in joined.values() if len(parts) > 1]
    return faults
