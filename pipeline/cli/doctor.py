"""`wire doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from pipeline.cli.console import for_people
from pipeline.cli.options import settings_from
from pipeline.cli.records import plain
from pipeline.doctor import cluster, configured, machine, rules
from pipeline.doctor.check import Check, fault, skipped
from pipeline.errors import Usage
from pipeline.log import configure

_MARKS = {"ok": ("✓", "green"), "hint": ("!", "yellow"), "fault": ("✗", "red"), "skipped": ("–", "dim")}
_NAME_WIDTH = 10


def command(
    broker: Annotated[str | None, typer.Option(help="Kafka bootstrap servers. [WIRE_BROKER]")] = None,
    prefix: Annotated[str | None, typer.Option(help="Prefix of topic names. [WIRE_TOPIC_PREFIX]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> int:
    """Check Python, settings, broker, security, topics, clock, disk, Java, limits and ports; exit 1 on a fault.

    Changes nothing, except that comparing clocks commits an offset for a consumer group of its own, and deletes it.
    """
    console = Console(stderr=True)
    with console.status("looking …"):
        checks, settings = _examine(broker, prefix)
    healthy = all(check.state != "fault" for check in checks)
    if as_json:
        document = {"ok": healthy, "checks": [asdict(check) for check in checks], "settings": settings}
        sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        _print(checks)
    return 0 if healthy else 1


def _examine(broker: str | None, prefix: str | None) -> tuple[list[Check], dict[str, str]]:
    """All checks, and the settings in force with secrets redacted."""
    try:
        settings = settings_from(broker=broker, topic_prefix=prefix)
    except Usage as e:
        wrong = fault("settings", str(e), "Correct or unset it.")
        rest = [skipped(name, "not looked at without settings") for name in ("broker", "disk", "java", "metrics")]
        return [machine.python(), wrong, machine.descriptors(), *rest], {}
    configure(settings)
    checks = [
        machine.python(),
        *configured.check(settings),
        *rules.check(settings),
        *cluster.check(settings),
        machine.disk(settings),
        machine.embedded_kafka(settings),
        machine.descriptors(),
        machine.metrics_port(settings),
    ]
    return checks, configured.in_force(settings)


def _print(checks: list[Check]) -> None:
    console = for_people()
    for check in checks:
        mark, style = _MARKS[check.state]
        line = Text.assemble((mark, f"bold {style}"), " ", (f"{check.name:<{_NAME_WIDTH}}", "bold"))
        line.append(plain(check.found), "dim" if check.state == "skipped" else "")
        console.print(line, soft_wrap=True)
        if check.remedy:
            console.print(Padding(Text(f"→ {plain(check.remedy)}", style), (0, 0, 0, _NAME_WIDTH + 2), expand=False))
    faults = sum(check.state == "fault" for check in checks)
    if faults:
        console.print(Text(f"\n{faults} thing{'s' * (faults != 1)} to put right.", "red"))
    else:
        console.print(Text("\nAll is well.", "green"))
