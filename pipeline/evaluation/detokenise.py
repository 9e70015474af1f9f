"""Tokens of a labelled corpus back to running text, with each token's place in it."""

from __future__ import annotations

from collections.abc import Sequence

_CLOSING = frozenset(
    [",", ".", ";", ":", "!", "?", ")", "]", "}", "%", "...", "''", "”", "’", "'s", "’s", "'S", "n't", "n’t",
     "'re", "'ve", "'ll", "'d", "'m"]
)  # fmt: skip
_OPENING = frozenset(["(", "[", "{", "``", "“", "$", "£", "€", "#", "‘"])


def detokenise(tokens: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """The text, and (start, end) of each token in it.

    Penn-style quotes and brackets are written as in print, so that a token's text may be shorter than the token.
    """
    parts: list[str] = []
    offsets: list[tuple[int, int]] = []
    length = 0
    glue = True
    quote_open = False
    for token in tokens:
        word = {"``": '"', "''": '"', "-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]"}.get(token, token)
        if word == '"':
            left = quote_open
            right = not quote_open
            quote_open = not quote_open
        else:
            left = token in _CLOSING or word in (")", "]")
            right = token in _OPENING or word in ("(", "[")
        if not (glue or left):
            parts.append(" ")
            length += 1
        parts.append(word)
        offsets.append((length, length + len(word)))
        length += len(word)
        glue = right
    return "".join(parts), offsets
