"""`wire exporter`: the ledger and Kafka's own state, for Prometheus."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import settings_from
from pipeline.log import configure


def command(
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    group: Annotated[str | None, typer.Option(help="The workers' consumer group. [WIRE_GROUP]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
    metrics_host: Annotated[str | None, typer.Option(help="Address of /metrics. [WIRE_METRICS_HOST]")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Its port; 0: a free one. [WIRE_METRICS_PORT]")] = None,
    since_hours: Annotated[float, typer.Option(help="How far back the ledger starts.", min=0.0)] = 24.0,
) -> int:
    """Export the ledger, lag, brokers and disk to Prometheus, as Kafka tells them. Run one beside the workers."""
    settings = settings_from(
        broker=broker, group=group, topic_prefix=prefix, metrics_host=metrics_host, metrics_port=metrics_port
    )
    configure(settings)
    from pipeline.exporter.run import run

    return run(settings, since_hours * 3600)
