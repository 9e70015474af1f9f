"""The verbs, in the order in which `wire --help` lists them. A new verb is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from typer import Typer

VERBS: dict[str, str] = {
    "demo": "pipeline.cli.demo:command",
    "broker": "pipeline.cli.broker:command",
    "worker": "pipeline.cli.worker:command",
    "replay": "pipeline.cli.replay:command",
    "process": "pipeline.cli.process:command",
    "tail": "pipeline.cli.tail:command",
    "dead": "pipeline.cli.dead:command",
    "trace": "pipeline.cli.trace:command",
    "ledger": "pipeline.cli.ledger:command",
    "audit": "pipeline.cli.audit:command",
    "held": "pipeline.cli.held:command",
    "kills": "pipeline.cli.kills:command",
    "why": "pipeline.cli.why:command",
    "rules": "pipeline.cli.rules:app",
    "eval": "pipeline.cli.eval:command",
    "train": "pipeline.cli.train:command",
    "bench": "pipeline.cli.bench:command",
    "desks": "pipeline.cli.desks:command",
    "topics": "pipeline.cli.topics:command",
    "doctor": "pipeline.cli.doctor:command",
    "exporter": "pipeline.cli.exporter:command",
    "up": "pipeline.cli.up:up",
    "down": "pipeline.cli.up:down",
    "test": "pipeline.cli.test:command",
    "check": "pipeline.cli.test:check",
}


def load() -> Iterator[tuple[str, Callable[..., object] | Typer]]:
    """Each verb with its function, whose signature Typer reads, or with the group of commands that it stands for."""
    for name, target in VERBS.items():
        module, _, function = target.partition(":")
        yield name, getattr(import_module(module), function or "command")
