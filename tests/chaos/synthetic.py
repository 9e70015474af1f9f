"""Made-up stories for load: as different from one another as real ones, with copies that are known."""

from __future__ import annotations

import json
import random

SYLLABLES = (
    "ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu",
    "lan", "ter", "mar", "son", "wick", "burg", "dale",
)  # fmt: skip


def story(number: int, words: int = 120) -> tuple[str, str]:
    """Headline and text of story `number`: the same number gives the same story, others share no sentence."""
    rng = random.Random(number)

    def word() -> str:
        return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4)))

    def sentence(length: int) -> str:
        return " ".join([word().capitalize(), *(word() for _ in range(length - 1))]) + "."

    headline = sentence(8).rstrip(".")
    paragraphs = [" ".join(sentence(12) for _ in range(2)) for _ in range(max(1, words // 24))]
    return headline, "\n\n".join(paragraphs)


def records(count: int, copy_every: int = 10) -> tuple[list[tuple[str, bytes]], dict[str, str]]:
    """`count` JSON records as (id, body), and for each id that of the story it belongs to.

    Every `copy_every`-th is an exact copy, under an id of its own, of the story five before it.
    """
    made: list[tuple[str, bytes]] = []
    belongs: dict[str, str] = {}
    for n in range(count):
        id = f"s{n}"
        original = n - 5 if n % copy_every == copy_every - 1 else n
        headline, text = story(original)
        belongs[id] = f"s{original}"
        made.append((id, json.dumps({"id": id, "title": headline, "text": text}).encode()))
    return made, belongs
