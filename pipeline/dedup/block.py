"""The stories decided since the tables changed last."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.dedup.columns import Columns
from pipeline.dedup.threads import Weighed

BLOCK = 128
"""Stories between two changes of the tables; fewer while there are few stories, so that words find their weight."""


@dataclass(slots=True)
class Block:
    """Its stories, in order of decision."""

    length: int = 1
    """How many it will have."""
    columns: Columns | None = None
    weighed: Weighed | None = None
    """Of all that are looked up so far, decided or not."""
    slots: list[int] = field(default_factory=list)
    events: list[float] = field(default_factory=list)
    tells: list[bool] = field(default_factory=list)
    """Whether the story counts for how often words occur: duplicates do not."""

    @property
    def room(self) -> int:
        return self.length - len(self.slots)

    def extend(self, columns: Columns, weighed: Weighed) -> tuple[Columns, Weighed]:
        """Take in more to look up, behind the decided ones; all of them."""
        if self.columns is not None and self.weighed is not None and (decided := len(self.slots)):
            before, before_weighed = self.columns, self.weighed
            if len(before) > decided:
                before, before_weighed = before.first(decided), before_weighed.first(decided)
            columns, weighed = before.and_more(columns), before_weighed.and_more(weighed)
        self.columns, self.weighed = columns, weighed
        return columns, weighed
