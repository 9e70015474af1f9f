"""SASL and TLS from our settings, on a real Kafka with a listener for each: what works, and what is said when not."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion
from pydantic import SecretStr

from pipeline.broker.admin import check_topics, ensure_topics
from pipeline.broker.clients import admin
from pipeline.broker.embedded import EmbeddedKafka
from pipeline.demo.worker_process import WorkerProcess
from pipeline.errors import Unavailable
from pipeline.settings import Settings
from pipeline.topics import RAW, STORIES
from tests.kafka_support import cache_dir, eventually, read_all, send

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate"),
]

USER = SecretStr("open sesame")


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and 127.0.0.1, and its key, PEM."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedKafka, Path]]:
    """A broker with the listeners SCRAM, TLS and BOTH besides the plain one, user `wire`, and its CA file."""
    folder = tmp_path_factory.mktemp("secured")
    cert, key = certificate(folder)
    jaas = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    properties = {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.certificate.chain": cert.read_text(),
        "ssl.keystore.key": key.read_text(),
        **{f"listener.name.{name}.scram-sha-512.sasl.jaas.config": jaas for name in ("scram", "both")},
    }
    listeners = {"SCRAM": "SASL_PLAINTEXT", "TLS": "SSL", "BOTH": "SASL_SSL"}
    with EmbeddedKafka(folder / "kafka", cache_dir(), properties=properties, listeners=listeners) as kafka:
        with admin(Settings(broker=kafka.bootstrap)) as client:
            client.alter_user_scram_credentials(
                [UserScramCredentialUpsertion("wire", ScramMechanism.SCRAM_SHA_512, USER.get_secret_value())]
            )
        yield kafka, cert


def settings(secured: tuple[EmbeddedKafka, Path], listener: str, **changed: Any) -> Settings:
    kafka, ca = secured
    given: dict[str, Any] = {
        "broker": kafka.address(listener),
        "topic_prefix": f"{listener.lower()}.",
        "partitions": 1,
        "security_protocol": kafka.listeners[listener],
        "sasl_username": "wire",
        "sasl_password": USER,
        "tls_ca_file": ca,
    }
    return Settings(**(given | changed))


@pytest.mark.parametrize("listener", ["SCRAM", "TLS", "BOTH"])
def test_topics_and_records_pass(secured: tuple[EmbeddedKafka, Path], listener: str) -> None:
    here = settings(secured, listener)
    assert all(state.sound for state in ensure_topics(here))
    send(here, RAW, [b"secret"])
    assert [record.value for record in read_all(here, RAW)] == [b"secret"]


def test_a_worker_reads_and_writes_through_both(secured: tuple[EmbeddedKafka, Path], tmp_path: Path) -> None:
    here = settings(secured, "BOTH", topic_prefix="worker.", group="worker")
    ensure_topics(here)
    send(here, RAW, [b'{"id": "a", "title": "Dockers end strike", "text": "ANTWERP - Dockers ended it on Friday."}'])
    worker = WorkerProcess(here, tmp_path / "worker.log")
    try:
        assert eventually(lambda: bool(read_all(here, STORIES)), 60), (tmp_path / "worker.log").read_text()
    finally:
        worker.stop()


@pytest.mark.parametrize(
    "wrong", [{"sasl_password": SecretStr("guessed")}, {"sasl_mechanism": "PLAIN"}, {"sasl_username": "nobody"}]
)
def test_a_refused_user_is_said(secured: tuple[EmbeddedKafka, Path], wrong: dict[str, Any]) -> None:
    here = settings(secured, "SCRAM", **wrong)
    with pytest.raises(Unavailable, match="check WIRE_SASL_USERNAME") as error, admin(here, bootstrap_seconds=1.5):
        pass
    assert repr(here.sasl_username) in str(error.value)
    assert here.sasl_password.get_secret_value() not in str(error.value)


def test_a_certificate_of_a_stranger_is_said(secured: tuple[EmbeddedKafka, Path]) -> None:
    with pytest.raises(Unavailable, match=r"not trusted .* set WIRE_TLS_CA_FILE"):
        check_topics(settings(secured, "TLS", tls_ca_file=None))
