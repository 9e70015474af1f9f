"""Quix Streams as its documentation has it: an application, a streaming dataframe, a function that is applied."""

from __future__ import annotations

from typing import Any

from quixstreams import Application, message_context
from quixstreams.models.serializers import Serializer

from bench.contenders.common import OUTPUTS, passthrough, ready, settings
from bench.job import Job, Result, raw_story
from pipeline.topics import RAW, STORIES


class Value(Serializer):  # type: ignore[misc]
    """Writes a result's bytes."""

    def __call__(self, value: Result, ctx: Any) -> bytes:
        return value.value


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

    def topic(spec: Any, value_serializer: Any) -> Any:
        return app.topic(
            config.topic(spec), value_deserializer="bytes", value_serializer=value_serializer,
            key_deserializer="bytes", key_serializer="bytes",
        )  # fmt: skip

    frame = app.dataframe(topic(RAW, "bytes"))
    if passthrough():
        frame.to_topic(topic(STORIES, "bytes"))
    else:
        job = Job(config)
        outputs = {config.topic(spec): topic(spec, Value()) for spec in OUTPUTS}

        def work(value: bytes, key: Any, timestamp: int, headers: Any) -> list[Result]:
            context = message_context()
            return job.run([raw_story(headers, value, context.partition, context.offset, timestamp)])

        frame = frame.apply(work, expand=True, metadata=True)
        frame = frame.set_headers(lambda result, *_: result.headers)
        frame.to_topic(lambda result, *_: outputs[result.topic], key=lambda result: result.key)
    ready()
    app.run()


if __name__ == "__main__":
    main()
