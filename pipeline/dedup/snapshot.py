"""All that dedup knows as a stream of bytes, and back: the very same state, so that it decides the same from there on.

The stream is a head and then the arrays one after the other, as they lie in memory:

    u32 length | head as JSON: format, parameters, scalars, and name, type and shape of each array | arrays

Whoever carries it cuts it into parts as he likes. `FORMAT` is raised whenever an array or its meaning changes; a
snapshot of another format, or of other parameters, is refused, and the verdict log is read instead.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from pipeline.dedup.arena import GROWTH, PAGE
from pipeline.dedup.block import BLOCK
from pipeline.dedup.columns import columns_of
from pipeline.dedup.fingerprint import VERSION
from pipeline.dedup.memory import COLUMNS, Waiting
from pipeline.dedup.runs import edges_of
from pipeline.dedup.state import State
from pipeline.dedup.threads import weighed
from pipeline.model import Verdict

FORMAT = 4
_LENGTH = struct.Struct("<I")
Array = NDArray[Any]


class Unfit(ValueError):
    """The bytes are no snapshot that this program can use; the message says why."""


def dump(state: State, piece: int = 1 << 21) -> Iterator[bytes]:
    """The stream, in pieces of about so many bytes. The state must not change until the last was taken."""
    arrays, scalars = _arrays(state), _scalars(state)
    described = [[name, data.dtype.str, list(data.shape)] for name, data in arrays.items()]
    head = orjson.dumps({"format": FORMAT, "fits": _fits(state), "scalars": scalars, "arrays": described})
    yield _LENGTH.pack(len(head)) + head
    for data in arrays.values():
        flat = _bytes(np.ascontiguousarray(data))
        for at in range(0, len(flat), piece):
            yield bytes(flat[at : at + piece])


class Loader:
    """Takes in the stream, cut anywhere, and gives the state. Memory is needed for the state alone."""

    def __init__(self, state: State) -> None:
        """`state` is an empty one, of the parameters that are wanted. It is of use only after `finish`."""
        self._state = state
        self._head: dict[str, Any] = {}
        self._begun = bytearray()
        self._arrays: dict[str, Array] = {}
        self._waiting: list[memoryview] = []
        self._at = 0

    def feed(self, data: bytes) -> None:
        """The next piece. Raises Unfit."""
        if not self._head:
            self._begun += data
            if len(self._begun) < _LENGTH.size:
                return
            (length,) = _LENGTH.unpack_from(self._begun)
            if len(self._begun) < _LENGTH.size + length:
                return
            self._open(bytes(self._begun[_LENGTH.size : _LENGTH.size + length]))
            data = bytes(self._begun[_LENGTH.size + length :])
        view = memoryview(data)
        while len(view):
            if not self._waiting:
                raise Unfit("it is longer than its head says")
            room = self._waiting[0]
            count = min(len(room) - self._at, len(view))
            room[self._at : self._at + count] = view[:count]
            self._at += count
            view = view[count:]
            if self._at == len(room):
                self._waiting.pop(0)
                self._at = 0

    def _open(self, data: bytes) -> None:
        try:
            head = orjson.loads(data)
            if head["format"] != FORMAT:
                raise Unfit(f"it is of format {head['format']}, this program reads {FORMAT}")
            if head["fits"] != (wanted := _fits(self._state)):
                other = [name for name in wanted if head["fits"].get(name) != wanted[name]]
                raise Unfit(f"it was made with another setting of {', '.join(other)}")
            self._head = head
            for name, kind, shape in head["arrays"]:
                if np.dtype(kind).kind not in "uif":
                    raise Unfit(f"its head cannot be read: {name} is of type {kind}")
                self._arrays[name] = np.empty(shape, dtype=kind)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, MemoryError) as e:
            raise e if isinstance(e, Unfit) else Unfit(f"its head cannot be read: {e}") from e
        self._waiting = [_bytes(a) for a in self._arrays.values() if a.size]

    def finish(self) -> State:
        """The state, when all was fed. Raises Unfit."""
        if not self._head or self._waiting:
            raise Unfit("it is cut short")
        try:
            _restore(self._state, self._arrays, self._head["scalars"])
        except (KeyError, TypeError, ValueError) as e:
            raise Unfit(f"its parts do not agree: {e}") from e
        return self._state


def _bytes(data: Array) -> memoryview:
    flat: Any = data.reshape(-1)
    return memoryview(flat).cast("B")


def _fits(state: State) -> dict[str, Any]:
    """What a snapshot and the program that reads it must have in common."""
    memory = state.memory
    return {
        "fingerprint": VERSION, "block": BLOCK, "horizon": memory.horizon,
        "stories": memory.capacity, "archive": memory.archive,
    }  # fmt: skip


def _arrays(state: State) -> dict[str, Array]:
    memory, keys, threads = state.memory, state.keys, state.threads
    found: dict[str, Array] = {f"memory.{name}": getattr(memory, name)[: memory.used + 1] for name in COLUMNS}
    pages = memory.arena.reached
    found |= {
        "arena.data": memory.arena.data[: pages * PAGE],
        "arena.rows": memory.arena.rows[:pages],
        "memory.free": np.array(memory.free, dtype=np.uint32),
        "memory.live": np.array(memory.live[memory.gone[0] :], dtype=np.int64),
        "memory.old": np.array(memory.old[memory.gone[1] :], dtype=np.int64),
        "keys.hashes": keys.hashes,
        "keys.places": keys.places,
        "keys.new": np.fromiter(keys.new.keys(), dtype=np.uint64, count=len(keys.new)),
        "keys.new_places": np.fromiter(keys.new.values(), dtype=np.uint32, count=len(keys.new)),
        "frequency.counts": state.frequency.counts,
        "frequency.weights": state.frequency.weights,
    }
    threads.sums.settle()
    found |= _packed("sums", threads.sums.known) | _packed("origins", state.origins.threads)
    for name, index in (("shingles", state.shingles), ("threads", threads.index)):
        found |= {f"{name}.table": index.table, f"{name}.written": index.written}
    return found


def _packed(name: str, threads: dict[int, bytes]) -> dict[str, Array]:
    """Bytes by number of thread as arrays."""
    return {
        f"{name}.numbers": np.fromiter(threads, dtype=np.int64, count=len(threads)),
        f"{name}.sizes": np.fromiter(map(len, threads.values()), dtype=np.int64, count=len(threads)),
        f"{name}.data": np.frombuffer(b"".join(threads.values()), dtype=np.uint8),
    }


def _unpacked(name: str, arrays: dict[str, Array]) -> dict[int, bytes]:
    data, edges = arrays[f"{name}.data"].tobytes(), edges_of(arrays[f"{name}.sizes"]).tolist()
    numbers = arrays[f"{name}.numbers"].tolist()
    return {number: data[a:b] for number, (a, b) in zip(numbers, pairwise(edges), strict=True)}


def _scalars(state: State) -> dict[str, Any]:
    memory, arena, block = state.memory, state.memory.arena, state.block
    waiting = [memory.waiting[slot] for slot in block.slots]
    return {
        "used": memory.used, "next": memory.next, "bytes": memory.bytes, "recent": list(memory.recent),
        "long": {str(slot): told.decode() for slot, told in memory.long_verdicts.items()},
        "arena": [[page for page in arena.free if page < arena.reached], arena.page, arena.at],
        "keys": [state.keys.size, state.keys.used],
        "frequency": [state.frequency.stories, state.frequency.due],
        "sources": state.origins.names,
        "block": [block.length, block.slots, block.events, block.tells],
        "waiting": [[w.print.hex(), asdict(w.verdict), w.version] for w in waiting],
    }  # fmt: skip


def _restore(state: State, arrays: dict[str, Array], scalars: dict[str, Any]) -> None:
    memory, keys, frequency, threads = state.memory, state.keys, state.frequency, state.threads
    used, memory.next, memory.bytes = scalars["used"], scalars["next"], scalars["bytes"]
    memory.used = used
    for name in COLUMNS:
        getattr(memory, name)[: used + 1] = arrays.pop(f"memory.{name}")
    memory.recent.extend(scalars["recent"])
    memory.long_verdicts = {int(slot): told.encode() for slot, told in scalars["long"].items()}
    memory.free = array("I", arrays["memory.free"].tobytes())
    memory.live = array("q", arrays["memory.live"].tobytes())
    memory.old = array("q", arrays["memory.old"].tobytes())
    arena = memory.arena
    arena.free, arena.page, arena.at = scalars["arena"]
    arena.data, arena.rows = arrays["arena.data"], arrays["arena.rows"]
    if not arena.data.size:
        arena.data, arena.rows = np.zeros(GROWTH * PAGE, dtype=np.uint8), np.zeros(GROWTH, dtype=np.int32)
    keys.size, keys.used = scalars["keys"]
    keys.hashes, keys.places = arrays["keys.hashes"], arrays["keys.places"]
    new = zip(arrays["keys.new"].tolist(), arrays["keys.new_places"].tolist(), strict=True)
    keys.new = dict(new)
    frequency.stories, frequency.due = scalars["frequency"]
    frequency.counts, frequency.weights = arrays["frequency.counts"], arrays["frequency.weights"]
    threads.sums.known = _unpacked("sums", arrays)
    for name, index in (("shingles", state.shingles), ("threads", threads.index)):
        if index.table.shape != arrays[f"{name}.table"].shape:
            raise Unfit(f"its table of {name} has another shape")
        index.table, index.written = arrays[f"{name}.table"], arrays[f"{name}.written"]
    state.origins.restore(scalars["sources"], _unpacked("origins", arrays))
    block = state.block
    block.length, block.slots, block.events, block.tells = scalars["block"]
    if not block.slots:
        return
    block.columns = columns_of([bytes.fromhex(print_) for print_, _, _ in scalars["waiting"]])
    block.weighed = weighed(block.columns, frequency)
    for n, (slot, (_, verdict, version)) in enumerate(zip(block.slots, scalars["waiting"], strict=True)):
        print_ = block.columns.prints[n]
        memory.waiting[slot] = Waiting(print_, block.weighed.terms_at(n), Verdict(**verdict), version)
