"""The one place where the Faust app is made: from settings, with an agent for each stage that the worker runs.

Nothing is global: `build` may be called as often as a test likes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import faust
from faust.serializers import codecs

from agents.classify import ClassifyStation
from agents.dedup import DedupStation
from agents.deliver import DeliverStation
from agents.desks import DesksInForce
from agents.direct import Direct
from agents.journey import Means, Station
from agents.memory import MemoryLog
from agents.originals import Originals
from agents.parse import ParseStation
from agents.runner import Runner
from agents.sender import Sender
from agents.sensor import WireSensor
from agents.snapshots import Snapshots
from agents.station import DeadLetters
from agents.tag import TagStation
from pipeline import topology
from pipeline.clock import clock_of
from pipeline.mediatopics.vocabulary import top_level
from pipeline.metrics import Metrics
from pipeline.settings import Settings
from pipeline.stages import parse
from pipeline.stages.base import LATE_REASONS
from pipeline.topics import ALL, RAW, TopicSpec

SCHEME = "wire"
"""The batching transport's URL scheme, see pyproject.toml."""

PACKET_RECORDS = 16
"""Records a chunk of an internal topic holds: each is a batch of stories already."""

OUTCOMES = {
    "parse": ("passed", "skipped", "dead"),
    "dedup": ("new", "duplicate", "update", "correction", "kill", "dead"),
    "tag": ("passed", "dead"),
    "classify": ("passed", "dead"),
    "deliver": ("new", "update", "correction", "kill", "held", "superseded", "killed", "mended", "dead"),
}

REASONS = {"parse": parse.REASONS, **dict.fromkeys(("dedup", "tag", "classify", "deliver"), LATE_REASONS)}
"""What a dead letter of each stage may say."""


class ChunkCodec(codecs.Codec):  # type: ignore[misc]
    """Passes a chunk of records through: bytes are decoded inside the stage, where a bad record harms no other."""

    def _loads(self, s: Any) -> Any:
        return s

    def _dumps(self, s: Any) -> Any:
        return s


@dataclass(slots=True)
class Worker:
    """A worker's parts, for whoever runs or watches it."""

    app: Any
    settings: Settings
    metrics: Metrics
    sender: Sender
    runners: list[Runner]
    recovery: asyncio.Task[None] | None = None

    @property
    def dedup(self) -> DedupStation | None:
        return next((r.station for r in self.runners if isinstance(r.station, DedupStation)), None)

    @property
    def deliver(self) -> DeliverStation | None:
        return next((r.station for r in self.runners if isinstance(r.station, DeliverStation)), None)


def build(settings: Settings, stages: Sequence[str], metrics: Metrics) -> Worker:
    """A Faust app that runs `stages` (names of `topology.FLOW`) on `settings.broker`.

    The models are loaded here, so that a worker that cannot load them fails before it takes any partition.
    """
    codecs.register("chunk", ChunkCodec())
    app = faust.App(
        settings.group,
        broker=[f"{SCHEME}://{server}" for server in settings.bootstrap],
        broker_credentials=_credentials(settings),
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 4,
        broker_rebalance_timeout=30.0,
        broker_max_poll_interval=600.0,
        broker_commit_interval=settings.commit_interval_seconds,
        broker_commit_livelock_soft_timeout=3600.0,  # our own /live watches progress
        stream_processing_timeout=3600.0,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 * 1024 * 1024,
        stream_buffer_maxsize=16,  # chunks, not records: what waits here is memory
        stream_wait_empty=True,
        store="memory://",
        table_standby_replicas=0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        reply_create_topic=False,
    )
    app._create_directories = lambda: None  # no tables, no folders: a container's disk is read-only
    sender = Sender(settings)
    originals = Originals(settings)
    dead = DeadLetters(settings, metrics, originals)
    partitions: dict[str, int] = {}

    def partition_count(spec: TopicSpec) -> int:
        return partitions[spec.suffix]

    direct = Direct(settings, lambda: app.consumer)
    means = Means(settings, sender, metrics, direct)
    runners = []
    app.chunk_records = {}
    for place, spec in enumerate(topology.FLOW):
        if spec.name not in stages:
            continue
        station = _station(spec, settings, metrics, dead, partition_count, originals)
        linger = settings.linger_ms / 1000 if spec.reads is RAW else 0.0
        runners.append(Runner(station, means, settings.batch_stories, linger, place))
        direct.stages |= dict.fromkeys((spec.reads, *spec.also_reads), runners[-1].stage)
        reads = [settings.topic(topic) for topic in (spec.reads, *spec.also_reads)]
        if spec.reads.carries == "batch":
            app.chunk_records |= dict.fromkeys(reads, PACKET_RECORDS)
        _attach(app, reads, runners[-1])
    metrics.declare([runner.station.name for runner in runners], OUTCOMES, REASONS, top_level())
    worker = Worker(app, settings, metrics, sender, runners)

    app.sensors.add(WireSensor(metrics))

    async def start() -> None:
        await sender.start()
        for spec in ALL:
            partitions[spec.suffix] = await sender.partition_count(settings.topic(spec))

    app.on_start = _chain(app.on_start, start)
    # not on_stop: there the stages finish what they hold
    app.on_shutdown = _chain(originals.stop, _chain(sender.stop, app.on_shutdown))

    @app.on_partitions_revoked.connect  # type: ignore[untyped-decorator]
    async def _revoked(*_: Any, **__: Any) -> None:
        direct.rebalanced()
        if worker.dedup is not None:
            worker.dedup.lost_partition()
        if worker.deliver is not None:
            worker.deliver.revoked()

    @app.on_partitions_assigned.connect  # type: ignore[untyped-decorator]
    async def _assigned(_: Any, assigned: set[Any], **__: Any) -> None:
        if worker.dedup is not None and any(tp.topic == settings.topic(topology.DEDUP.reads) for tp in assigned):
            # at once, so that a quiet feed's first story does not wait; not awaited: a rebalance must end soon
            worker.recovery = asyncio.get_running_loop().create_task(worker.dedup.recover())
        if worker.deliver is not None:
            reads = settings.topic(topology.DELIVER.reads)
            worker.deliver.assigned(tp.partition for tp in assigned if tp.topic == reads)

    if worker.deliver is not None:
        deliver, runner = worker.deliver, next(r for r in runners if r.station is worker.deliver)

        @app.task  # type: ignore[untyped-decorator]
        async def _tend() -> None:
            await deliver.tend(runner)

    return worker


def _attach(app: Any, topics: Sequence[str], runner: Runner) -> None:
    channel = app.topic(*topics, key_serializer="chunk", value_serializer="chunk", allow_empty=True)

    @app.agent(channel, name=runner.station.name)  # type: ignore[untyped-decorator]
    async def agent(stream: Any) -> None:
        await runner.run(stream, app.consumer)


def _station(
    spec: topology.StageSpec,
    settings: Settings,
    metrics: Metrics,
    dead: DeadLetters,
    partition_count: Callable[[TopicSpec], int],
    originals: Originals,
) -> Station:
    place = (spec, settings, metrics, dead, partition_count)
    match spec.name:
        case "parse":
            return ParseStation(settings, metrics, dead)
        case "dedup":
            from pipeline.stages.dedup import Dedup

            stage = Dedup(settings.horizon_hours * 3600)
            return DedupStation(stage, *place, memory=MemoryLog(settings), snapshots=Snapshots(settings))
        case "tag":
            from pipeline.stages.tag import Tagging

            tagging = Tagging(settings.vocabulary_file)
            metrics.vocabulary(spec.name, lambda: not tagging.rules.fault)
            return TagStation(tagging, *place)
        case "classify":
            from pipeline.stages.classify import Classify

            classify = Classify(settings.vocabulary_file)
            metrics.vocabulary(spec.name, lambda: not classify.rules.fault)
            return ClassifyStation(classify, *place)
        case "deliver":
            from pipeline.stages.deliver import Deliver

            clock = clock_of(settings.clock_file)
            desks = DesksInForce(settings, metrics)
            deliver = Deliver(clock, desks.router)
            return DeliverStation(*place, deliver=deliver, desks=desks, clock=clock, originals=originals)
        case _:
            raise AssertionError(f"topology has a stage {spec.name} that has no station")


def _chain(first: Callable[[], Awaitable[Any]], second: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[None]]:
    async def both() -> None:
        await first()
        await second()

    return both


def _credentials(settings: Settings) -> Any:
    if settings.security_protocol == "PLAINTEXT":
        return None
    if settings.security_protocol == "SSL":
        return faust.SSLCredentials(settings.ssl_context)
    return faust.SASLCredentials(
        username=settings.sasl_username,
        password=settings.sasl_password.get_secret_value(),
        mechanism=settings.sasl_mechanism,
        ssl_context=settings.ssl_context,
    )
