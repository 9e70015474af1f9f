"""Finds names by capitals and word lists."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.tokens import Token, analyse, split

Kind = Literal["person", "organisation", "place"]


@dataclass(slots=True)
class Mention:
    """A name where it stands: characters of its field, end exclusive."""

    kind: Kind
    words: str
    start: int
    end: int
    confidence: float


class Rules:
    """Longest names known to the lists first; other runs of capitals by what stands in and beside them."""

    def __init__(self, lexicon: Lexicon, gazetteer: Gazetteer) -> None:
        self._lexicon = lexicon
        self._gazetteer = gazetteer

    def find(self, text: str) -> list[Mention]:
        """The names in a text, in order, none overlapping."""
        tokens: list[tuple[Token, int]] = []
        at = 0
        for raw in split(text):
            if raw:
                tokens.append((analyse(raw), at))
            at += len(raw) + 1
        mentions: list[Mention] = []
        i = 0
        while i < len(tokens):
            if not _capital(tokens[i][0].core):
                i += 1
                continue
            j = self._run_end(tokens, i)
            mentions.extend(self._read_run(tokens, i, j))
            i = j
        return mentions

    def _run_end(self, tokens: list[tuple[Token, int]], i: int) -> int:
        j = i + 1
        while j < len(tokens) and not tokens[j - 1][0].closes and not tokens[j][0].opens:
            core = tokens[j][0].core
            if _capital(core):
                j += 1
            elif core in self._lexicon.inside and j + 1 < len(tokens) and not tokens[j][0].closes:
                k = j + 1
                if tokens[k][0].core == "the" and k + 1 < len(tokens):
                    k += 1
                if not _capital(tokens[k][0].core) or tokens[k][0].opens:
                    break
                j = k
            else:
                break
        return j

    def _read_run(self, tokens: list[tuple[Token, int]], i: int, j: int) -> list[Mention]:
        out: list[Mention] = []
        while i < j:
            first = (i == 0) or tokens[i - 1][0].after == 2 or tokens[i][0].before == 1
            for k in range(min(j, i + 7), i, -1):
                words = " ".join(t.core for t, _ in tokens[i:k])
                kind = self._known(words, tokens, i, k, first)
                if kind:
                    out.append(self._mention(kind, words, tokens, i, k, 0.8))
                    i = k
                    break
            else:
                i += 1
        return out

    def _mention(self, kind: Kind, words: str, tokens: list[tuple[Token, int]], i: int, k: int, sure: float) -> Mention:
        start = tokens[i][1] + tokens[i][0].lead
        last, at = tokens[k - 1]
        return Mention(kind, words, start, at + last.lead + len(last.core), sure)

    def _known(self, words: str, tokens: list[tuple[Token, int]], i: int, k: int, first: bool) -> Kind | None:
        lex = self._lexicon
        parts = words.split(" ")
        if not _capital(parts[0]) or not _capital(parts[-1]) or parts[0].lower() in lex.calendar:
            return None
        if words in self._gazetteer.demonyms or (first and len(parts) == 1 and parts[0].lower() in lex.inside):
            return None
        if words in lex.organisations:
            return "organisation"
        place = self._gazetteer.best(words)
        if place and (place.weight >= 100_000 or len(parts) > 1) and not (first and place.weight < 1_000_000):
            return "place"
        if len(parts) > 1:
            if parts[-1].lower() in lex.org_ends:
                return "organisation"
            names = [p for p in parts if p not in lex.inside]
            if names[0] in lex.given and all(a in lex.inside or _capital(a) for a in parts) and len(names) <= 4:
                return "person"
            return None
        before = tokens[i - 1][0].core.lower() if i else ""
        if before in lex.titles and not tokens[i][0].opens and words.lower() not in lex.titles:
            return "person"
        if words in lex.family and words not in lex.given and not first:
            return "person"
        if words.isupper() and 2 <= len(words) <= 6 and words.isalpha() and not first:
            return "organisation"
        return None


def _capital(core: str) -> bool:
    return core[:1].isupper() or (core[:3] in ("al-", "el-") and core[3:4].isupper())


def overlaps(mentions: list[Mention]) -> bool:
    """Whether any two mentions overlap (they must not)."""
    return any(a.end > b.start for a, b in pairwise(sorted(mentions, key=lambda m: m.start)))
