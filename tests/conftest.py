"""A real Kafka for the tests that ask for it, started once a session, and settings that keep tests apart on it."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator

import pytest

from pipeline.broker.admin import ensure_topics
from pipeline.broker.embedded import EmbeddedKafka
from pipeline.errors import Unavailable
from pipeline.settings import Settings
from tests.kafka_support import cache_dir


@pytest.fixture(autouse=True, scope="session")
def interrupts_count() -> None:
    """A shell starts background jobs with SIGINT ignored, and children inherit that; but Ctrl-C is among the tests."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def plain_environment() -> Iterator[None]:
    """Tests see the default settings, whatever the developer has set; only where downloads are kept is taken over."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            if name != "data_dir":
                patch.delenv(f"WIRE_{name.upper()}", raising=False)
        yield


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """The embedded Kafka, shared by the whole session: do not stop or kill this one."""
    broker = EmbeddedKafka(tmp_path_factory.mktemp("kafka"), cache_dir())
    try:
        broker.start()
    except Unavailable as e:
        pytest.fail(f"the tests on Kafka cannot run: {e}", pytrace=False)
    yield broker
    broker.stop()


@pytest.fixture
def kafka_settings(kafka: EmbeddedKafka) -> Settings:
    """Settings for `kafka` with topic names and a group of the test's own. The topics are not made yet."""
    name = f"t{os.getpid()}-{uuid.uuid4().hex[:8]}"
    return Settings(broker=kafka.bootstrap, topic_prefix=f"{name}.", group=name)


@pytest.fixture
def settings(kafka_settings: Settings) -> Settings:
    """The same with the topics made: ready for a worker."""
    ensure_topics(kafka_settings)
    return kafka_settings
