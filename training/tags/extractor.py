"""Tokens to the name model's features, spelt out, as the trainer wants them.

`pipeline.tags.sequence` never spells them out: it adds up the same weights from tables. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.tags.features import Facts, context, edges, mark
from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.phrases import Phrases, marks
from pipeline.tags.tokens import STOP, Token, analyse


class Extractor:
    """Tokens to the model's features, spelt out."""

    def __init__(self, lexicon: Lexicon, gazetteer: Gazetteer) -> None:
        self._facts = Facts(lexicon, gazetteer)
        self._phrases = Phrases(lexicon, gazetteer)
        self._seen: dict[str, tuple[Token, list[str], list[str], list[str], int]] = {}

    def _token(self, raw: str) -> tuple[Token, list[str], list[str], list[str], int]:
        if raw not in self._seen:
            token = analyse(raw)
            f = self._facts.word(token.core) if token.core else mark(raw)
            e = edges(token.before, token.after) if token.core else []
            self._seen[raw] = (token, f.own + e, f.near + e, f.far + e, f.klass)
        return self._seen[raw]

    def features(self, raws: Sequence[str]) -> list[list[str]]:
        """The features of each token of one paragraph."""
        seen = [self._token(raw) for raw in raws]
        n = len(seen)
        tokens = [s[0] for s in seen]
        klasses = [0, 0, *(s[4] for s in seen), 0, 0]
        mode = mode_of(tokens)
        out = []
        for i, (token, own, _, _, _) in enumerate(seen):
            f = list(own)
            f += [f"-1:{x}" for x in seen[i - 1][2]] if i else ["-1:pad"]
            f += [f"1:{x}" for x in seen[i + 1][2]] if i + 1 < n else ["1:pad"]
            f += [f"-2:{x}" for x in seen[i - 2][3]] if i > 1 else []
            f += [f"2:{x}" for x in seen[i + 2][3]] if i + 2 < n else []
            ended = tokens[i - 1].after if i else STOP
            f += context(klasses[i : i + 5], (ended, token.after), ended == STOP or token.opens, mode)
            out.append(f)
        self._listed(tokens, out)
        return out

    def _listed(self, tokens: list[Token], out: list[list[str]]) -> None:
        i = 0
        while i < len(tokens):
            found = self._phrases.at(tokens[i : i + 8], 0)
            if found is None:
                i += 1
                continue
            for j, feature in enumerate(marks(*found), start=i):
                out[j].append(feature)
                if j:
                    out[j - 1].append(f"1:{feature}")
                if j + 1 < len(out):
                    out[j + 1].append(f"-1:{feature}")
            i += found[0]


def mode_of(tokens: Sequence[Token]) -> str:
    """How capitals are used: `U` throughout, `T` on most words, `n` as in running text."""
    words = [t.core for t in tokens if t.core[:1].isalpha()]
    if sum(len(w) > 1 and w.isupper() for w in words) > 0.6 * len(words):
        return "U"
    return "T" if sum(w[0].isupper() for w in words) > 0.6 * len(words) else "n"
