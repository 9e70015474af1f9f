"""Every metric of the pipeline, defined once. Stages and agents call the verbs of `Metrics`; nobody names a series.

Labels are bounded: stages, outcomes and reasons come from fixed sets, sources are capped (`MAX_SOURCES`), partitions
are Kafka's. Times are seconds, sizes bytes. docs/metrics.md is the table for people; a test keeps both in step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

MAX_SOURCES = 100
OTHER = "other"

_LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
_STAGE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Metrics:
    """The worker's metrics on a registry of their own, so that tests and several workers in one process do not mix."""

    def __init__(self, version: str = "", host: str = "") -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        build = Gauge(
            "wire_build_info", "Version and host of the worker; always 1.", ["version", "host"], registry=registry
        )
        build.labels(version, host).set(1)

        self._stories_in = Counter(
            "wire_stage_stories_in_total", "Stories that a stage took up.", ["stage"], registry=registry
        )
        self._stories_out = Counter(
            "wire_stage_stories_out_total",
            "Stories that left a stage and were confirmed by the broker, by outcome.",
            ["stage", "outcome"],
            registry=registry,
        )
        self._stage_seconds = Histogram(
            "wire_stage_seconds",
            "From taking up a batch to handing it to the next stage, or to the broker's confirmation.",
            ["stage"],
            buckets=_STAGE_BUCKETS,
            registry=registry,
        )
        self._cpu_seconds = Counter(
            "wire_stage_cpu_seconds_total", "CPU time of the stage's own code.", ["stage"], registry=registry
        )
        self._batch_stories = Histogram(
            "wire_stage_batch_stories",
            "Stories worked on at once.",
            ["stage"],
            buckets=_BATCH_BUCKETS,
            registry=registry,
        )
        self._retries = Counter(
            "wire_stage_retries_total",
            "Sends tried again because the broker did not confirm.",
            ["stage"],
            registry=registry,
        )
        self._dead = Counter(
            "wire_dead_letters_total",
            "Stories sent to the dead-letter topic.",
            ["stage", "reason"],
            registry=registry,
        )
        self._end_to_end = Histogram(
            "wire_end_to_end_seconds",
            "From the record's arrival on wire.raw to its confirmed delivery, of a kill on every output it went to.",
            ["outcome"],
            buckets=_LATENCY_BUCKETS,
            registry=registry,
        )
        self._source_stories = Counter(
            "wire_source_stories_total",
            f"Stories read, by source; beyond {MAX_SOURCES} sources: {OTHER}.",
            ["source"],
            registry=registry,
        )
        self._source_seen = Gauge(
            "wire_source_last_story_timestamp_seconds",
            "When the source's last story was read (Unix time).",
            ["source"],
            registry=registry,
        )
        self._topic_stories = Counter(
            "wire_mediatopic_stories_total",
            "Delivered stories by top-level IPTC Media Topic of their best topic.",
            ["qcode", "name"],
            registry=registry,
        )
        self._truth = Counter(
            "wire_truth_stories_total",
            "Stories of which a replay told the truth, by what they are and what dedup took them for.",
            ["truth", "status"],
            registry=registry,
        )
        self._formats = Counter(
            "wire_format_stories_total", "Stories read, by recognised format.", ["format"], registry=registry
        )

        self._routed = Counter(
            "wire_deliver_stories_total",
            "Stories written to an output topic: stories, flash and the desks'.",
            ["output"],
            registry=registry,
        )
        self._held = Gauge(
            "wire_held_stories",
            "Embargoed stories that this worker holds: until a time (`time`), or without end (`unreadable`).",
            ["until"],
            registry=registry,
        )
        self._release_seconds = Histogram(
            "wire_embargo_release_seconds",
            "From the end of an embargo to the story's confirmed delivery.",
            buckets=_LATENCY_BUCKETS,
            registry=registry,
        )
        self._chains = Gauge("wire_chains", "Stories whose life this worker remembers for deliver.", registry=registry)
        self._rules_refused = Counter(
            "wire_rules_refused_total",
            "Changed rule files that were not taken over because they have errors; the old rules stay in force.",
            ["file"],
            registry=registry,
        )
        self._vocabulary_sound = Gauge(
            "wire_vocabulary_sound",
            "1 where the desk's vocabulary file is in force as it stands, 0 where it has flaws and older rules are.",
            ["stage"],
            registry=registry,
        )

        self._lag = Gauge(
            "wire_consumer_lag_records",
            "Records of a topic's partition that this worker has yet to commit.",
            ["topic", "partition"],
            registry=registry,
        )
        self._assigned = Gauge("wire_assigned_partitions", "Partitions this worker holds.", registry=registry)
        self._rebalances = Counter("wire_rebalances_total", "Rebalances this worker took part in.", registry=registry)
        self._rebalance_seconds = Histogram(
            "wire_rebalance_seconds",
            "From the start of a rebalance to flowing again.",
            buckets=_STAGE_BUCKETS,
            registry=registry,
        )
        self._commits = Counter("wire_commits_total", "Offset commits.", registry=registry)
        self._agent_restarts = Counter(
            "wire_agent_restarts_total", "Agents that failed and took the worker down.", ["stage"], registry=registry
        )
        self._up = Gauge("wire_worker_ready", "1 while the worker has its partitions and its state.", registry=registry)

        self._dedup_stories = Gauge("wire_dedup_stories", "Stories in dedup's memory.", registry=registry)
        self._dedup_bytes = Gauge("wire_dedup_state_bytes", "Estimated size of dedup's memory.", registry=registry)
        self._dedup_oldest = Gauge(
            "wire_dedup_oldest_timestamp_seconds",
            "When the oldest story remembered came (Unix time).",
            registry=registry,
        )
        self._dedup_newest = Gauge(
            "wire_dedup_newest_timestamp_seconds",
            "When the newest story remembered came (Unix time).",
            registry=registry,
        )
        self._dedup_rules = Counter(
            "wire_dedup_rules_total", "Verdicts by the rule that decided.", ["status", "rule"], registry=registry
        )
        self._recovery_seconds = Gauge(
            "wire_dedup_recovery_seconds", "How long the last recovery of dedup's memory took.", registry=registry
        )
        self._recovered = Gauge(
            "wire_dedup_recovered_stories", "Verdicts read back in the last recovery.", registry=registry
        )
        self._snapshot_at = Gauge(
            "wire_snapshot_timestamp_seconds",
            "When the last snapshot of dedup's memory that this worker wrote or read was written (Unix time).",
            registry=registry,
        )
        self._snapshot_bytes = Gauge("wire_snapshot_bytes", "Size of that snapshot, packed.", registry=registry)
        self._snapshot_write = Gauge(
            "wire_snapshot_write_seconds", "How long writing the last snapshot took.", registry=registry
        )
        self._snapshot_read = Gauge(
            "wire_snapshot_read_seconds", "How long reading a snapshot took at the last start.", registry=registry
        )
        self._sources: set[str] = set()
        self._known: dict[tuple[Any, ...], Any] = {}

    def _child(self, family: Any, *labels: str) -> Any:
        """`family.labels(…)`, remembered: looking a series up costs more than counting. Not for families that clear."""
        key = (family, *labels)
        child = self._known.get(key)
        if child is None:
            child = self._known[key] = family.labels(*labels)
        return child

    def text(self) -> bytes:
        """The exposition for Prometheus."""
        return generate_latest(self.registry)

    def declare(
        self,
        stages: Iterable[str],
        outcomes: Mapping[str, Iterable[str]],
        reasons: Mapping[str, Iterable[str]],
        topics: Iterable[tuple[str, str]],
    ) -> None:
        """Create series at zero: a counter that is born with its first event shows Prometheus no increase by it.

        `outcomes` and `reasons` of dead letters by stage; `topics`: qcode and name of the top-level Media Topics.
        """
        for qcode, name in topics:
            self._topic_stories.labels(qcode, name)
        for file in ("desks", "vocabulary"):
            self._rules_refused.labels(file)
        for stage in stages:
            for family in (self._stories_in, self._cpu_seconds, self._retries, self._agent_restarts):
                family.labels(stage)
            self._stage_seconds.labels(stage)
            self._batch_stories.labels(stage)
            for outcome in outcomes.get(stage, ()):
                self._stories_out.labels(stage, outcome)
                if outcome != "passed":
                    self._end_to_end.labels(outcome)
            for reason in reasons.get(stage, ()):
                self._dead.labels(stage, reason)

    # stages

    def took(self, stage: str, stories: int) -> None:
        self._child(self._stories_in, stage).inc(stories)
        self._child(self._batch_stories, stage).observe(stories)

    def worked(self, stage: str, cpu_seconds: float) -> None:
        self._child(self._cpu_seconds, stage).inc(max(0.0, cpu_seconds))

    def done(self, stage: str, seconds: float, outcomes: Mapping[str, int]) -> None:
        self._child(self._stage_seconds, stage).observe(seconds)
        for outcome, count in outcomes.items():
            self._child(self._stories_out, stage, outcome).inc(count)

    def dead(self, stage: str, reason: str) -> None:
        self._dead.labels(stage, reason).inc()

    def retried(self, stage: str) -> None:
        self._retries.labels(stage).inc()

    def delivered(self, outcome: str, seconds: float) -> None:
        self._child(self._end_to_end, outcome).observe(max(0.0, seconds))

    def read(self, source: str, format: str, at: float) -> None:
        """A story of `source` was read at `at` (epoch seconds)."""
        if source not in self._sources:
            if len(self._sources) >= MAX_SOURCES:
                source = OTHER
            else:
                self._sources.add(source)
        self._child(self._source_stories, source).inc()
        self._child(self._source_seen, source).set(at)
        self._child(self._formats, format).inc()

    def classified(self, qcode: str, name: str) -> None:
        self._child(self._topic_stories, qcode, name).inc()

    def vocabulary(self, stage: str, sound: Callable[[], bool]) -> None:
        """Ask `sound` at each scrape whether the stage's vocabulary file is in force."""
        self._vocabulary_sound.labels(stage).set_function(lambda: float(sound()))

    def decided(self, status: str, rule: str) -> None:
        self._child(self._dedup_rules, status, rule).inc()

    def told(self, truth: str, status: str) -> None:
        """Dedup's verdict on a story of which the replayer knows the truth (`duplicate-of:…`); others do not count."""
        if truth:
            self._truth.labels(truth.partition(":")[0][:40], status).inc()

    def routed(self, output: str) -> None:
        """A story was written to an output topic (named without prefix)."""
        self._child(self._routed, output).inc()

    def held(self, timed: int, endless: int) -> None:
        self._held.labels("time").set(timed)
        self._held.labels("unreadable").set(endless)

    def released(self, seconds: float) -> None:
        self._release_seconds.observe(max(0.0, seconds))

    def chains(self, count: int) -> None:
        self._chains.set(count)

    def rules_refused(self, file: str) -> None:
        """`file` is `desks` or `vocabulary`."""
        self._rules_refused.labels(file).inc()

    # the worker

    def lag(self, topic: str, partition: int, records: int) -> None:
        self._lag.labels(topic, str(partition)).set(records)

    def forget_lag(self) -> None:
        """After a rebalance: partitions that went elsewhere must not keep their last lag."""
        self._lag.clear()

    def assigned(self, partitions: int) -> None:
        self._assigned.set(partitions)

    def rebalanced(self) -> None:
        self._rebalances.inc()

    def rebalance_took(self, seconds: float) -> None:
        self._rebalance_seconds.observe(seconds)

    def committed(self) -> None:
        self._commits.inc()

    def agent_failed(self, stage: str) -> None:
        self._agent_restarts.labels(stage).inc()

    def ready(self, value: bool) -> None:
        self._up.set(1 if value else 0)

    def dedup_state(self, stats: Mapping[str, float]) -> None:
        """`stats` of the dedup stage: stories, bytes, oldest, newest."""
        self._dedup_stories.set(stats.get("stories", 0))
        self._dedup_bytes.set(stats.get("bytes", 0))
        self._dedup_oldest.set(stats.get("oldest", 0))
        self._dedup_newest.set(stats.get("newest", 0))

    def recovered(self, seconds: float, stories: int) -> None:
        self._recovery_seconds.set(seconds)
        self._recovered.set(stories)

    def snapshot_written(self, seconds: float, at: float, size: int) -> None:
        """A snapshot of dedup's memory was written: how long it took, when (Unix time), and its bytes."""
        self._snapshot(at, size)
        self._snapshot_write.set(seconds)

    def snapshot_read(self, seconds: float, at: float, size: int) -> None:
        """The same of one that was read; `at` is when it was written."""
        self._snapshot(at, size)
        self._snapshot_read.set(seconds)

    def _snapshot(self, at: float, size: int) -> None:
        self._snapshot_at.set(at)
        self._snapshot_bytes.set(size)
