"""kafka-python's clients from our settings, always closed, and their failures as sentences with a remedy."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka import errors as kafka_errors
from kafka.net.compat import KafkaNetClient

from pipeline.errors import Unavailable, Usage
from pipeline.settings import Settings
from pipeline.topics import MAX_RECORD_BYTES

BOOTSTRAP_SECONDS = 10.0
"""How long a broker that takes connections may take to answer the first request."""
CONNECT_SECONDS = 5.0

Client = TypeVar("Client")


@contextlib.contextmanager
def admin(settings: Settings, bootstrap_seconds: float = BOOTSTRAP_SECONDS) -> Iterator[KafkaAdminClient]:
    """An administration client. Raises Unavailable, then and for whatever Kafka refuses within the block."""
    with _client(settings, KafkaAdminClient, bootstrap_seconds, request_timeout_ms=20_000) as client:
        yield client


@contextlib.contextmanager
def consumer(settings: Settings, **options: Any) -> Iterator[KafkaConsumer]:
    """A consumer outside any group, that takes records of the largest size. Raises Unavailable as `admin` does."""
    options = {"enable_auto_commit": False, "max_partition_fetch_bytes": MAX_RECORD_BYTES, **options}
    with _client(settings, KafkaConsumer, BOOTSTRAP_SECONDS, allow_auto_create_topics=False, **options) as client:
        yield client


@contextlib.contextmanager
def producer(settings: Settings, **options: Any) -> Iterator[KafkaProducer]:
    """A producer whose records count when all replicas have them. Raises Unavailable as `admin` does."""
    options = {"acks": "all", "max_request_size": MAX_RECORD_BYTES + 1024 * 1024, **options}
    with _client(settings, KafkaProducer, BOOTSTRAP_SECONDS, **options) as client:
        yield client


def serves(bootstrap: str) -> bool:
    """Whether the plain listener at `host:port` serves requests by now: it answers and knows an active broker."""
    try:
        client = _build(KafkaAdminClient, bootstrap_servers=bootstrap, bootstrap_timeout_ms=1000)
    except kafka_errors.KafkaError:
        return False
    try:
        return any(not broker.get("is_fenced") for broker in client.describe_cluster()["brokers"])
    except kafka_errors.KafkaError:
        return False
    finally:
        client.close()


def reach(settings: Settings) -> tuple[str, float]:
    """Connect to the first bootstrap server that answers, with TLS where it is set.

    Returns its address and how long connecting took, in seconds. Raises Unavailable with what is wrong: kafka-python
    itself only says that it timed out.
    """
    if not settings.bootstrap:
        raise Usage("no broker is named: give --broker host:port, or set WIRE_BROKER.")
    try:
        context = settings.ssl_context
    except (OSError, ssl.SSLError) as e:
        raise Unavailable(
            f"the files for TLS cannot be read ({e}): check WIRE_TLS_CA_FILE, WIRE_TLS_CERT_FILE and WIRE_TLS_KEY_FILE."
        ) from e
    problems = []
    for server in settings.bootstrap:
        host, port = _split(server)
        started = time.monotonic()
        try:
            with socket.create_connection((host, port), CONNECT_SECONDS) as connection:
                if context is not None:
                    with context.wrap_socket(connection, server_hostname=host):
                        pass
        except ssl.SSLCertVerificationError as e:
            problems.append(
                f"{server} shows a certificate that is not trusted ({e.verify_message}): set WIRE_TLS_CA_FILE to the "
                "CA that signed it"
            )
        except ssl.SSLError as e:
            problems.append(
                f"{server} does not speak TLS as asked ({e.reason or e}): check the port and WIRE_SECURITY_PROTOCOL"
            )
        except socket.gaierror:
            problems.append(f"there is no host named {host!r}: check WIRE_BROKER")
        except TimeoutError:
            problems.append(f"{server} does not answer within {CONNECT_SECONDS:.0f} s: check address and firewall")
        except OSError as e:
            problems.append(f"nothing serves {server} ({e.strerror or e}): start Kafka there, or `wire broker`")
        else:
            return server, time.monotonic() - started
    raise Unavailable(f"no Kafka: {'; '.join(problems)}; or name another with --broker or WIRE_BROKER.")


def _split(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if not colon:
        host, port = server, "9092"
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise Usage(f"a broker is named as host:port, not {server!r}.")
    return host, int(port)


@contextlib.contextmanager
def _client(
    settings: Settings, kind: Callable[..., Client], bootstrap_seconds: float, **options: Any
) -> Iterator[Client]:
    server, _ = reach(settings)
    try:
        client = _build(
            kind,
            bootstrap_servers=settings.bootstrap,
            bootstrap_timeout_ms=int(bootstrap_seconds * 1000),
            **settings.kafka_security(),
            **options,
        )
    except kafka_errors.KafkaError as e:
        raise Unavailable(explain(e, settings, server)) from e
    try:
        yield client
    except kafka_errors.KafkaError as e:
        raise Unavailable(explain(e, settings, server)) from e
    finally:
        client.close()  # type: ignore[attr-defined]


def explain(error: BaseException, settings: Settings, server: str) -> str:
    """A Kafka client's error as one sentence that says what to do."""
    match error:
        case kafka_errors.SaslAuthenticationFailedError():
            return (
                f"Kafka at {server} refuses user {settings.sasl_username!r} ({settings.sasl_mechanism}): "
                "check WIRE_SASL_USERNAME, WIRE_SASL_PASSWORD and WIRE_SASL_MECHANISM."
            )
        case kafka_errors.UnsupportedSaslMechanismError():
            return f"Kafka at {server} does not take {settings.sasl_mechanism}: set WIRE_SASL_MECHANISM to one it has."
        case kafka_errors.AuthorizationError():
            who = f"user {settings.sasl_username!r}" if settings.sasl_username else "anonymous clients"
            return f"Kafka at {server} does not allow {who} to do this ({error}): grant it with Kafka's ACLs."
        case kafka_errors.KafkaTimeoutError() | kafka_errors.NodeNotReadyError():
            if settings.security_protocol.startswith("SASL"):  # refused or not, kafka-python sees the connection end
                how = f"{settings.sasl_mechanism} over {settings.security_protocol}"
                return (
                    f"Kafka at {server} does not let user {settings.sasl_username!r} in ({how}): "
                    "check WIRE_SASL_USERNAME, WIRE_SASL_PASSWORD, WIRE_SASL_MECHANISM and WIRE_SECURITY_PROTOCOL, "
                    "or try again when the broker is up."
                )
            return (
                f"{server} takes connections but does not answer as Kafka with {settings.security_protocol}: "
                "check the port and WIRE_SECURITY_PROTOCOL, or try again when the broker is up."
            )
        case kafka_errors.KafkaConnectionError():
            return f"the connection to Kafka at {server} broke off ({error}): see whether it still runs."
    return f"Kafka at {server} refused: {error}."


def _build(kind: Callable[..., Client], **options: Any) -> Client:
    """Make a client, and where that fails leave no socket or thread of it behind, as the constructors would."""
    nets: list[KafkaNetClient] = []

    def net(**config: Any) -> KafkaNetClient:
        nets.append(KafkaNetClient(**config))
        return nets[-1]

    try:
        return kind(kafka_client=net, **options)
    except BaseException:
        for client in nets:
            client.close()
        raise
