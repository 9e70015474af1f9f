"""The texts of recent versions, for saying what a later one changed. Bounded by bytes, the longest unused go first."""

from __future__ import annotations

from collections import OrderedDict

from pipeline.model import Story


class Texts:
    """Raw record (`RecordId` as text) to the story it brought, as JSON. What is not here can be read again."""

    def __init__(self, max_bytes: int = 32_000_000) -> None:
        self._stories: OrderedDict[str, bytes] = OrderedDict()
        self._max = max_bytes
        self.nbytes = 0

    def put(self, record: str, story_json: bytes) -> None:
        known = self._stories.pop(record, None)
        if known is not None:
            self.nbytes -= len(known)
        self._stories[record] = bytes(memoryview(story_json))  # a copy: what orjson returns holds on to kilobytes
        self.nbytes += len(story_json)
        while self.nbytes > self._max and self._stories:
            self.nbytes -= len(self._stories.popitem(last=False)[1])

    def get(self, record: str) -> Story | None:
        data = self._stories.get(record)
        if data is None:
            return None
        self._stories.move_to_end(record)
        return Story.from_json(data)
