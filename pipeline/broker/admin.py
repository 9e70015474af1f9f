"""Creates the topics of `pipeline/topics.py` and compares what is there with what should be."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from kafka import KafkaAdminClient, errors
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.broker.clients import admin
from pipeline.errors import Unavailable
from pipeline.settings import Settings
from pipeline.topics import ALL, TopicSpec, desk_topic

_READY_MS = 15_000
_SETTLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing about a topic that is not as specified."""

    what: str
    """`partitions`, `replicas`, or the name of a topic-level setting."""
    is_: str
    should: str
    repair: Literal["", "fix", "grow"]
    """How it can be put right: `--fix`, `--grow`, or not at all from here."""

    def __str__(self) -> str:
        return f"{self.what} is {self.is_}, should be {self.should}"


@dataclass(slots=True)
class TopicState:
    """One topic as it is on the broker."""

    spec: TopicSpec
    name: str
    partitions: int = 0
    """0 where the topic is not there."""
    replicas: int = 0
    config: dict[str, str] = field(default_factory=dict)
    """The topic-level settings in force that the specification speaks of."""
    differences: list[Difference] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    """What this run did to it, such as `created`."""

    @property
    def exists(self) -> bool:
        return self.partitions > 0

    @property
    def sound(self) -> bool:
        """Whether it is there and as specified."""
        return self.exists and not self.differences


def wanted_config(settings: Settings, spec: TopicSpec) -> dict[str, str]:
    """The topic-level settings a topic should have."""
    return {**spec.config(), "min.insync.replicas": str(settings.min_insync)}


def check_topics(settings: Settings) -> list[TopicState]:
    """Every topic of the pipeline with what differs. Changes nothing. Raises Unavailable."""
    specs = wanted_topics(settings)
    with admin(settings) as client:
        return _states(client, settings, specs)


def ensure_topics(settings: Settings, *, fix: bool = False, grow: bool = False) -> list[TopicState]:
    """Create the topics that are missing and return the state of all, once they can be used.

    `fix` also sets topic-level settings that differ. `grow` also adds partitions to topics that scale: records then
    spread anew, so equal keys from before and after may lie in different partitions, which is why it must be asked for.
    Raises Unavailable where the broker is not there or refuses, Usage where the desks' rules have flaws.
    """
    return _ensure(settings, wanted_topics(settings), fix=fix, grow=grow)


def ensure_desks(settings: Settings, names: Iterable[str]) -> None:
    """Create the topics of these desks that are missing. Raises Unavailable."""
    _ensure(settings, [desk_topic(name) for name in names])


def _ensure(
    settings: Settings, specs: Sequence[TopicSpec], *, fix: bool = False, grow: bool = False
) -> list[TopicState]:
    with admin(settings) as client:
        before = {state.name: state for state in _states(client, settings, specs)}
        missing = [state for state in before.values() if not state.exists]
        _create(client, settings, missing)
        altered = [state for state in before.values() if state.exists and fix and _alter(client, state)]
        grown = [state for state in before.values() if state.exists and grow and _grow(client, settings, state)]
        if not (missing or altered or grown):
            return list(before.values())
        settled = {state.name: "fix" for state in (*missing, *altered)} | {state.name: "grow" for state in grown}
        deadline = time.monotonic() + _SETTLE_SECONDS
        while True:  # brokers learn of changes a little after the controller has confirmed them
            after = _states(client, settings, specs)
            pending = any(d.repair == settled.get(state.name) for state in after for d in state.differences)
            if not pending or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        for state in after:
            state.done = before[state.name].done
        return after


def require_topics(settings: Settings) -> None:
    """Raises Unavailable where a topic is missing: Faust would look for it again only after 45 s.

    Desks' topics may be missing: deliver makes them when it takes the rules up.
    """
    with admin(settings) as client:
        missing = [state.name for state in _states(client, settings, ALL) if not state.exists]
    if missing:
        raise Unavailable(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not on the broker: run `wire topics` first."
        )


def wanted_topics(settings: Settings) -> tuple[TopicSpec, ...]:
    """Every topic that should be there: the pipeline's, and one for each desk. Raises Usage or Unavailable."""
    if settings.desks_file is None:
        return ALL
    from pipeline.desks.reading import load

    return (*ALL, *map(desk_topic, load(settings.desks_file).names))


def _states(client: KafkaAdminClient, settings: Settings, specs: Sequence[TopicSpec]) -> list[TopicState]:
    names = {settings.topic(spec): spec for spec in specs}
    found = {t["name"]: t for t in client.describe_topics(list(names)) if _found(t["name"], t)}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in found]
    configs = client.describe_configs(resources, config_filter="all").get("topic", {}) if resources else {}
    return [_state(settings, spec, name, found.get(name), configs.get(name, {})) for name, spec in names.items()]


def _found(name: str, topic: dict[str, Any]) -> bool:
    error = errors.for_code(topic["error_code"])
    if error is errors.UnknownTopicOrPartitionError:
        return False
    if issubclass(error, errors.AuthorizationError):
        raise Unavailable(f"Kafka does not let us see {name}: grant Describe on it with Kafka's ACLs.")
    return True  # a partition without a leader for the moment is no missing topic


def _state(
    settings: Settings, spec: TopicSpec, name: str, found: dict[str, Any] | None, configs: dict[str, dict[str, Any]]
) -> TopicState:
    state = TopicState(spec, name)
    if found is None:
        return state
    state.partitions = len(found["partitions"])
    state.replicas = min(len(p["replica_nodes"]) for p in found["partitions"])
    wanted = settings.partition_count(spec)
    if state.partitions != wanted:
        grows = spec.partitions == "scaled" and state.partitions < wanted
        state.differences.append(Difference("partitions", str(state.partitions), str(wanted), "grow" if grows else ""))
    if state.replicas != settings.replication:
        state.differences.append(Difference("replicas", str(state.replicas), str(settings.replication), ""))
    for key, value in wanted_config(settings, spec).items():
        state.config[key] = is_ = str(configs.get(key, {}).get("value"))
        if is_ != value:
            state.differences.append(Difference(key, is_, value, "fix"))
    return state


def _create(client: KafkaAdminClient, settings: Settings, missing: Sequence[TopicState]) -> None:
    if not missing:
        return
    answer = client.create_topics(
        {
            state.name: {
                "num_partitions": settings.partition_count(state.spec),
                "replication_factor": settings.replication,
                "configs": wanted_config(settings, state.spec),
            }
            for state in missing
        },
        raise_errors=False,
    )
    by_name = {state.name: state for state in missing}
    for topic in answer["topics"]:
        error = errors.for_code(topic["error_code"])
        if error is errors.NoError:
            by_name[topic["name"]].done.append("created")
        elif error is not errors.TopicAlreadyExistsError:  # another process may create them too
            detail = topic.get("error_message") or error.__name__
            raise Unavailable(f"Kafka refused to create {topic['name']} ({_sentence(detail)}): {_hint(error)}.")
    client.wait_for_topics(list(by_name), timeout_ms=_READY_MS)


def _alter(client: KafkaAdminClient, state: TopicState) -> bool:
    changes = {d.what: d.should for d in state.differences if d.repair == "fix"}
    if not changes:
        return False
    answer = client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, state.name, changes)])
    result = answer["topic"][state.name]
    if result != "OK":
        raise Unavailable(f"Kafka refused to change {state.name} ({_sentence(result)}).")
    state.done += [f"{what} set to {value}" for what, value in changes.items()]
    return True


def _grow(client: KafkaAdminClient, settings: Settings, state: TopicState) -> bool:
    if not any(d.repair == "grow" for d in state.differences):
        return False
    wanted = settings.partition_count(state.spec)
    client.create_partitions({state.name: wanted})
    client.wait_for_topics([state.name], timeout_ms=_READY_MS)
    state.done.append(f"grown from {state.partitions} to {wanted} partitions")
    return True


def _hint(error: type[Exception]) -> str:
    if error is errors.InvalidReplicationFactorError:
        return "set WIRE_REPLICATION to at most the number of brokers"
    if issubclass(error, errors.AuthorizationError):
        return "grant Create on it with Kafka's ACLs"
    return "change the setting it names, or ask who runs the cluster"


def _sentence(text: str) -> str:
    return text.strip().rstrip(".")
