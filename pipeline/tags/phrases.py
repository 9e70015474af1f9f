"""Names of several words that the lists know: `New York City`, `Bank of England`."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.tokens import Token

KINDS = ("org", "place")


class Phrases:
    """Longest match of listed names, token by token."""

    def __init__(self, lexicon: Lexicon, gazetteer: Gazetteer) -> None:
        self._kinds: dict[str, str] = {}
        self.longest: dict[str, int] = {}
        """First word to the most words of a name that begins with it."""
        self.seconds: set[str] = set()
        """The second words of names."""
        self.pairs: set[str] = set()
        """The first two words of every name."""
        self.figures: set[str] = set()
        """Words of names that begin with a figure."""
        for names, kind in ((gazetteer.names(), "place"), (lexicon.organisations, "org")):
            for name in names:
                words = name.count(" ") + 1
                if words > 1:
                    self._kinds[name] = kind
                    first, second = name.split(" ", 2)[:2]
                    self.pairs.add(f"{first} {second}")
                    self.seconds.add(second)
                    self.longest[first] = max(self.longest.get(first, 0), words)
                    self.figures.update(word for word in name.split(" ") if word[:1].isdigit())

    def at(self, tokens: Sequence[Token], i: int) -> tuple[int, str] | None:
        """The longest listed name that begins at token i: how many tokens, and its kind."""
        most = self.longest.get(tokens[i].core, 0)
        run = [tokens[i].core]
        for j in range(i + 1, min(i + most, len(tokens))):
            if tokens[j - 1].closes or tokens[j].before:
                break
            run.append(tokens[j].core)
        return self.longest_of(run)

    def longest_of(self, words: Sequence[str]) -> tuple[int, str] | None:
        """The longest listed name at the beginning of a run of words: how many of them, and its kind."""
        for n in range(min(len(words), self.longest.get(words[0], 0)), 1, -1):
            kind = self._kinds.get(" ".join(words[:n]))
            if kind:
                return n, kind
        return None


def marks(n: int, kind: str) -> list[str]:
    """The feature of each token of a listed name."""
    return [f"ph={kind}-{'B' if j == 0 else 'E' if j == n - 1 else 'I'}" for j in range(n)]
