"""More training text from what there is: names swapped for others of their kind, and result tables with drawn names.

A model that has seen only the people of two corpora learns those people. Swapped names, a third of them blended from
two others so that no list holds them, teach it the surroundings and the make of names instead. All draws are seeded.
"""

from __future__ import annotations

import random
import re
import tomllib

from pipeline.tags.gazetteer import Gazetteer
from pipeline.tags.lexicon import Lexicon
from training.tags.corpora import HERE, Sample, Span
from training.tags.lexicons import own_names

SLOT = re.compile(r"<(\w+)>")
KIND = {
    "city": "LOC", "country": "LOC", "nation": "LOC", "person": "PER", "short": "PER", "surname": "PER", "club": "ORG",
    "side": "ORG", "company": "ORG", "agency": "ORG", "engine": "ORG", "dem": "MISC", "acr": "ORG", "inst": "ORG",
    "org": "ORG", "clubs": "ORG", "fac": "LOC", "event": "MISC", "given": "PER",
}  # fmt: skip


class Names:
    """Draws names of every kind."""

    def __init__(self, seed: int, lexicon: Lexicon, gazetteer: Gazetteer) -> None:
        self.random = random.Random(seed)
        own = own_names()
        drawn = tomllib.loads((HERE / "lexicon" / "draws.toml").read_text(encoding="utf-8"))
        self._draws = {kind: [item.strip() for item in items.split("|")] for kind, items in drawn.items()}
        self._own_given, self._own_family = sorted(set(own["given"].split())), sorted(set(own["family"].split()))
        latin = re.compile(r"[A-Z][a-zà-ÿ'’-]+$")
        self._given = [n for n in sorted(lexicon.given) if latin.match(n)]
        self._family = [n for n in sorted(lexicon.family) if latin.match(n) and len(n) > 2]
        self._demonyms = [d for d in sorted(gazetteer.demonyms) if not d.endswith("s")]
        places = [(n, gazetteer.candidates(n)[0]) for n in sorted(gazetteer.names())]
        self._countries = [n for n, p in places if p.kind == "country" and len(n) > 3] + ["U.S.", "UK", "US"] * 6
        self._countries += [n for n, p in places if p.kind == "country" and p.weight > 20_000_000] * 4
        self._cities = [n for n, p in places if p.kind == "city" and p.weight >= 400_000 and n.isascii()]
        self._towns = [n for n, p in places if p.kind == "city" and p.weight < 400_000 and latin.match(n)]
        sections = (HERE / "lexicon" / "organisations.txt").read_text(encoding="utf-8").splitlines()
        lists = [line.split("|") for line in sections if "|" in line and " = " not in line]
        self._companies = lists[2]
        self._clubs = lists[3] + lists[4]
        self._teams = [name for name in lists[4] if " " not in name and name.endswith("s")]
        self._known = {*self._clubs, *self._companies}

    def blend(self, pool: list[str]) -> str:
        """A name that no list holds: the front of one and the back of another."""
        a, b = self.random.choice(pool), self.random.choice(pool)
        return (a[: max(2, len(a) // 2 + self.random.randint(0, 1))] + b[len(b) // 2 :]).capitalize()

    def given(self) -> str:
        r = self.random.random()
        return (
            self.random.choice(self._own_given)
            if r < 0.5
            else self.random.choice(self._given)
            if r < 0.85
            else self.blend(self._given)
        )

    def surname(self) -> str:
        r = self.random.random()
        name = (
            self.random.choice(self._own_family) if r < 0.3 else self.random.choice(self._family) if r < 0.6
            else self.random.choice(self._given) if r < 0.65 else self.blend(self._family)
        )  # fmt: skip
        r = self.random.random()
        if r < 0.03:
            return f"{name}-{self.random.choice(self._family)}"
        if r < 0.05:
            return self.random.choice(("Mc", "O'", "De", "Mac")) + name.capitalize()
        if r < 0.08:
            return (
                self.random.choice(("al-", "van ", "de ", "von ", "Al ", "bin ", "van der ", "da ", "di ", "El "))
                + name
            )
        return name

    def person(self) -> str:
        given = self.given()
        r = self.random.random()
        if r < 0.06:
            given += f" {self.random.choice('ABCDEFGHJKLMPRSTW')}."
        elif r < 0.14:
            given += f" {self.given()}"
        return f"{given} {self.surname()}" + (" Jr" if r > 0.985 else "")

    def short(self) -> str:
        return f"{self.random.choice('ABCDEFGHIJKLMNPRSTVW')}. {self.surname()}"

    def city(self) -> str:
        r = self.random.random()
        return (
            self.random.choice(self._cities)
            if r < 0.65
            else self.random.choice(self._towns)
            if r < 0.85
            else self.blend(self._towns)
        )

    def country(self) -> str:
        return self.random.choice(self._countries)

    nation = country

    def dem(self) -> str:
        return self.random.choice(self._demonyms)

    def club(self) -> str:
        r = self.random.random()
        if r < 0.55:
            return self.random.choice(self._clubs)
        if r < 0.75:
            return f"{self.city()} {self.random.choice(self._draws['club_ends'])}"
        if r < 0.9:
            return f"{self.random.choice(self._draws['club_starts'])} {self.city()}"
        return self.blend(self._towns)

    def side(self) -> str:
        r = self.random.random()
        if r < 0.5:
            return self.random.choice(self._cities)
        if r < 0.65:
            return self.random.choice(self._draws["states"])
        return self.random.choice(self._draws["counties"]) if r < 0.8 else self.city()

    def company(self) -> str:
        r = self.random.random()
        if r < 0.45:
            return self.random.choice(self._companies)
        base = self.surname() if r < 0.6 else self.blend(self._towns) if r < 0.75 else self.blend(self._family)
        return f"{base} {self.random.choice(self._draws['suffixes'])}" if self.random.random() < 0.7 else base

    engine = company

    def agency(self) -> str:
        return self.random.choice(self._draws["agencies"])

    def acronym(self) -> str:
        return "".join(
            self.random.choice("ABCDEFGILMNOPRSTU") for _ in range(self.random.choice((2, 3, 3, 3, 4, 4, 5)))
        )

    acr = acronym

    def _composed(self, patterns: list[str]) -> str:
        r = self.random
        pattern = r.choice(patterns)
        fields, bodies = self._draws["fields"], self._draws["bodies"]
        return pattern.format(
            f=r.choice(fields), g=r.choice(fields), b=r.choice(bodies), c=self.city(), s=self.surname(),
            n=self.country(), d=self.dem(), t=self.blend(self._towns) if r.random() < 0.5 else r.choice(self._towns),
        )  # fmt: skip

    def inst(self) -> str:
        return self._composed(self._draws["institutions"])

    def fac(self) -> str:
        return self._composed(self._draws["facilities"])

    def event(self) -> str:
        return self._composed(self._draws["events"])

    def org(self) -> str:
        return self.random.choice(self._draws["known"])

    def clubs(self) -> str:
        return self.random.choice(self._teams)

    def filler(self, slot: str) -> str:
        """Text for a slot that is no name."""
        r = self.random
        clock = r.choice(("{}:{:02d}.{:02d}", "{1}.{2:02d}", "{0} minutes {1}.{2}")) if slot == "time" else ""
        return {
            "n": lambda: str(r.randint(0, 9)),
            "nplace": lambda: str(r.randint(1, 12)),
            "nn": lambda: str(r.randint(10, 99)),
            "nnn": lambda: str(r.randint(100, 699)),
            "tick": lambda: "<" + "".join(r.choice("ABCDEFGHKLMNPRSTVXY") for _ in range(r.randint(2, 4))) + ">",
            "letter": lambda: r.choice("ABCDEFGH"),
            "month": lambda: r.choice(self._draws["months"]),
            "time": lambda: clock.format(r.randint(1, 9), r.randint(10, 59), r.randint(0, 99)),
            "isodate": lambda: f"{r.choice((1996, 2020, 2021))}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}",
        }[slot]()

    def swap(self, words: str, kind: str, gazetteer: Gazetteer) -> str:
        """Another name of the same make, or the same words where there is no telling."""
        if kind == "PER":
            n = words.count(" ")
            if words.isupper() or n > 3:
                return words
            if re.match(r"[A-Z]\. ", words):
                return self.short()
            return self.person() if n else (self.surname() if words not in self._own_given else self.given())
        if kind == "LOC":
            place = gazetteer.best(words)
            if place and place.kind == "country":
                return self.country()
            return self.city() if place and place.kind == "city" else words
        if kind == "ORG":
            if words in self._known:
                return self.club() if words in self._clubs else self.company()
            if words.isupper() and words.isalpha() and len(words) < 6:
                return self.acronym()
            if words.rsplit(" ", 1)[-1] in self._draws["suffixes"]:
                return self.company()
        return words


def fill(template: str, names: Names) -> Sample:
    """A line of `tables.txt` with every slot drawn. Capital slots (`<CITY>`) are printed in capitals."""
    text, spans, at = "", [], 0
    for m in SLOT.finditer(template):
        text += template[at : m.start()]
        slot = m[1].lower()
        if slot in KIND:
            words = getattr(names, slot)()
            if m[1].isupper():
                words = words.upper()
            spans.append((len(text), len(text) + len(words), KIND[slot]))
        else:
            words = names.filler(slot)
        text += words
        at = m.end()
    return Sample(text + template[at:], spans, "own:tables")


def tables(names: Names, times: int) -> list[Sample]:
    """Every line of `templates.txt` filled so many times, lines in capitals a third as often: there are enough of them
    among the corpora's sentences. Some short lines are printed as headlines."""
    lines = (HERE / "templates.txt").read_text(encoding="utf-8").splitlines()
    out = []
    for line in lines:
        if line.strip() and not line.startswith("#"):
            shouted = not any(c.islower() for c in SLOT.sub(lambda m: m[1] if m[1].lower() in KIND else "", line))
            for _ in range(times // 3 if shouted else times):
                sample = fill(line, names)
                short = len(sample.text) < 100 and sample.text[-1:].isalpha()
                out.append(headline_case(sample) if short and names.random.random() < 0.2 else sample)
    return out


def swapped(sample: Sample, names: Names, gazetteer: Gazetteer, share: float = 0.7) -> Sample:
    """The same text with most names swapped; one name stays one name throughout."""
    text, spans, at = "", [], 0
    chosen: dict[tuple[str, str], str] = {}
    for start, end, kind in sorted(sample.spans):
        words = sample.text[start:end]
        if (words, kind) not in chosen:
            keep = kind == "MISC" or names.random.random() > share
            chosen[words, kind] = words if keep else names.swap(words, kind, gazetteer)
        text += sample.text[at:start]
        new: Span = (len(text), len(text) + len(chosen[words, kind]), kind)
        spans.append(new)
        text += chosen[words, kind]
        at = end
    return Sample(text + sample.text[at:], spans, sample.source)


def capitals(sample: Sample) -> Sample:
    """The same text in capitals, as headlines and old wires print it."""
    upper = sample.text.upper()
    return Sample(upper, sample.spans, sample.source) if len(upper) == len(sample.text) else sample


def headline_case(sample: Sample) -> Sample:
    """The same text With Every Word Capitalised."""
    text = re.sub(r"(?<![\w'’])[a-z]", lambda m: m[0].upper(), sample.text)
    return Sample(text, sample.spans, sample.source)
