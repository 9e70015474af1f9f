"""What a model takes for a name and no editor would: currencies, nationalities, days, words that open a sentence."""

from __future__ import annotations

import re

from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon

_MONEY = re.compile(
    r"[$£€¥₹%\[\]{}<>|=]|^(?:Rs|Tk|Dhs|USD|EUR|GBP|JPY|CHF|SFr|DM|FF)\.? ?\d|^\d[\d.,]*(?:st|nd|rd|th)?$", re.I
)
_CURRENCIES = frozenset(
    ("franc", "francs", "dollar", "dollars", "dlrs", "dlr", "mark", "marks", "yen", "pound", "pounds", "sterling",
     "stg", "euro", "euros", "rupee", "rupees", "peso", "pesos", "rouble", "roubles", "ruble", "rubles", "yuan",
     "won", "baht", "rand", "rands", "krona", "kronor", "kroner", "krone", "lira", "lire", "guilders", "schillings",
     "pesetas", "cts", "cents", "pct", "mln", "bln", "billion", "million", "trillion", "ad", "bc", "gmt", "est",
     "edt", "cet", "bst")
)  # fmt: skip
MOST_KNOWN = 50_000
NO_NAME, NAME, PERHAPS = range(3)
_NEXT = re.compile(r" ([a-z]+)")
_OPENING = re.compile(r"(?:^|\n|[.!?][\"”’')]*\s+|[-–—:]\s+)[\"“‘']?$")
UNITS = frozenset(
    ("dlr", "dlrs", "mln", "bln", "pct", "cts", "stg", "cents", "shr", "shrs", "vs", "qtr", "lb", "lbs", "tonnes", "km")
)
"""What wires count in: never a keyword."""
_OPENERS = frozenset(
    ("there", "here", "everyone", "everybody", "someone", "somebody", "anyone", "nobody", "nothing", "everything",
     "something", "this", "that", "these", "those", "it", "he", "she", "we", "they", "you", "i", "who", "what",
     "when", "where", "why", "how", "which", "while", "although", "though", "however", "meanwhile", "moreover",
     "furthermore", "nevertheless", "instead", "perhaps", "maybe", "yes", "no", "not", "now", "then", "today",
     "yesterday", "tomorrow", "tonight", "later", "earlier", "early", "late", "once", "since", "before", "after",
     "during", "despite", "because", "if", "unless", "until", "and", "but", "or", "so", "yet", "for", "in", "on",
     "at", "by", "with", "from", "to", "of", "as", "both", "each", "every", "all", "some", "many", "most", "several",
     "few", "other", "others", "another", "such", "last", "next", "first", "second", "third", "one", "two", "three",
     "four", "five", "six", "seven", "eight", "nine", "ten", "more", "less", "also", "even", "only", "just", "still",
     "again", "ever", "never", "please", "thanks", "the", "a", "an", "his", "her", "its", "our", "their", "my",
     "your", "correction", "update", "updated", "corrected", "breaking", "exclusive", "video", "photo", "photos",
     "watch", "read", "editor", "editors", "note", "source", "sources", "officials", "police", "analysts", "experts",
     "traders", "doctors", "scientists", "researchers")
)  # fmt: skip
"""What opens a sentence or a caption with a capital and is nobody's name by itself. Our own list."""


class Sieve:
    """Tells names from what is none; remembers its answers, for wires name the same over and over."""

    def __init__(self, lexicon: Lexicon, gazetteer: Gazetteer) -> None:
        self._lexicon = lexicon
        self._gazetteer = gazetteer
        self._known: dict[tuple[str, str], int] = {}

    def sift(self, words: str, kind: str) -> int:
        """Whether words that a model took for a name of that kind can be one: `NO_NAME`, `NAME`, or `PERHAPS`, for a
        name unless it only opens sentences (see `only_opens`)."""
        key = (words, kind)
        answer = self._known.get(key)
        if answer is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            answer = NO_NAME if not self._judge(words, kind) else PERHAPS if self._unlisted(words, kind) else NAME
            self._known[key] = answer
        return answer

    def _judge(self, words: str, kind: str) -> bool:
        if _MONEY.search(words) or not any(map(str.isalpha, words)):
            return False
        low, calendar = words.lower(), self._lexicon.calendar
        if " " not in low:
            if low in _OPENERS:
                return words.isupper() and 1 < len(words) < 5 and kind == "ORG"  # an acronym, such as WATCH or IT
            if low in calendar or low in _CURRENCIES or not calendar.isdisjoint(low.split("-")):
                return False
        elif low.endswith((" of", " and", " the", " for")) or all(
            word in _OPENERS or word in calendar or word in _CURRENCIES for word in low.split()
        ):
            return False
        demonyms = self._gazetteer.demonyms
        return not (kind in ("PER", "ORG") and (words in demonyms or words.title() in demonyms))

    def _unlisted(self, words: str, kind: str) -> bool:
        """Whether this is one word of a person or place that no list holds as a name."""
        lexicon = self._lexicon
        if kind not in ("PER", "LOC") or " " in words or not words[1:].islower():
            return False
        if words in lexicon.given or words in self._gazetteer:
            return False
        return words not in lexicon.family or words.lower() in lexicon.common

    def only_opens(self, text: str, start: int, end: int) -> bool:
        """Whether a mention of what is `PERHAPS` a name may owe its capital to the sentence that it opens: `Envoys
        met`, `Cholera has spread`. Not where it says something."""
        after = _NEXT.match(text, end)
        return (
            after is not None
            and after[1] not in self._lexicon.saying
            and _OPENING.search(text, max(0, start - 6), start) is not None
        )
