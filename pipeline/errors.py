"""The two kinds of failure a stage may report, and the one a user sees.

A *permanent* failure belongs to the story: trying again cannot help, so it is dead-lettered with its reason.
A *transient* one belongs to the surroundings (a broker away, a disk full): it is tried again.
"""

from __future__ import annotations


class Rejected(Exception):
    """This story cannot be processed, now or later. Goes to `wire.dead`.

    `code` is one of a bounded set (it labels a metric); `detail` is one clear sentence for a person.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Skipped(Exception):
    """Sound input that carries no text story (a picture, a planning item): counted, set aside, not broken.

    `what` names the kind, such as `picture`; `detail` is one clear sentence.
    """

    def __init__(self, what: str, detail: str) -> None:
        super().__init__(f"{what}: {detail}")
        self.what = what
        self.detail = detail


class Usage(Exception):
    """The command was used wrongly. One sentence that says what to do; exit status 2."""


class Unavailable(Exception):
    """Something that the command needs is not there (a broker, Java, a file). One sentence with the remedy; exit 1."""
