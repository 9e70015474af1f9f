"""German, French, Spanish and Arabic by lexicon: stems of our own for each top-level topic.

Without training text in a language there is no calibration: the confidence is the topic's share of all stems found,
less what few finds leave in doubt. Where that is low, or the language is another one, the stage abstains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from math import exp, log
from pathlib import Path

from pipeline.mediatopics import vocabulary
from pipeline.mediatopics.nudging import boosted, nudged
from pipeline.model import MediaTopic
from pipeline.vocabulary.entries import Nudge

LANGUAGES = frozenset(["de", "fr", "es", "ar"])
THRESHOLD = 0.5
"""Of the best topic: at least half of the evidence, from several finds."""
EVIDENCE_TERMS = 6
_SHORTEST, _LONGEST = 2, 14
_PARTICLES = ("وال", "بال", "فال", "كال", "لل", "ال", "و", "ب", "ف", "ل")


class Stems:
    """One language's stems: whole words, and beginnings of words, each with its topics."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.whole: dict[str, list[str]] = {}
        self.begin: dict[str, list[str]] = {}
        path = Path(__file__).with_name("lexicons") / f"{language}.txt"
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                number, *terms = line.split()
                for term in terms:
                    table = self.begin if term.endswith("*") else self.whole
                    table.setdefault(term.rstrip("*"), []).append(f"{vocabulary.PREFIX}{number}000000")

    def find(self, word: str) -> tuple[str, list[str]]:
        """The longest stem of a word with its topics; an empty one where none fits."""
        for form in self._forms(word):
            if form in self.whole:
                return form, self.whole[form]
            for length in range(min(len(form), _LONGEST), _SHORTEST - 1, -1):
                if form[:length] in self.begin:
                    return form[:length] + "*", self.begin[form[:length]]
        return "", []

    def _forms(self, word: str) -> list[str]:
        if self.language != "ar":
            return [word]
        return [word, *(word[len(p) :] for p in _PARTICLES if word.startswith(p) and len(word) - len(p) > _SHORTEST)]


@cache
def stems(language: str) -> Stems:
    """The stems of one of `LANGUAGES`, read once."""
    return Stems(language)


def best(words: Sequence[str], language: str, nudge: Nudge | None = None) -> list[MediaTopic]:
    """The one topic that most of the stems found in a story's words speak for; empty where that is in doubt.

    `nudge` is what a desk's rules change about the topics.
    """
    known = stems(language)
    weight: Counter[str] = Counter()
    terms: dict[str, Counter[str]] = {}
    for word, count in Counter(words).items():
        stem, codes = known.find(word)
        for code in codes:
            add = (1.0 + log(count)) / len(codes)
            weight[code] += add  # type: ignore[assignment]
            terms.setdefault(code, Counter())[stem] += add  # type: ignore[assignment]
    if not weight:
        return []
    total = sum(weight.values())
    sure = {code: found / total * (1.0 - exp(-found / 2.0)) for code, found in weight.items()}
    if nudge is not None:
        sure = {code: nudged(confidence, code, nudge) for code, confidence in sure.items()}
    code, confidence = min(sure.items(), key=lambda item: (-item[1], item[0]))
    evidence = boosted(code, nudge)
    if confidence < THRESHOLD or (len(terms[code]) < 2 and not evidence):
        return []
    evidence += [[term, round(value, 3)] for term, value in terms[code].most_common(EVIDENCE_TERMS - len(evidence))]
    name = vocabulary.topics()[code].name
    return [{"qcode": code, "name": name, "confidence": round(confidence, 3), "evidence": evidence, "broader": []}]
