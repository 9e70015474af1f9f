"""Bytewax: a dataflow with a Kafka source, `flat_map_batch` over what was fetched, and a Kafka sink.

Run by `python -m bytewax.run`; recovery is on, which is how Bytewax gives at least once.
"""

from __future__ import annotations

from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSinkMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow

from bench.contenders.common import BATCH, passthrough, ready, settings
from bench.job import Job, raw_story
from pipeline.topics import RAW, STORIES


def build() -> Dataflow:
    config = settings()
    flow = Dataflow("bench")
    read = kop.input("read", flow, brokers=config.bootstrap, topics=[config.topic(RAW)], batch_size=BATCH)
    job = None if passthrough() else Job(config)

    def work(batch: list[Any]) -> list[Any]:
        if job is None:
            return [KafkaSinkMessage(m.key, m.value) for m in batch]
        stories = [raw_story(m.headers, m.value, m.partition, m.offset, int(m.timestamp[1])) for m in batch]
        return [KafkaSinkMessage(r.key, r.value, topic=r.topic, headers=r.headers) for r in job.run(stories)]

    results = op.flat_map_batch("job", read.oks, work)
    kop.output("write", results, brokers=config.bootstrap, topic=config.topic(STORIES))
    ready()
    return flow


flow = build()
