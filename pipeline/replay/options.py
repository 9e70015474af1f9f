"""What a replay was asked to do, checked for sense as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.errors import Usage
from pipeline.replay.files import STDIN, FeedFile


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """The options of `wire replay`; see its help. Raises Usage for those that contradict each other."""

    paths: Sequence[str]
    source: str = ""
    rate: float | None = None
    """Records a second."""
    speed: float | None = None
    """Seconds of the stories' own time in one of ours."""
    max_wait_seconds: float = float("inf")
    loop: bool = False
    fresh_ids: bool = False
    shuffle: int | None = None
    """The seed; None: in order."""
    shuffle_window: int = 0
    limit: int | None = None
    faults: Mapping[str, float] = field(default_factory=dict)
    """Shares by name, as `parse_faults` gives them."""
    seed: int = 0
    resume: bool = False

    def __post_init__(self) -> None:
        if not self.paths:
            raise Usage("name at least one file or folder, or - for standard input.")
        if self.rate is not None and self.speed is not None:
            raise Usage("--rate and --speed exclude each other: choose a steady rate or the stories' own times.")
        if (self.rate is not None and self.rate <= 0) or (self.speed is not None and self.speed <= 0):
            raise Usage("--rate and --speed take a number above 0.")
        if self.fresh_ids and not self.loop:
            raise Usage("--fresh-ids numbers the passes of --loop; add --loop.")
        if self.shuffle_window and self.shuffle is None:
            raise Usage("--shuffle-window bounds --shuffle; add --shuffle with a seed.")
        if self.resume and self.loop:
            raise Usage("--resume and --loop exclude each other: an endless replay has no end to get to.")

    def check_inputs(self, files: Sequence[FeedFile]) -> None:
        """Raises Usage where an option needs an input that can be read twice and one comes through a pipe."""
        pipes = [file for file in files if file.live]
        if pipes and (self.loop or self.resume):
            name = "standard input" if pipes[0].path == STDIN else f"the pipe {pipes[0].path}"
            raise Usage(f"{name} can be read only once: {'--loop' if self.loop else '--resume'} needs files.")

    def one_pass(self) -> ReplayOptions:
        """The same without an end that never comes."""
        return self if self.limit is not None else replace(self, loop=False, fresh_ids=False)

    @property
    def order(self) -> tuple[object, ...]:
        """Everything besides the inputs that decides which records go out and in which order."""
        faults = sorted(self.faults.items())
        return (self.source, self.shuffle, self.shuffle_window, self.limit, faults, self.seed if faults else 0)
