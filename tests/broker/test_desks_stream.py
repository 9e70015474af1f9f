"""Desks on the real Kafka: routing, a change of rules without a restart, and a kill that follows the old rules."""

from __future__ import annotations

import time
from pathlib import Path

import orjson
import pytest

from pipeline.broker.admin import check_topics, ensure_topics
from pipeline.cli.main import run
from pipeline.product import flat
from pipeline.settings import Settings
from pipeline.topics import desk_topic
from tests.kafka_support import eventually, read_all, with_settings
from tests.stream_support import follow, ledger_of, produce, workers

pytestmark = pytest.mark.kafka


def story(id: str, title: str, **more: str) -> tuple[str, bytes]:
    text = f"{title}, officials said on Tuesday. More than {id[-1]}00 people came to see it, and nobody was hurt."
    return id, orjson.dumps({"id": id, "title": title, "text": text, **more})


def on_desk(settings: Settings, desk: str) -> dict[str, str]:
    """Id to status, the latest of each."""
    documents = [flat(orjson.loads(record.value)) for record in read_all(settings, desk_topic(desk))]
    return {document["id"]: document["status"] for document in documents}


def test_routing_reload_and_kill(kafka_settings: Settings, tmp_path: Path) -> None:
    rules = tmp_path / "desks.toml"
    rules.write_text('[desk.harbour]\ntext = "harbour"\n[desk.all]\nevery = true\n')
    settings = with_settings(kafka_settings, desks_file=rules, partitions=1)
    ensure_topics(settings)
    assert [state.name for state in check_topics(settings)][-2:] == [
        f"{settings.topic_prefix}desk.harbour", f"{settings.topic_prefix}desk.all"
    ]  # fmt: skip
    with ledger_of(settings) as reader, workers(settings, tmp_path):
        produce(settings, [story("s-1", "Harbour opens in Brezovo"), story("s-2", "Library opens in Lom")])
        follow(reader, 2)
        assert on_desk(settings, "harbour") == {"s-1": "new"}
        assert on_desk(settings, "all") == {"s-1": "new", "s-2": "new"}

        rules.write_text("[desk.harbour]\nurgency = 0\n")  # flawed: the old rules stay
        time.sleep(2.5)
        produce(settings, [story("s-3", "Harbour closes for winter in Vidin")])
        follow(reader, 3)
        assert "s-3" in on_desk(settings, "harbour")

        rules.write_text('[desk.books]\ntext = "library"\n')  # a desk whose topic is not there yet
        time.sleep(2.5)
        produce(
            settings, [story("s-4", "Library of glass planned for Ruse"), story("s-5", "Harbour wall breaks in Byala")]
        )
        follow(reader, 5)
        assert on_desk(settings, "books") == {"s-4": "new"}
        assert "s-5" not in on_desk(settings, "harbour") | on_desk(settings, "all")

        title = "KILL-Harbour opens in Brezovo"
        produce(
            settings, [("s-1", orjson.dumps({"id": "s-1", "title": title, "text": "KILL: the item is withdrawn."}))]
        )
        follow(reader, 6)
        assert eventually(lambda: on_desk(settings, "harbour")["s-1"] == "kill")
        assert on_desk(settings, "all")["s-1"] == "kill"


def test_wire_tail_reads_a_desk(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    from pipeline.broker.admin import ensure_desks
    from tests.kafka_support import send

    ensure_desks(settings, ["sport"])
    document = {"id": "a", "status": "new", "headline": "Cup final", "source": "s", "received": 1.0}
    send(settings, desk_topic("sport"), [orjson.dumps(document)])
    where = ["--broker", settings.broker, "--prefix", settings.topic_prefix]
    assert run(["tail", "desk.sport", *where]) == 0
    assert "Cup final" in capsys.readouterr().out
    assert run(["tail", f"{settings.topic_prefix}desk.sport", *where]) == 0
    assert "Cup final" in capsys.readouterr().out
    assert run(["tail", "desk.nobody", *where]) == 1
    assert "there is no topic" in capsys.readouterr().err


def test_a_worker_with_flawed_rules_says_so_and_ends(settings: Settings, tmp_path: Path) -> None:
    import subprocess
    import sys

    rules = tmp_path / "desks.toml"
    rules.write_text("[desk.a]\ntopic = 'sprot'\n")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "worker", "--broker", settings.broker],
        env={"PATH": "", "WIRE_TOPIC_PREFIX": settings.topic_prefix, "WIRE_DESKS_FILE": str(rules),
             "WIRE_METRICS_PORT": "0"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"{rules}:2: There is no Media Topic 'sprot' (did you mean 'sport'?)." in done.stderr
