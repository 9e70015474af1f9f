"""Text to tokens, in a way that keeps every character's place and costs little.

Text is cut at blanks only; what is attached to a word (quotes, brackets, commas, a possessive) is taken off when a
token is seen for the first time and remembered, since wire copy repeats itself.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_BLANKS = re.compile(r"[\t\n\r\f\v\u00a0\u2000-\u200a\u202f\u3000]")
_DASHES = re.compile(r"[—―]|(?<=\w)--(?=\w)|(?<=\d)–(?=\D)|(?<=[^\W\d])–(?=\w)")
_PARTS = re.compile(r"([\W_]*)(?:(.*[^\W_])([\W_]*))?", re.DOTALL)
_STOPS = frozenset(".!?")
_POSSESSIVE = re.compile(r"(?:['’‘`]s|['’]S)$")
_ABBREVIATED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?\.?$|(?:[A-Z][a-z]{0,2}\.)+[A-Z]\.$")
_KEEP_DOT = frozenset(
    ("Mr", "Mrs", "Ms", "Dr", "Prof", "Sen", "Rep", "Gov", "Gen", "Col", "Lt", "Maj", "Capt", "Sgt", "Cpl", "Pvt",
     "Adm", "Cmdr", "Rev", "Fr", "Sr", "Jr", "St", "Ste", "Mt", "Ft", "Inc", "Corp", "Co", "Ltd", "Bros", "Cos",
     "Cie", "No", "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sept", "Sep", "Oct", "Nov", "Dec", "Mon",
     "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Ala", "Ariz", "Ark", "Calif", "Colo", "Conn", "Del", "Fla", "Ga",
     "Ill", "Ind", "Kan", "Ky", "La", "Md", "Mass", "Mich", "Minn", "Miss", "Mo", "Mont", "Neb", "Nev", "Okla",
     "Ore", "Pa", "Tenn", "Tex", "Vt", "Va", "Wash", "Wis", "Wyo", "Hon", "Messrs", "Mme", "Mlle", "Univ", "Dept",
     "Assn", "Ave", "Blvd", "Rd", "vs", "etc", "Jos", "Wm", "Chas", "Geo", "Thos", "Pty", "S.p.A")
)  # fmt: skip

NONE, QUOTE, BRACKET = range(3)
"""What stands before a word: nothing, an opening quote, an opening bracket."""
COMMA, STOP, CLOSE, POSSESSIVE = range(1, 5)
"""What stands after it: (nothing,) a comma or the like, the end of a sentence, a closing bracket, a possessive."""


class Token(NamedTuple):
    """What one blank-separated run of characters is made of; a pure function of those characters."""

    core: str
    """The word itself: `Biden` of `“Biden’s,`. Empty where there is punctuation only."""
    lead: int
    """Characters before the core."""
    before: int
    after: int
    closes: bool
    """Nothing that follows can belong to the same name."""

    @property
    def opens(self) -> bool:
        """Nothing that precedes can belong to the same name."""
        return self.before != NONE


def is_level(text: str) -> bool:
    """Whether `level` would surely change nothing about a text. Told in little time."""
    return text.isascii() and not ("--" in text or "\t" in text or "\n" in text or "\r" in text)


def level(paragraph: str) -> str:
    """A paragraph with its blanks, and dashes that part words, as single blanks: every character keeps its place."""
    if is_level(paragraph):
        return paragraph
    if not paragraph.isprintable():  # as all blanks but the common one
        paragraph = _BLANKS.sub(" ", paragraph)
    if "--" in paragraph or "—" in paragraph or "–" in paragraph or "―" in paragraph:
        paragraph = _DASHES.sub(lambda m: " " * len(m[0]), paragraph)
    return paragraph


def split(paragraph: str) -> list[str]:
    """A paragraph as tokens whose lengths add up: token i starts at sum(len + 1 of those before it).

    Runs of blanks give empty tokens.
    """
    return level(paragraph).split(" ")


def keeps_dot(core: str) -> bool:
    """Whether a full stop behind a word belongs to it: `Mr`, `U.S`."""
    if len(core) > 1 and "." not in core:
        return core in _KEEP_DOT
    return core in _KEEP_DOT or _ABBREVIATED.match(core + ".") is not None


def analyse(raw: str) -> Token:
    """Take a token apart."""
    parts = _PARTS.fullmatch(raw)
    lead, core, tail = parts.groups("") if parts else ("", "", raw)
    before = NONE
    for c in lead if core else raw:
        if c in "\"“”‘'«„`":
            before = QUOTE
        elif c in "([{<":
            before = BRACKET
    if not core:
        bare = bool(raw.strip())
        return Token("", 0, before, STOP if not _STOPS.isdisjoint(raw) else COMMA if bare else NONE, bare)
    if tail[:1] == "." and keeps_dot(core):
        core, tail = core + ".", tail[1:]
    after, closes = NONE, bool(tail)
    if core[-1] in "sS" and len(core) > 3 and (possessive := _POSSESSIVE.search(core)):
        core, after, closes = core[: possessive.start()], POSSESSIVE, True
    elif tail[:1] in ("'", "’") and core[-1] == "s":
        after = POSSESSIVE
    if not _STOPS.isdisjoint(tail):
        after = STOP
    elif after != POSSESSIVE and tail:
        after = CLOSE if tail[0] in ")]}>" else COMMA
    return Token(core, len(lead), before, after, closes)
