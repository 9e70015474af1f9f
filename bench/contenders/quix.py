"""Quix Streams as its documentation has it: an application, a streaming dataframe, a function that is applied."""

from __future__ import annotations

from typing import Any

from quixstreams import Application, message_context

from bench.contenders.common import passthrough, ready, settings
from bench.job import Job, Result, raw_story
from pipeline.topics import DEAD, DUPLICATES, RAW, SKIPPED, STORIES


def main() -> None:
    config = settings()
    app = Application(
        broker_address=config.broker,
        consumer_group=config.group,
        auto_offset_reset="earliest",
        processing_guarantee="at-least-once",
        auto_create_topics=False,
        loglevel="WARNING",
        producer_extra_config={"linger.ms": 0, "acks": "all"},
    )

    def topic(spec: Any) -> Any:
        return app.topic(
            config.topic(spec), value_deserializer="bytes", value_serializer="bytes",
            key_deserializer="bytes", key_serializer="bytes",
        )  # fmt: skip

    raw = topic(RAW)
    outputs = {config.topic(spec): topic(spec) for spec in (STORIES, DUPLICATES, DEAD, SKIPPED)}
    frame = app.dataframe(raw)
    if passthrough():
        frame = frame.to_topic(outputs[config.topic(STORIES)])
    else:
        job = Job(config)

        def work(value: bytes, key: Any, timestamp: int, headers: Any) -> list[Result]:
            context = message_context()
            return job.run([raw_story(headers, value, context.partition, context.offset, timestamp)])

        frame = frame.apply(work, expand=True, metadata=True)
        for name, output in outputs.items():
            part = frame.filter(lambda result, name=name: result.topic == name)
            part = part.set_headers(lambda result, *_: result.headers)
            part.apply(lambda result, *_: result.value, metadata=True).to_topic(output)
    ready()
    app.run()


if __name__ == "__main__":
    main()
