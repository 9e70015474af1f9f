"""Light rewording: what an agency's second desk or a site's editor does to a story that stays the same story."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from pipeline.replay.edit import Draft

# Pairs that a sub-editor swaps without a thought, both ways. English only: copy in other languages is changed by the
# other means below.
_PAIRS = (
    ("said", "stated"),
    ("about", "around"),
    ("more than", "over"),
    ("people", "persons"),
    ("began", "started"),
    ("however", "but"),
    ("told reporters", "told journalists"),
    ("near", "close to"),
    ("killed", "slain"),
    ("big", "large"),
    ("buy", "purchase"),
    ("help", "assist"),
    ("following", "after"),
    ("announced", "declared"),
    ("according to", "as reported by"),
    ("due to", "because of"),
    ("meeting", "session"),
    ("company", "firm"),
    ("increase", "rise"),
    ("children", "kids"),
)
_SWAPS = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
_SWAPPABLE = re.compile(r"\b(" + "|".join(sorted(map(re.escape, _SWAPS), key=len, reverse=True)) + r")\b")

_FURNITURE = (
    "You may also like...",
    "Read more: the latest from our newsroom",
    "Sign up for our daily newsletter",
    "Click here to follow our live coverage",
    "(Reporting by our staff; editing by the night desk)",
    "Lesen Sie auch: weitere Nachrichten des Tages",
    "À lire aussi : toute l'actualité du jour",
    "Lea también: más noticias del día",
)
_MAX_SWAPS = 4
_SMALL_WORDS = frozenset(
    ("a", "an", "and", "as", "at", "but", "by", "for", "in", "of", "on", "or", "the", "to", "with")
)


def reword(draft: Draft, rng: random.Random) -> None:
    """Change the draft in place, lightly and always: one to three of the means below, at least one in the text."""
    means: list[Callable[[Draft, random.Random], bool]] = [_swap_words, _drop_paragraph, _add_furniture]
    rng.shuffle(means)
    wanted = rng.randint(1, 2)
    done = 0
    for mean in means:
        if done < wanted and draft.paragraphs:
            done += mean(draft, rng)
    if not done or rng.random() < 0.5:
        _recase(draft, rng)
    if not done and not draft.paragraphs and draft.headline:
        draft.headline += " - report" if not draft.headline.endswith(" - report") else "s"


def _swap_words(draft: Draft, rng: random.Random) -> bool:
    """A few words for others of the same meaning."""
    places = [(i, m) for i, text in enumerate(draft.paragraphs) for m in _SWAPPABLE.finditer(text)]
    chosen = rng.sample(places, min(len(places), rng.randint(1, _MAX_SWAPS)))
    for i, match in sorted(chosen, key=lambda place: (place[0], -place[1].start())):
        text = draft.paragraphs[i]
        draft.paragraphs[i] = text[: match.start()] + _SWAPS[match[0]] + text[match.end() :]
    return bool(chosen)


def _drop_paragraph(draft: Draft, rng: random.Random) -> bool:
    """Any but the first, and only where enough remains that it is the same story."""
    if len(draft.paragraphs) < 4:
        return False
    total = sum(map(len, draft.paragraphs))
    droppable = [i for i, text in enumerate(draft.paragraphs) if i and len(text) < total / 4]
    if not droppable:
        return False
    del draft.paragraphs[rng.choice(droppable)]
    return True


def _add_furniture(draft: Draft, rng: random.Random) -> bool:
    """A line that belongs to the page, not to the story, at the end or between paragraphs."""
    place = rng.choice((len(draft.paragraphs), rng.randint(1, len(draft.paragraphs))))
    draft.paragraphs.insert(place, rng.choice(_FURNITURE))
    return True


def _recase(draft: Draft, rng: random.Random) -> None:
    """The headline in capitals, or in capitals and small letters the way some desks set it."""
    before = draft.headline
    if before.isupper():
        draft.headline = before.capitalize()
    else:
        draft.headline = before.upper() if rng.random() < 0.5 else _title_case(before)
        if draft.headline == before:
            draft.headline = before.upper()


def _title_case(headline: str) -> str:
    words = headline.split(" ")
    return " ".join(w if i and w in _SMALL_WORDS else w[:1].upper() + w[1:] for i, w in enumerate(words))
