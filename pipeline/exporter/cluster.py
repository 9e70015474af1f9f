"""Asks the brokers about themselves: which are up, replicas, lag of the workers' group, disk."""

from __future__ import annotations

import logging
import time
from collections import Counter

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import (
    CoordinatorNotAvailableError,
    GroupAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from pipeline.errors import Unavailable
from pipeline.exporter.metrics import ExporterMetrics, Lag
from pipeline.exporter.waiting import Waiting
from pipeline.settings import Settings
from pipeline.topics import ALL
from pipeline.topology import FLOW

log = logging.getLogger(__name__)


class ClusterWatch:
    """Measures each time it is told to. What this user may not ask (an ACL) is left out, and said once."""

    def __init__(self, settings: Settings, metrics: ExporterMetrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._stages = {settings.topic(spec): stage.name for stage in FLOW for spec in (stage.reads, *stage.also_reads)}
        self._topics = [settings.topic(spec) for spec in ALL]
        self._admin: KafkaAdminClient | None = None
        self._denied: set[str] = set()
        self._group_seen = False
        self._waiting = Waiting()

    @property
    def connected(self) -> bool:
        return self._admin is not None

    def connect(self) -> None:
        """Raises KafkaError when no broker answers."""
        self.close()
        self._admin = KafkaAdminClient(
            bootstrap_servers=self._settings.bootstrap,
            request_timeout_ms=10_000,
            reconnect_backoff_max_ms=2_000,
            bootstrap_timeout_ms=10_000,
            **self._settings.kafka_security(),
        )

    def close(self) -> None:
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    def measure(self) -> None:
        """Brokers, replicas and lag. Raises KafkaError when no broker answers, Unavailable when a topic is missing."""
        assert self._admin is not None, "connect() comes first"
        brokers = self._admin.describe_cluster()["brokers"]
        self._metrics.kafka(sum(1 for broker in brokers if not broker.get("is_fenced")))
        self._replicas()
        self._lag()

    def measure_disk(self) -> None:
        """Sizes of topics and volumes. Needs the right to describe the cluster; left out without it."""
        assert self._admin is not None, "connect() comes first"
        sizes: Counter[str] = Counter()
        for answer in self._admin.describe_log_dirs():
            for directory in answer["log_dirs"]:
                if directory["error_code"]:
                    self._deny("disk", f"error {directory['error_code']} of broker {answer['broker']}")
                    continue
                if directory.get("total_bytes", -1) > 0:  # brokers older than Kafka 3.3 do not say
                    self._metrics.disk(
                        answer["broker"], directory["log_dir"], directory["total_bytes"], directory["usable_bytes"]
                    )
                for topic in directory["topics"]:
                    if topic["name"] in self._topics:
                        sizes[topic["name"]] += sum(p["partition_size"] for p in topic["partitions"])
        for name, size in sizes.items():
            self._metrics.topic_bytes(name, size)

    def _replicas(self) -> None:
        assert self._admin is not None
        behind = offline = 0
        for topic in self._admin.describe_topics(self._topics):
            if topic["error_code"] == UnknownTopicOrPartitionError.errno:
                raise Unavailable(f"topic {topic['name']} is missing; `wire topics` creates all of them.")
            for partition in topic["partitions"]:
                behind += len(partition["isr_nodes"]) < len(partition["replica_nodes"])
                offline += partition["leader_id"] < 0
        self._metrics.replicas(behind, offline)

    def _lag(self) -> None:
        assert self._admin is not None
        settings = self._settings
        counts = {topic["name"]: len(topic["partitions"]) for topic in self._admin.describe_topics(list(self._stages))}
        inputs = [TopicPartition(name, partition) for name, count in counts.items() for partition in range(count)]
        ends = self._admin.list_partition_offsets(dict.fromkeys(inputs, OffsetSpec.LATEST))
        try:
            committed = self._admin.list_group_offsets(settings.group).get(settings.group, {})
        except CoordinatorNotAvailableError:
            if self._group_seen:
                return  # it is moving to another broker: the next measurement tells
            committed = {}  # no group has ever been on this Kafka: all that is there waits
        except GroupAuthorizationFailedError as e:
            self._deny("lag", str(e))
            return
        self._group_seen |= bool(committed)
        missing = [tp for tp in inputs if tp not in committed or committed[tp].offset < 0]
        firsts = self._admin.list_partition_offsets(dict.fromkeys(missing, OffsetSpec.EARLIEST)) if missing else {}
        now = time.monotonic()
        lags = {}
        for tp in inputs:
            end, done = ends[tp].offset, (firsts[tp] if tp in firsts else committed[tp]).offset
            place = self._stages[tp.topic], tp.topic, tp.partition
            lags[place] = Lag(
                max(0, end - done),
                self._waiting.seconds(tp, end, done, now),
                self._waiting.still_seconds(tp, end, done, now),
            )
        self._metrics.lag(lags)

    def _deny(self, what: str, why: str) -> None:
        if what not in self._denied:
            self._denied.add(what)
            log.warning("%s is not exported: %s", what, why)
