"""`wire audit` on the real Kafka: silent where all is as decided, and every tampering named."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from kafka import KafkaProducer

from pipeline.cli.main import run
from pipeline.packet import Packet, decode_batch, encode_batch
from pipeline.settings import Settings
from pipeline.topics import DUPLICATES, VERDICTS
from tests.chaos.synthetic import records
from tests.kafka_support import read_all
from tests.stream_support import follow, ledger_of, produce, workers

pytestmark = pytest.mark.kafka


def audit(settings: Settings, *more: str) -> int:
    return run(["audit", "--broker", settings.broker, "--prefix", settings.topic_prefix, *more])


def test_audit(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made, _ = records(300)
    with workers(settings, tmp_path), ledger_of(settings) as reader:
        produce(settings, made)
        follow(reader, 300)
    assert audit(settings) == 0
    said = capsys.readouterr().out
    assert "300 verdicts decided anew" in said and "No difference." in said
    assert "300 records of the output topics compared" in said

    entry = next(p for r in read_all(settings, VERDICTS) for p in decode_batch(r.value) if p.verdict.of)
    forged = Packet()
    forged.card, forged.fingerprint, forged.verdict = entry.card, entry.fingerprint, entry.verdict
    verdict = forged.verdict
    verdict.status = "new"
    forged.verdict = verdict
    document = orjson.loads(read_all(settings, DUPLICATES)[0].value)
    with KafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        producer.send(settings.topic(VERDICTS), encode_batch([forged]), partition=0).get(20)
        producer.send(settings.topic(DUPLICATES), orjson.dumps(document | {"of": "another"})).get(20)
    assert audit(settings, "--json") == 1
    *found, counts = map(orjson.loads, capsys.readouterr().out.splitlines())
    assert [(d["record"], d["where"], d["what"]) for d in found] == [
        (entry.card.record, "the log, said twice", "status"),
        (document["record"], settings.topic(DUPLICATES), "of"),
    ]
    assert counts["differences"] == 2 and counts["repeated"] == 1


def test_audit_says_what_is_missing(kafka_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(kafka_settings) == 1
    assert "wire topics" in capsys.readouterr().err
