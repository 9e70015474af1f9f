"""The same five agents on Faust as its tutorial has it: a topic between stages, event by event, `send` for each."""

from __future__ import annotations

import sys
from typing import Any

import faust

from bench.contenders.common import passthrough, ready, settings
from bench.job import Steps, raw_story
from pipeline.packet import decode_batch, encode_batch
from pipeline.topics import CLASSIFIED, ORDERS, PARSED, RAW, STORIES, TAGGED, UNIQUE, TopicSpec


def main() -> None:
    config = settings()
    app = faust.App(
        config.group,
        broker=[f"kafka://{server}" for server in config.bootstrap],
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_max_request_size=4_000_000,
    )

    def topic(*names: str) -> Any:
        return app.topic(*names, value_serializer="raw", key_serializer="raw", value_type=bytes, key_type=bytes)

    topics = {spec: topic(config.topic(spec)) for spec in (RAW, PARSED, UNIQUE, TAGGED, CLASSIFIED, ORDERS)}
    outputs: dict[str, Any] = {}
    steps = None if passthrough() else Steps(config)

    async def write(results: Any) -> None:
        for result in results:
            if result.topic not in outputs:
                outputs[result.topic] = topic(result.topic)
            await outputs[result.topic].send(key=result.key, value=result.value, headers=dict(result.headers))

    async def forward(spec: TopicSpec, packets: Any) -> None:
        for packet in packets:
            key = None if spec is PARSED else packet.verdict.cluster.encode()
            await topics[spec].send(key=key, value=encode_batch([packet]))

    if steps is None:
        stories = topic(config.topic(STORIES))

        @app.agent(topics[RAW])  # type: ignore[untyped-decorator]
        async def through(stream: Any) -> None:
            async for event in stream.events():
                await stories.send(key=event.key, value=event.value)

    else:

        @app.agent(topics[RAW])  # type: ignore[untyped-decorator]
        async def parse(stream: Any) -> None:
            async for event in stream.events():
                m = event.message
                headers = m.headers.items() if isinstance(m.headers, dict) else m.headers or ()
                story = raw_story(headers, event.value, m.partition, m.offset, int(m.timestamp * 1000))
                packets, results = steps.parse([story])
                await write(results)
                await forward(PARSED, packets)

        @app.agent(topics[PARSED])  # type: ignore[untyped-decorator]
        async def dedup(stream: Any) -> None:
            async for event in stream.events():
                packets, orders, results = steps.dedup(decode_batch(event.value))
                await write(results)
                await forward(ORDERS, orders)
                await forward(UNIQUE, packets)

        @app.agent(topics[UNIQUE])  # type: ignore[untyped-decorator]
        async def tag(stream: Any) -> None:
            async for event in stream.events():
                await forward(TAGGED, steps.tag(decode_batch(event.value)))

        @app.agent(topics[TAGGED])  # type: ignore[untyped-decorator]
        async def classify(stream: Any) -> None:
            async for event in stream.events():
                await forward(CLASSIFIED, steps.classify(decode_batch(event.value)))

        @app.agent(topic(config.topic(CLASSIFIED), config.topic(ORDERS)))  # type: ignore[untyped-decorator]
        async def deliver(stream: Any) -> None:
            async for event in stream.events():
                await write(steps.deliver(decode_batch(event.value)))

    ready()
    sys.argv = sys.argv[:1]
    faust.Worker(app, loglevel="ERROR", redirect_stdouts=False, quiet=True).execute_from_commandline()


if __name__ == "__main__":
    main()
