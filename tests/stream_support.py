"""Running the real thing in tests: workers as processes, records on `wire.raw`, the ledger until it balances."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from kafka import KafkaProducer

from pipeline.demo.worker_process import WorkerProcess
from pipeline.headers import raw_headers
from pipeline.ledger import Ledger, LedgerReader
from pipeline.settings import Settings
from pipeline.topics import MAX_RECORD_BYTES, RAW


@contextlib.contextmanager
def workers(settings: Settings, folder: Path, count: int = 1) -> Iterator[list[WorkerProcess]]:
    """So many workers, ready; stopped in order at the end, killed ones left out."""
    running = [WorkerProcess(settings, folder / f"worker{n}.log") for n in range(count)]
    try:
        for worker in running:
            worker.wait_ready()
        yield running
    finally:
        for worker in running:
            worker.stop()


def produce(
    settings: Settings, records: Iterable[tuple[str, bytes]], source: str = "test", batch: int = 0, pause: float = 0.0
) -> list[str]:
    """Write (id, body) records to `wire.raw`; a pause after each `batch`.

    Returns for each the name that the ledger knows it by (`partition-offset`), all confirmed by the broker.
    """
    producer = KafkaProducer(
        bootstrap_servers=settings.bootstrap,
        acks="all",
        max_request_size=MAX_RECORD_BYTES,
        delivery_timeout_ms=110_000,
        request_timeout_ms=20_000,
        **settings.kafka_security(),
    )
    futures = []
    try:
        for count, (id, body) in enumerate(records, 1):
            headers = raw_headers(received=time.time(), source=source, id=id)
            futures.append(
                producer.send(settings.topic(RAW), key=f"{source}/{id}".encode(), value=body, headers=headers)
            )
            if batch and count % batch == 0:
                time.sleep(pause)
        written = [future.get(timeout=120) for future in futures]
    finally:
        producer.close()
    return [f"{metadata.partition}-{metadata.offset}" for metadata in written]


def follow(reader: LedgerReader, expected: int, timeout_seconds: float = 120.0) -> Ledger:
    """Poll until `expected` raw records are all accounted for; fails with what is missing."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        ledger = reader.poll()
        if ledger.received >= expected and ledger.accounted >= ledger.received:
            return ledger
        if time.monotonic() > deadline:
            raise AssertionError(
                f"{ledger.accounted} of {ledger.received} accounted for (expected {expected}): {dict(ledger.counts)}"
            )


@contextlib.contextmanager
def ledger_of(settings: Settings) -> Iterator[LedgerReader]:
    reader = LedgerReader(settings)
    try:
        yield reader
    finally:
        reader.close()
