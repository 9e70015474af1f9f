"""`wire up` and `wire down`: the compose command they make, and what they say where there is no Docker."""

from __future__ import annotations

import io
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.cli import compose, up
from pipeline.cli.main import run
from pipeline.errors import Unavailable
from tests.deploy.prometheus import free_port

Docker = Callable[[str], None]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Puts a `docker` on the PATH that runs this shell script, and nothing else but the system's tools."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def install(script: str) -> None:
        program = tmp_path / "docker"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    return install


@pytest.fixture(autouse=True)
def ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this test's own, whatever runs on this machine."""
    for name in ("KAFKA", "PROMETHEUS", "GRAFANA"):
        monkeypatch.setenv(f"WIRE_{name}_PORT", str(free_port()))


def _said(tmp_path: Path) -> str:
    return (tmp_path / "said").read_text()


def test_up_starts_workers_and_feed_and_says_what_is_where(
    docker: Docker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o755)
    docker(f'echo "$WIRE_REPLAY_PATH $WIRE_REPLAY_RATE $*" >>{tmp_path}/said')
    assert run(["up", "--workers", "3", "--replay", str(tmp_path), "--rate", "7"]) == 0
    last = _said(tmp_path).splitlines()[-1]
    assert last == (f"{tmp_path} 7.0 compose -f {compose.FILE} --profile replay up -d --build --wait --scale worker=3")
    out = capsys.readouterr().out
    assert f"http://127.0.0.1:{os.environ['WIRE_GRAFANA_PORT']}" in out


def test_down_keeps_volumes_unless_told_otherwise(docker: Docker, tmp_path: Path) -> None:
    docker(f'echo "$*" >>{tmp_path}/said')
    assert run(["down"]) == 0
    assert "--volumes" not in _said(tmp_path)
    assert run(["down", "--volumes"]) == 0
    assert _said(tmp_path).splitlines()[-1] == f"compose -f {compose.FILE} --profile * down --remove-orphans --volumes"


def test_up_that_does_not_get_healthy_says_where_to_look(docker: Docker, capsys: pytest.CaptureFixture[str]) -> None:
    docker('case "$*" in *" up "*) exit 1 ;; esac')
    assert run(["up"]) == 1
    assert "compose.yaml logs" in capsys.readouterr().err


def test_an_engine_that_does_not_run_is_named(docker: Docker) -> None:
    docker('[ "$1" = compose ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }')
    with pytest.raises(Unavailable, match=r"start the Docker engine.*Cannot connect"):
        compose.compose("ps")


def test_a_port_that_another_program_holds_is_named_before_anything_starts(
    docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("WIRE_GRAFANA_PORT", str(port))
        docker(f'echo "$*" >>{tmp_path}/said')
        assert run(["up"]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert f"port {port}, which Grafana is to have" in said
        assert "set WIRE_GRAFANA_PORT" in said
        assert " up " not in _said(tmp_path)
        # but what our own Grafana holds is no reason to stop
        docker('case "$*" in *" ps "*) echo grafana ;; esac')
        assert run(["up"]) == 0


def test_a_port_that_is_none_is_named(
    docker: Docker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    docker("")
    monkeypatch.setenv("WIRE_KAFKA_PORT", "ninety")
    assert run(["up"]) == 1
    assert "WIRE_KAFKA_PORT=ninety is no port" in capsys.readouterr().err


def test_a_full_disk_is_named(
    docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    docker(f'[ "$1" != info ] || echo {tmp_path}')
    monkeypatch.setattr(compose, "ROOM_BYTES", 1 << 60)
    assert run(["up"]) == 1
    assert f"GB are free in {tmp_path}, where Docker keeps" in capsys.readouterr().err


def test_ports_are_those_of_the_compose_file() -> None:
    text = compose.FILE.read_text(encoding="utf-8")
    for name, default in compose.PORTS.values():
        assert f'ports: ["127.0.0.1:${{WIRE_{name}_PORT:-{default}}}:' in text


def test_no_docker_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="no docker command"):
        compose.compose("ps")


def test_a_feed_that_is_no_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["up", "--replay", str(tmp_path / "nothing")]) == 2
    assert "takes a folder" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the engine mounts with rights of its own")
def test_a_feed_that_the_container_cannot_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tmp_path.chmod(0o700)
    assert run(["up", "--replay", str(tmp_path)]) == 2
    assert f"chmod o+rx {tmp_path}" in capsys.readouterr().err


def test_another_port_of_kafka_is_named_for_the_other_verbs() -> None:
    out = io.StringIO()
    Console(file=out, width=100).print(up.addresses({"WIRE_KAFKA_PORT": "19999"}))
    assert "./wire replay seeds/ --broker 127.0.0.1:19999" in out.getvalue()
