"""Read a vocabulary file: TOML to entries, or every flaw in it at once, each with its line.

`docs/vocabulary.md` describes the file for desks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pipeline.mediatopics import modelfile
from pipeline.mediatopics import vocabulary as media
from pipeline.rulefiles.lines import Flaw, Flawed, read
from pipeline.vocabulary.checks import Checks
from pipeline.vocabulary.entries import Adjustment, Entry, Needle, OwnTag, OwnTopic, Vocabulary
from pipeline.vocabulary.finder import BadPattern, compiled

MOST_NEEDLES = 50_000
MOST_BOOST = 20.0
STEM_CHARACTERS = 3
"""A shorter stem, of a language with an alphabet, would fit too much."""

_COMMON = ("terms", "patterns", "needs", "languages", "fields", "match_case")
_KEYS = {
    "tag": ("name", "id", *_COMMON),
    "topic": ("name", "qcode", "broader", *_COMMON),
    "media_topic": ("qcode", "boost", "forbid", *_COMMON),
}
_QCODE = re.compile(r"[A-Za-z][\w.-]*:[^\s:]\S*")


def parse(text: str, name: str) -> Vocabulary:
    """The vocabulary that a file's text holds. Raises Flawed with everything that is wrong with it."""
    document = read(text, name)
    check = _Check(document)
    vocabulary = check.vocabulary(hashlib.sha256(text.encode()).hexdigest()[:8])
    if check.flaws:
        raise Flawed(name, check.flaws)
    return vocabulary


class _Check(Checks):
    """Goes through a document, making entries and noting flaws."""

    def vocabulary(self, digest: str) -> Vocabulary:
        made: dict[str, list[Entry]] = {kind: [] for kind in _KEYS}
        for kind, tables in self.document.data.items():
            if kind not in _KEYS:
                self.flaw(
                    self._first(kind),
                    f"There is no `{kind}` here{_near(kind, _KEYS)}; a vocabulary has {_list(_KEYS)}.",
                )
            elif not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
                self.flaw(self._first(kind), f"Write each {kind} as a table of its own, headed [[{kind}]].")
            else:
                made[kind] = [self._entry(kind, at, table) for at, table in enumerate(tables)]
        self._twice([*made["tag"], *made["topic"]])
        if sum(len(entry.needles) for entries in made.values() for entry in entries) > MOST_NEEDLES:
            self.flaw((), f"There are more than {MOST_NEEDLES:,} terms and patterns.")
        return Vocabulary(
            f"vocabulary-{digest}",
            tuple(entry for entry in made["tag"] if isinstance(entry, OwnTag)),
            tuple(entry for entry in made["topic"] if isinstance(entry, OwnTopic)),
            tuple(entry for entry in made["media_topic"] if isinstance(entry, Adjustment)),
        )

    def _first(self, kind: str) -> tuple[str | int, ...]:
        """Where a table of a kind, or an array of them, stands first."""
        return (kind, 0) if (kind, 0) in self.document.lines else (kind,)

    def _twice(self, entries: Sequence[Entry]) -> None:
        seen: dict[tuple[str, str], int] = {}
        for entry in entries:
            first = seen.setdefault(entry.key, entry.line)
            if first != entry.line:
                self.flaws.append(Flaw(entry.line, f"`{entry.key[1]}` stands in line {first} already."))

    def _entry(self, kind: str, at: int, table: dict[str, Any]) -> Entry:
        path = (kind, at)
        for key in table:
            if key not in _KEYS[kind]:
                near = _near(key, _KEYS[kind])
                self.flaw((*path, key), f"A {kind} has no `{key}`{near}; it may have {_list(_KEYS[kind])}.")
        before = len(self.flaws)
        needles = self._needles(path, table)
        if not needles and kind != "media_topic" and len(self.flaws) == before:
            self.flaw(path, f"This {kind} has neither terms nor patterns, so it would never be given.")
        if needles and not any(needle.weight > 0 for needle in needles):
            self.flaw(path, "No weight here is above zero, so this would never hold.")
        common: dict[str, Any] = {
            "needles": needles,
            "needs": self.number((*path, "needs"), table, 1.0, 0.01, 1000.0),
            "languages": self.languages(path, table),
            "where": self.where(path, table),
            "line": self.document.line(*path),
        }
        match kind:
            case "tag":
                name = self.string(path, table, "name", needed=True)
                return OwnTag(name=name, code=self.string(path, table, "id"), **common)
            case "topic":
                return self._topic(path, table, common)
            case _:
                return self._adjustment(path, table, common)

    def _topic(self, path: tuple[str, int], table: dict[str, Any], common: dict[str, Any]) -> OwnTopic:
        code = self.string(path, table, "qcode", needed=True)
        given = self.string(path, table, "name")
        broader: tuple[str, ...] = ()
        if code.startswith(media.PREFIX):
            if self._in_force((*path, "qcode"), code):
                broader, given = tuple(media.broader(code)), given or media.topics()[code].name
            if "broader" in table:
                self.flaw((*path, "broader"), "What stands above a Media Topic is IPTC's to say; leave it out.")
            return OwnTopic(name=given, code=code, broader=broader, **common)
        if code and not _QCODE.fullmatch(code):
            self.flaw((*path, "qcode"), f"`{code}` is no qcode: write a scheme, a colon and a code, as desk:fisheries.")
        if not given:
            self.flaw(path, "A topic of your own needs a `name`.")
        wanted = table.get("broader", [])
        if not isinstance(wanted, list) or not all(isinstance(one, str) and _QCODE.fullmatch(one) for one in wanted):
            self.flaw((*path, "broader"), "`broader` is a list of qcodes, nearest first.")
            wanted = []
        for number, one in enumerate(wanted):
            if one.startswith(media.PREFIX):
                self._in_force((*path, "broader", number), one)
        return OwnTopic(name=given, code=code, broader=tuple(wanted), **common)

    def _adjustment(self, path: tuple[str, int], table: dict[str, Any], common: dict[str, Any]) -> Adjustment:
        code = self.string(path, table, "qcode", needed=True)
        before = len(self.flaws)
        forbid = self.flag((*path, "forbid"), table, False)
        boost = self.number((*path, "boost"), table, 0.0, -MOST_BOOST, MOST_BOOST)
        if (boost != 0.0) == forbid and len(self.flaws) == before:
            self.flaw(path, "A media_topic has either a `boost` other than zero or `forbid = true`.")
        if code and self._in_force((*path, "qcode"), code) and boost and code not in decided_codes():
            self.flaw((*path, "qcode"), f"The model does not decide on {code}, so there is nothing to boost; give it "
                       "by rule instead, as a [[topic]] with this qcode.")  # fmt: skip
        name = media.topics()[code].name if code in media.topics() else code
        return Adjustment(name=name, code=code, boost=boost, forbid=forbid, **common)

    def _in_force(self, path: tuple[str | int, ...], code: str) -> bool:
        topic = media.topics().get(code)
        if topic is None:
            self.flaw(path, f"`{code}` is no Media Topic.")
        elif topic.retired:
            self.flaw(path, f"`{code}` was retired on {topic.retired}; use {media.in_force(code)}.")
        return topic is not None and not topic.retired

    def _needles(self, path: tuple[str, int], table: dict[str, Any]) -> tuple[Needle, ...]:
        needles: list[Needle] = []
        case = self.flag((*path, "match_case"), table, False)
        for key in ("terms", "patterns"):
            items = table.get(key, [])
            if not isinstance(items, list):
                self.flaw((*path, key), f"`{key}` is a list.")
                continue
            for at, item in enumerate(items):
                needle = self._needle((*path, key, at), item, case)
                if needle is not None:
                    if any(n.shown == needle.shown and n.match_case == needle.match_case for n in needles):
                        self.flaw((*path, key, at), f"`{needle.words}` stands here twice.")
                    needles.append(needle)
        return tuple(needles)

    def _needle(self, path: tuple[str | int, ...], item: Any, case: bool) -> Needle | None:
        kind = "pattern" if path[2] == "patterns" else "term"
        weight = 1.0
        if isinstance(item, dict):
            for key in item:
                if key not in (kind, "weight", "match_case"):
                    self.flaw(path, f"A {kind} has no `{key}`; it may have {kind}, weight, match_case.")
            weight = self.number((*path, "weight"), item, 1.0, -1000.0, 1000.0)
            if weight == 0.0:
                self.flaw(path, "A weight of zero has no effect.")
            case = self.flag((*path, "match_case"), item, case)
            item = item.get(kind)
        if not isinstance(item, str) or not item.strip():
            self.flaw(path, f"A {kind} is a text, or a table with `{kind}` and `weight`.")
            return None
        if kind == "pattern":
            try:
                compiled(item, case)
            except BadPattern as e:
                self.flaw(path, f"The pattern `{item[:80]}` cannot be used: {e}.")
                return None
            return Needle(item, "pattern", weight, case)
        words = " ".join(item.split())
        if not words.endswith("*"):
            return Needle(words, "term", weight, case)
        words = words.rstrip("*")
        if len(words.split(" ")[-1]) < STEM_CHARACTERS and words.isascii():
            self.flaw(path, f"`{item}` would fit too much: a stem has at least {STEM_CHARACTERS} letters before its *.")
            return None
        return Needle(words, "stem", weight, case)


def decided_codes() -> frozenset[str]:
    """The Media Topics that the model has a confidence for."""
    return frozenset(modelfile.codes())


def _near(word: str, known: Any) -> str:
    close = get_close_matches(word, list(known), 1, 0.7)
    return f" (did you mean `{close[0]}`?)" if close else ""


def _list(words: Any) -> str:
    return ", ".join(words)
