"""compose.external.yaml against a Kafka with SASL and TLS turned on, and rights for the wire's topics only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.expressions import DEPLOY
from tests.deploy.stack import IMAGE, Stack, docker, require_engine, wait_until
from tests.seeds_manifest import SEEDS, load

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

TOOLS = "/opt/kafka/bin"
BOOTSTRAP = ("--bootstrap-server", "127.0.0.1:19092")
PASSWORD = "open sesame"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where certificates and password are."""
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Stack]:
    """The secured Kafka, running, with a user who may use the wire's topics; nothing of ours started yet."""
    require_engine()
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make certificates")
    docker("build", "-q", "-f", str(DEPLOY / "Dockerfile"), "-t", IMAGE, str(DEPLOY.parent))
    _certificates(folder)
    (folder / "password").write_text(PASSWORD + "\n")
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)  # the containers run as users of their own
    stack = Stack(
        f"wiretest{os.getpid()}secured",
        [DEPLOY / "compose.external.yaml", Path(__file__).parent / "secured" / "compose.yaml"],
        WIRE_BROKER="secured:9094",
        WIRE_SASL_USERNAME="wire",
        WIRE_SASL_PASSWORD_FILE=str(folder / "password"),
        WIRE_TLS_CA_FILE=str(folder / "ca.pem"),
        WIRE_REPLICATION="1",
        WIRE_MIN_INSYNC="1",
        WIRE_TEST_TLS=str(folder),
    )
    try:
        stack.compose("up", "-d", "--wait", "secured")
        secured = stack.containers("secured")[0]["Id"]
        scram = f"SCRAM-SHA-512=[password={PASSWORD}]"
        user = ("--entity-type", "users", "--entity-name", "wire")
        docker("exec", secured, f"{TOOLS}/kafka-configs.sh", *BOOTSTRAP, "--alter", "--add-config", scram, *user)
        for rights in (
            ("--operation", "All", "--topic", "wire.", "--resource-pattern-type", "prefixed"),
            ("--operation", "All", "--group", "wire"),
            ("--operation", "Describe", "--cluster"),  # what the exporter asks of brokers and disks
        ):
            acl = ("--add", "--allow-principal", "User:wire", *rights)
            docker("exec", secured, f"{TOOLS}/kafka-acls.sh", *BOOTSTRAP, *acl)
        yield stack
    finally:
        stack.remove()


def test_stories_flow_through_a_secured_kafka(stack: Stack) -> None:
    stack.up()
    assert stack.containers("kafka") == []
    stack.replay(SEEDS)
    count = len(load())
    wait_until(lambda: _value(stack, "wire_ledger_accounted_records_total") == count, "all seeds accounted for", 90)
    assert _value(stack, "wire_ledger_outstanding_records") == 0
    assert _value(stack, "wire_kafka_brokers") == 1
    assert (_value(stack, "wire_kafka_disk_free_bytes") or 0) > 0
    for service in ("topics", "worker", "exporter"):
        container = stack.containers(service)[0]
        assert PASSWORD not in str(container["Config"]["Env"])
        assert PASSWORD not in stack.logs(service)


def test_a_wrong_password_is_said_in_one_sentence(stack: Stack, folder: Path) -> None:
    (folder / "password").write_text("not it\n")
    with pytest.raises(AssertionError) as failed:
        stack.compose("run", "--rm", "-T", "topics")
    assert "WIRE_SASL" in str(failed.value)
    assert "Traceback" not in str(failed.value)


def _value(stack: Stack, expression: str) -> float | None:
    samples = stack.query(expression)
    return float(samples[0]["value"][1]) if len(samples) == 1 else None


def _certificates(folder: Path) -> None:
    """A certificate authority of the test's own (ca.pem), and the broker's key and certificate (broker.pem)."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ("req", "-newkey", "rsa:2048", "-nodes", "-sha256")
    ca = ("-x509", "-days", "2", "-subj", "/CN=test authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl(*new, *ca, "-keyout", "ca.key", "-out", "ca.pem")
    openssl(*new, "-subj", "/CN=secured", "-keyout", "broker.key", "-out", "broker.csr")
    (folder / "names.cnf").write_text("subjectAltName=DNS:secured\n")
    signed = ("x509", "-req", "-in", "broker.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
    openssl(*signed, "-days", "2", "-extfile", "names.cnf", "-out", "broker.crt")
    (folder / "broker.pem").write_text((folder / "broker.key").read_text() + (folder / "broker.crt").read_text())
