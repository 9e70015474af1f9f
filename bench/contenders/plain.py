"""A hand-written loop on confluent-kafka: consume a batch, run the job, produce, flush, commit."""

from __future__ import annotations

from confluent_kafka import Consumer, Producer

from bench.contenders.common import BATCH, passthrough, ready, settings, stopping
from bench.job import Job, raw_story
from pipeline.topics import RAW, STORIES


def main() -> None:
    config = settings()
    job = None if passthrough() else Job(config)
    consumer = Consumer({
        "bootstrap.servers": config.broker,
        "group.id": config.group,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
    })  # fmt: skip
    producer = Producer({"bootstrap.servers": config.broker, "acks": "all", "linger.ms": 0})
    consumer.subscribe([config.topic(RAW)])
    ready()
    stop = stopping()
    while not stop.is_set():
        messages = [m for m in consumer.consume(BATCH, 0.05) if not m.error()]
        if not messages:
            continue
        if job is None:
            for m in messages:
                producer.produce(config.topic(STORIES), m.value(), m.key(), on_delivery=_check)
        else:
            stories = [raw_story(m.headers(), m.value(), m.partition(), m.offset(), m.timestamp()[1]) for m in messages]
            for result in job.run(stories):
                producer.produce(result.topic, result.value, result.key, headers=result.headers, on_delivery=_check)
        producer.flush()
        consumer.commit(asynchronous=False)
    consumer.close()


def _check(error: object, _: object) -> None:
    if error is not None:
        raise RuntimeError(f"not delivered: {error}")


if __name__ == "__main__":
    main()
