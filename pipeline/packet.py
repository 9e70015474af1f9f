"""A story on its way between stages, and the batch of them that one Kafka record carries.

A packet is a handful of named sections, each decoded only by a stage that looks at it: dedup reads the card and the
fingerprint and passes the text on as bytes; tag reads the story and adds its tags. So the price of a hop does not
grow with what earlier stages wrote.

Frame of a batch, integers big-endian:

    u8 format (1) | u32 packets | per packet: u8 sections | per section: u8 code, u32 length, bytes
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

import orjson

from pipeline.model import Card, MediaTopic, Story, Tag, Verdict

T = TypeVar("T")

FORMAT = 1
CARD, FINGERPRINT, STORY, VERDICT, TAGS, TOPICS, TRACE = range(1, 8)

_HEAD = struct.Struct(">BI")
_SECTION = struct.Struct(">BI")


class BadFrame(ValueError):
    """The bytes are not a batch of packets: a foreign producer wrote to an internal topic, or a newer format."""


class Packet:
    """One story and what the stages have said about it so far; see the module."""

    __slots__ = ("_read", "_sections")

    def __init__(self, sections: dict[int, bytes] | None = None) -> None:
        self._sections: dict[int, bytes] = sections if sections is not None else {}
        self._read: dict[int, Any] = {}

    def _get(self, code: int, decode: Callable[[bytes], T], empty: Callable[[], T] | None = None) -> T:
        value = self._read.get(code)
        if value is None:
            data = self._sections.get(code)
            if data is None:
                if empty is None:
                    raise KeyError(f"the packet has no section {code}: a stage was left out")
                value = empty()
            else:
                value = decode(data)
            self._read[code] = value
        return cast(T, value)

    def _set(self, code: int, data: bytes, value: object) -> None:
        self._sections[code] = data
        self._read[code] = value

    @property
    def card(self) -> Card:
        return self._get(CARD, Card.from_json)

    @card.setter
    def card(self, value: Card) -> None:
        self._set(CARD, value.to_json(), value)

    @property
    def fingerprint(self) -> bytes:
        return self._sections[FINGERPRINT]

    @fingerprint.setter
    def fingerprint(self, value: bytes) -> None:
        self._sections[FINGERPRINT] = value

    @property
    def story(self) -> Story:
        return self._get(STORY, Story.from_json)

    @story.setter
    def story(self, value: Story) -> None:
        self._set(STORY, value.to_json(), value)

    @property
    def story_json(self) -> bytes:
        """The story as JSON bytes, undecoded."""
        return self._sections[STORY]

    @property
    def verdict(self) -> Verdict:
        return self._get(VERDICT, Verdict.from_json)

    @verdict.setter
    def verdict(self, value: Verdict) -> None:
        self._set(VERDICT, value.to_json(), value)

    @property
    def tags(self) -> list[Tag]:
        return self._get(TAGS, cast("Callable[[bytes], list[Tag]]", orjson.loads), list)

    @tags.setter
    def tags(self, value: list[Tag]) -> None:
        self._set(TAGS, orjson.dumps(value), value)

    @property
    def topics(self) -> list[MediaTopic]:
        return self._get(TOPICS, cast("Callable[[bytes], list[MediaTopic]]", orjson.loads), list)

    @topics.setter
    def topics(self, value: list[MediaTopic]) -> None:
        self._set(TOPICS, orjson.dumps(value), value)

    @property
    def trace(self) -> dict[str, Any]:
        """Stage name to epoch milliseconds at which it was done, and `<stage>.model` to the version that decided."""
        return self._get(TRACE, cast("Callable[[bytes], dict[str, Any]]", orjson.loads), dict)

    def stamp(self, stage: str, at: float, model: str = "") -> None:
        """Note that `stage` was done at `at` (epoch seconds), with the version of the model that decided, if any."""
        trace = self.trace
        trace[stage] = int(at * 1000)
        if model:
            trace[f"{stage}.model"] = model
        self._set(TRACE, orjson.dumps(trace), trace)

    def drop(self, *codes: int) -> None:
        """Leave sections behind that no later stage reads."""
        for code in codes:
            self._sections.pop(code, None)
            self._read.pop(code, None)

    def section(self, code: int) -> bytes:
        """One section as it is, undecoded; empty where no stage has written it."""
        return self._sections.get(code, b"")

    def sections(self, *codes: int) -> dict[int, bytes]:
        """Some of the sections as they are, for a packet that holds no more than these."""
        return {code: self._sections[code] for code in codes}

    def encode(self) -> bytes:
        parts = [bytes((len(self._sections),))]
        for code, data in self._sections.items():
            parts.append(_SECTION.pack(code, len(data)))
            parts.append(data)
        return b"".join(parts)


def encode_batch(packets: Sequence[Packet]) -> bytes:
    return b"".join((_HEAD.pack(FORMAT, len(packets)), *(p.encode() for p in packets)))


def encode_batches(packets: Iterable[Packet], max_bytes: int) -> list[tuple[list[Packet], bytes]]:
    """Split into batches whose encoded size stays within `max_bytes`, in order.

    A packet that is larger alone still gets a batch of its own: whether the broker takes it is the sender's business.
    """
    batches: list[tuple[list[Packet], bytes]] = []
    held: list[Packet] = []
    chunks: list[bytes] = []
    size = _HEAD.size
    for packet in packets:
        data = packet.encode()
        if held and size + len(data) > max_bytes:
            batches.append((held, b"".join((_HEAD.pack(FORMAT, len(held)), *chunks))))
            held, chunks, size = [], [], _HEAD.size
        held.append(packet)
        chunks.append(data)
        size += len(data)
    if held:
        batches.append((held, b"".join((_HEAD.pack(FORMAT, len(held)), *chunks))))
    return batches


def decode_batch(data: bytes) -> list[Packet]:
    """The packets of a batch. Raises BadFrame."""
    try:
        version, count = _HEAD.unpack_from(data)
        if version != FORMAT:
            raise BadFrame(f"batch format {version}, this version reads {FORMAT}")
        at = _HEAD.size
        packets = []
        for _ in range(count):
            sections: dict[int, bytes] = {}
            n = data[at]
            at += 1
            for _ in range(n):
                code, length = _SECTION.unpack_from(data, at)
                at += _SECTION.size
                end = at + length
                if end > len(data):
                    raise BadFrame("a section runs past the end")
                sections[code] = data[at:end]
                at = end
            packets.append(Packet(sections))
    except (struct.error, IndexError) as e:
        raise BadFrame(f"not a batch of packets: {e}") from e
    if at != len(data):
        raise BadFrame(f"{len(data) - at} bytes left over")
    return packets
