"""What a format gives, in a module of its own so that formats need not import their registry."""

from __future__ import annotations

from pipeline.model import Story
from pipeline.stages.base import Dead, SkippedItem

Item = Story | SkippedItem | Dead
"""A text story; sound input without one; or an item that is broken while its neighbours are not."""
