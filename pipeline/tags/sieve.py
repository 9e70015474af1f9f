"""What a model takes for a name and no editor would: currencies, nationalities, days, words that only open a sentence.

And what a headline in capitals hides: `BAKER` above a story of James Baker.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon

_MONEY = re.compile(r"[$£€¥₹%\[\]{}<>|=]|^(?:Rs|Tk|Dhs|USD|EUR|GBP|JPY|CHF|SFr|DM|FF)\.? ?\d|^\d[\d.,]*$")
_CURRENCIES = frozenset(
    ("franc", "francs", "dollar", "dollars", "dlrs", "dlr", "mark", "marks", "yen", "pound", "pounds", "sterling",
     "stg", "euro", "euros", "rupee", "rupees", "peso", "pesos", "rouble", "roubles", "ruble", "rubles", "yuan",
     "won", "baht", "rand", "rands", "krona", "kronor", "kroner", "krone", "lira", "lire", "guilders", "schillings",
     "pesetas", "cts", "cents", "pct", "mln", "bln", "billion", "million", "trillion", "ad", "bc", "gmt", "est",
     "edt", "cet", "bst")
)  # fmt: skip
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


def is_name(words: str, kind: str, lexicon: Lexicon, gazetteer: Gazetteer) -> bool:
    """Whether words that a model took for a name of that kind can be one."""
    if _MONEY.search(words) or not any(map(str.isalpha, words)):
        return False
    low = words.lower()
    if " " not in low:
        if low in _OPENERS:
            return words.isupper() and 1 < len(words) < 5 and kind == "ORG"  # an acronym, such as WATCH or IT
        if low in lexicon.calendar or low in _CURRENCIES:
            return False
    elif all(word in _OPENERS or word in lexicon.calendar or word in _CURRENCIES for word in low.split()):
        return False
    return not (kind in ("PER", "ORG") and (words in gazetteer.demonyms or words.title() in gazetteer.demonyms))


def twin(words: str, printed: Mapping[str, str]) -> str:
    """The name in ordinary letters that `words`, in capitals, stand for; empty where there is none.

    `printed` are the story's names in ordinary letters, by their small letters.
    """
    return printed.get(words.lower(), "") if words.isupper() and len(words) > 3 else ""
