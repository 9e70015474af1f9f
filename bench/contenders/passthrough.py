"""Our transport and sender without any stage: what the engine itself costs, beside the peers' pass-through."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

import faust
from faust.serializers import codecs

from agents.app import ChunkCodec
from agents.direct import Direct
from agents.journey import Means
from agents.runner import Runner
from agents.sender import Outgoing, Sender
from agents.work import Work
from bench.contenders.common import ready, settings
from pipeline.metrics import Metrics
from pipeline.topics import RAW, STORIES


class Through:
    """A station that passes records on."""

    name = "through"

    def __init__(self, topic: str) -> None:
        self._topic = topic

    async def prepare(self, items: Sequence[Any]) -> None:
        """Nothing."""

    async def secured(self, first: Sequence[Outgoing]) -> None:
        """Nothing."""

    def decode(self, record: Any) -> list[Any]:
        return [record]

    async def work(self, items: Sequence[Any]) -> Work:
        return Work(then=[Outgoing(self._topic, item.value, item.key, partition=item.partition) for item in items])

    async def refused(self, record: Outgoing) -> list[Outgoing]:
        raise RuntimeError("no record of the bench is that large")


def main() -> None:
    config = settings()
    codecs.register("chunk", ChunkCodec())
    app = faust.App(
        config.group,
        broker=[f"wire://{server}" for server in config.bootstrap],
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=8,
    )
    sender = Sender(config)
    means = Means(config, sender, Metrics(), Direct(config, lambda: app.consumer))
    runner = Runner(Through(config.topic(STORIES)), means, 500)

    async def start() -> None:
        await sender.start()

    app.on_start = start
    channel = app.topic(config.topic(RAW), key_serializer="chunk", value_serializer="chunk")

    @app.agent(channel)  # type: ignore[untyped-decorator]
    async def through(stream: Any) -> None:
        await runner.run(stream, app.consumer)

    ready()
    sys.argv = sys.argv[:1]
    asyncio.set_event_loop(asyncio.new_event_loop())
    faust.Worker(app, loglevel="ERROR", redirect_stdouts=False, quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main()
