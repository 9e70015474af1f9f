"""A story on its way between stages, and the batch of them that one Kafka record carries.

A packet is a handful of named sections, each decoded only by a stage that looks at it: dedup reads the card and the
fingerprint and passes the text on as bytes; tag reads the story and adds its tags. So the price of a hop does not
grow with what earlier stages wrote.

Frame of a batch, integers big-endian:

    u8 format (2) | u32 packets | per packet: u8 sections | a u8 code for each | a u32 length for each | their bytes
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

import orjson

from pipeline.model import Card, MediaTopic, Story, Tag, Verdict

T = TypeVar("T")

FORMAT = 2
CARD, FINGERPRINT, STORY, VERDICT, TAGS, TOPICS, TRACE = range(1, 8)

_HEAD = struct.Struct(">BI")
_TABLES = tuple(struct.Struct(f">{n}B{n}I") for n in range(16))
"""By the number of sections: one call for a packet's table instead of one a section."""


class BadFrame(ValueError):
    """The bytes are not a batch of packets: a foreign producer wrote to an internal topic, or a newer format."""


class Packet:
    """One story and what the stages have said about it so far; see the module."""

    __slots__ = ("_read", "_sections", "_stamped")

    def __init__(self, sections: dict[int, bytes] | None = None) -> None:
        self._sections: dict[int, bytes] = sections if sections is not None else {}
        self._read: dict[int, Any] = {}
        self._stamped = False
        """The trace has stamps that its section has not."""

    def _get(self, code: int, decode: Callable[[bytes], T], empty: Callable[[], T] | None = None) -> T:
        value: T | None = self._read.get(code)
        if value is None:
            data = self._sections.get(code)
            if data is None:
                if empty is None:
                    raise KeyError(f"the packet has no section {code}: a stage was left out")
                value = empty()
            else:
                value = decode(data)
            self._read[code] = value
        return value

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
        self._read[TRACE] = trace
        self._stamped = True

    def _write_stamps(self) -> None:
        """Stamps come one by one, and are encoded once for each hop."""
        if self._stamped:
            self._sections[TRACE] = orjson.dumps(self._read[TRACE])
            self._stamped = False

    def drop(self, *codes: int) -> None:
        """Leave sections behind that no later stage reads."""
        for code in codes:
            self._sections.pop(code, None)
            self._read.pop(code, None)

    def section(self, code: int) -> bytes:
        """One section as it is, undecoded; empty where no stage has written it."""
        self._write_stamps()
        return self._sections.get(code, b"")

    def sections(self, *codes: int) -> dict[int, bytes]:
        """Some of the sections as they are, for a packet that holds no more than these."""
        self._write_stamps()
        return {code: self._sections[code] for code in codes}

    def parts(self) -> list[bytes]:
        """What its encoded form is joined from."""
        self._write_stamps()
        sections = self._sections
        datas = list(sections.values())
        n = len(datas)
        return [bytes((n,)), _TABLES[n].pack(*sections, *map(len, datas)), *datas]

    def encode(self) -> bytes:
        return b"".join(self.parts())


def encode_batch(packets: Sequence[Packet]) -> bytes:
    return _join([part for packet in packets for part in packet.parts()], len(packets))


def encode_batches(packets: Iterable[Packet], max_bytes: int) -> list[bytes]:
    """Split into batches whose encoded size stays within `max_bytes`, in order.

    A packet that is larger alone still gets a batch of its own: whether the broker takes it is the sender's business.
    """
    batches: list[bytes] = []
    held = 0
    parts: list[bytes] = []
    size = _HEAD.size
    for packet in packets:
        more = packet.parts()
        length = sum(map(len, more))
        if held and size + length > max_bytes:
            batches.append(_join(parts, held))
            held, parts, size = 0, [], _HEAD.size
        held += 1
        parts += more
        size += length
    if held:
        batches.append(_join(parts, held))
    return batches


def _join(parts: list[bytes], packets: int) -> bytes:
    return b"".join((_HEAD.pack(FORMAT, packets), *parts))


def decode_batch(data: bytes) -> list[Packet]:
    """The packets of a batch. Raises BadFrame."""
    try:
        version, count = _HEAD.unpack_from(data)
        if version != FORMAT:
            raise BadFrame(f"batch format {version}, this version reads {FORMAT}")
        at = _HEAD.size
        packets = []
        for _ in range(count):
            n = data[at]
            table = _TABLES[n]
            codes_and_lengths = table.unpack_from(data, at + 1)
            at += 1 + table.size
            sections: dict[int, bytes] = {}
            for code, length in zip(codes_and_lengths[:n], codes_and_lengths[n:], strict=True):
                sections[code] = data[at : at + length]
                at += length
            if at > len(data):
                raise BadFrame("a section runs past the end")
            packets.append(Packet(sections))
    except (struct.error, IndexError) as e:
        raise BadFrame(f"not a batch of packets: {e}") from e
    if at != len(data):
        raise BadFrame(f"{len(data) - at} bytes left over")
    return packets
