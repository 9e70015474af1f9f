"""Compose files, Dockerfile and the image's lock: what must hold whatever engine runs them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.expressions import DEPLOY, PROMETHEUS

ROOT = DEPLOY.parent
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_bounded_and_may_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"])
    assert service["restart"] in ("unless-stopped", "on-failure:5")
    assert service["logging"]["options"]["max-size"]
    assert not service.get("privileged")
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", ()))


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_on_loopback_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    image = SERVICES[name]["image"].replace("${WIRE_IMAGE:-", "").rstrip("}")
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", image), image


def test_what_serves_for_long_has_a_healthcheck() -> None:
    """Workers and exporter have the image's; `topics` ends."""
    without = {name for name, service in SERVICES.items() if "test" not in service.get("healthcheck", {})}
    assert without == {"topics", "worker", "exporter"}
    assert "HEALTHCHECK" in DOCKERFILE
    assert "/live" in DOCKERFILE


def test_a_worker_has_longer_to_stop_than_it_takes() -> None:
    worker = SERVICES["worker"]
    grace = float(worker["stop_grace_period"].removesuffix("s"))
    assert grace > float(worker["environment"]["WIRE_STOP_GRACE_SECONDS"])


def test_prometheus_scrapes_where_the_image_serves() -> None:
    port = re.search(r"WIRE_METRICS_PORT=(\d+)", DOCKERFILE)
    assert port is not None
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    found = {s["names"][0]: s["port"] for job in config["scrape_configs"] for s in job.get("dns_sd_configs", ())}
    assert found == {"worker": int(port[1]), "exporter": int(port[1])}


def test_the_dockerfile_needs_no_more_than_a_plain_builder() -> None:
    assert not DOCKERFILE.startswith("# syntax")
    for unwanted in ("--link", "<<", "curl ", "ADD http"):
        assert unwanted not in DOCKERFILE
    assert "--require-hashes --only-binary :all:" in DOCKERFILE
    assert re.search(r"^USER \d+:\d+$", DOCKERFILE, re.MULTILINE)
    assert "STOPSIGNAL SIGTERM" in DOCKERFILE
    assert re.search(r'^ENTRYPOINT \["wire"\]$', DOCKERFILE, re.MULTILINE)


def test_the_build_sees_only_what_it_copies() -> None:
    copied = set()
    for line in DOCKERFILE.splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            copied |= {path.removeprefix("./") for path in line.split()[1:-1]}
    rules = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] not in "#"]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == copied


def test_the_images_lock_pins_what_the_project_needs_and_no_embedded_kafka() -> None:
    lock, whole = _pins(ROOT / "requirements-image.lock"), _pins(ROOT / "requirements.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {_name(requirement) for requirement in project["dependencies"]}
    assert needed <= set(lock), f"run `make lock`: {sorted(needed - set(lock))}"
    assert not {_name(requirement) for requirement in project["optional-dependencies"]["embedded"]} & set(lock)
    differing = {name for name, version in lock.items() if whole.get(name, version) != version}
    assert not differing, f"run `make lock`: {sorted(differing)}"


def test_every_line_of_the_lock_is_hashed() -> None:
    text = (ROOT / "requirements-image.lock").read_text(encoding="utf-8")
    for block in re.split(r"\n(?=[a-z])", text)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_the_overrides_change_services_that_there_are() -> None:
    class Loader(yaml.SafeLoader):
        """Knows compose's own tags."""

    for tag in ("!override", "!reset"):
        Loader.add_constructor(tag, lambda loader, node: None)
    for path in DEPLOY.glob("compose.*.yaml"):
        services = yaml.load(path.read_text(encoding="utf-8"), Loader)["services"]
        own = {name for name, service in services.items() if "extends" in service or "image" in service}
        assert set(services) - own <= set(SERVICES), path.name


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()


def _pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^ ;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
