"""All settings in one typed object, from `WIRE_…` environment variables; the command line overrides them.

Units are in the names. Secrets are `SecretStr`: they print as asterisks.
"""

from __future__ import annotations

import os
import ssl
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from pipeline.topics import TopicSpec


class Settings(BaseSettings):
    """See `wire doctor` for what is in force and `docs/settings.md` for the table."""

    model_config = SettingsConfigDict(env_prefix="WIRE_", env_ignore_empty=True, extra="ignore", frozen=True)

    broker: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers, host:port, parted by commas.")
    topic_prefix: str = Field("wire.", description="What every topic name starts with.")
    group: str = Field("wire", description="The workers' consumer group.")
    partitions: int = Field(4, ge=1, le=512, description="Partitions of the topics that scale.")
    replication: int = Field(1, ge=1, le=7, description="Replicas of each topic.")
    min_insync: int = Field(1, ge=1, le=7, description="Replicas that must have a record before it counts as written.")

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")
    tls_ca_file: Path | None = Field(None, description="CA certificates that sign the broker's, PEM.")
    tls_cert_file: Path | None = Field(None, description="Our client certificate, PEM.")
    tls_key_file: Path | None = Field(None, description="Its key, PEM.")
    tls_key_password: SecretStr | None = None
    tls_check_hostname: bool = True

    max_story_bytes: int = Field(1_000_000, ge=1_000, description="A larger raw record is dead-lettered unread.")
    batch_stories: int = Field(250, ge=1, le=10_000, description="Stories a stage works on at once, at most.")
    linger_ms: float = Field(
        30.0, ge=0, le=1000, description="In a steady flow, parse waits so long for more stories; 0: never."
    )
    direct: bool = Field(
        True, description="A worker hands stories straight to the next stage that it runs; false: every hop on Kafka."
    )
    batch_bytes: int = Field(900_000, ge=10_000, le=3_500_000, description="Bytes of one internal record, at most.")
    compression: Literal["none", "gzip", "lz4", "zstd", "snappy"] = "none"
    session_timeout_seconds: float = Field(10.0, ge=6.0, description="A worker silent this long loses its partitions.")
    commit_interval_seconds: float = Field(0.5, gt=0)
    retry_backoff_seconds: float = Field(0.2, gt=0, description="First wait before a send is tried again.")
    retry_backoff_max_seconds: float = Field(10.0, gt=0)
    stop_grace_seconds: float = Field(20.0, gt=0, description="What a stopping worker takes to finish and commit.")

    clock_file: Path | None = Field(
        None, description="Moves the embargo clock by the seconds in this file; for tests and demonstrations."
    )

    desks_file: Path | None = Field(None, description="Routing rules: which stories go to which desk; none: no desks.")

    horizon_hours: float = Field(72.0, gt=0, description="How far back dedup looks, in the stories' own time.")

    snapshot_stories: int = Field(
        100_000, ge=0, description="Decisions between two snapshots of dedup's memory; 0: none, a start reads the log."
    )

    vocabulary_file: Path | None = Field(
        None, description="A desk's own tags and topics, TOML; followed as it changes."
    )

    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(9464, ge=0, le=65535, description="/metrics, /live and /ready; 0 takes a free port.")
    live_stall_seconds: float = Field(60.0, gt=0, description="Lag without progress for this long means not live.")

    data_dir: Path = Field(Path("~/.cache/wire-pipeline"), description="Downloads and the embedded broker's data.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    log_format: Literal["text", "json"] = "text"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options, then the environment, then files such as `wire_sasl_password` in the folder WIRE_SECRETS_DIR."""
        folder = os.environ.get("WIRE_SECRETS_DIR")
        secrets = (SecretsSettingsSource(settings_cls, secrets_dir=folder),) if folder else ()
        return init_settings, env_settings, *secrets

    @field_validator("data_dir")
    @classmethod
    def _expand(cls, value: Path) -> Path:
        return value.expanduser()

    def topic(self, spec: TopicSpec) -> str:
        """The full name of a topic."""
        return self.topic_prefix + spec.suffix

    def partition_count(self, spec: TopicSpec) -> int:
        return 1 if spec.partitions == "one" else self.partitions

    @property
    def bootstrap(self) -> list[str]:
        return [server.strip() for server in self.broker.split(",") if server.strip()]

    @cached_property
    def ssl_context(self) -> ssl.SSLContext | None:
        """For both Kafka clients; None without TLS. Raises OSError or ssl.SSLError for unreadable files."""
        if self.security_protocol not in ("SSL", "SASL_SSL"):
            return None
        context = ssl.create_default_context(cafile=str(self.tls_ca_file) if self.tls_ca_file else None)
        context.check_hostname = self.tls_check_hostname
        if self.tls_cert_file:
            password = self.tls_key_password.get_secret_value() if self.tls_key_password else None
            context.load_cert_chain(self.tls_cert_file, self.tls_key_file, password)
        return context

    def kafka_security(self) -> dict[str, Any]:
        """Keyword arguments on security, the same for kafka-python and aiokafka."""
        options: dict[str, Any] = {"security_protocol": self.security_protocol}
        if self.ssl_context is not None:
            options["ssl_context"] = self.ssl_context
        if self.security_protocol.startswith("SASL"):
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password.get_secret_value(),
            }
        return options
