"""The texts that the topics model is trained on, each with where it comes from. All of them may be shipped.

| source | licence | what |
|---|---|---|
| own | ours | `training/topics/<code>/*.txt`, written for this model: one text a line |
| own headlines | ours | the same, lines under `# headlines`: headlines that stand alone |
| lexicon | ours | `training/topics/lexicon/<language>/<code>.txt`: terms parted by commas |
| iptc | CC BY 4.0 | names and definitions of the Media Topics |
| huffpost | CC BY 4.0 | headlines (Misra, "News Category Dataset", 2022), where the shared data is at hand |
| wikinews | CC BY 2.5 | stories of Wikinews with labels of our own, where the shared data is at hand |
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.mediatopics import vocabulary
from pipeline.mediatopics.words import story_words, words

HERE = Path(__file__).resolve().parent

OWN = "own"
OWN_HEADLINES = "own headlines"
LEXICON = "lexicon"

# Columns of jokes and of media gossip: their words are those of politics, so they teach the wrong thing.
HUFFPOST_LEFT_OUT = frozenset(["COMEDY", "MEDIA"])
HUFFPOST_WEIGHT = 0.18
HUFFPOST_EVERY = 3
"""One headline in three is enough, and fits faster."""
OWN_WEIGHT = 3.0
HEADLINE_WEIGHT = 2.5
RARE_WEIGHT = 1.2
RARE = frozenset(["medtop:02000000", "medtop:03000000", "medtop:07000000"])
"""Crime, disaster and health: seldom a story's foremost subject, and many of our texts are about them."""
IPTC_WEIGHT = 0.3
WIKINEWS_WEIGHT = 0.5
WIKINEWS_PARAGRAPH_WEIGHT = 0.05
PARAGRAPH_WORDS = 15

BAG_TERMS = 15
BAG_ROUNDS = 3
BAG_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Example:
    """One training text. `topics`: the top-level qcodes that fit, the first one foremost."""

    words: list[str]
    topics: tuple[str, ...]
    weight: float
    source: str
    deeper: str = ""
    """The qcode of a narrower topic that fits, empty where none was marked."""
    fold: int = 0
    """What is held out together when scores are calibrated (`build.gather` deals them out)."""


def own() -> Iterator[Example]:
    """Our own writing. `# also: CODE`, `# deep: CODE` and `# headlines` hold for the lines that follow in the file."""
    for code in vocabulary.TOP:
        for path in sorted((HERE / code.removeprefix(vocabulary.PREFIX)).glob("*.txt")):
            also: tuple[str, ...] = ()
            deeper = ""
            alone = False
            for line in path.read_text(encoding="utf-8").splitlines():
                match line.split():
                    case []:
                        continue
                    case ["#", "also:", *codes]:
                        also = tuple(vocabulary.PREFIX + c for c in codes)
                    case ["#", "deep:", *codes]:
                        deeper = vocabulary.PREFIX + codes[0] if codes else ""
                    case ["#", "headlines"]:
                        alone = True
                    case ["#", *_]:
                        continue
                    case _ if alone:
                        yield Example(story_words(line, ""), (code, *also), HEADLINE_WEIGHT, OWN_HEADLINES, deeper)
                    case _:
                        weight = RARE_WEIGHT if code in RARE else OWN_WEIGHT
                        yield Example(words(line), (code, *also), weight, OWN, deeper)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a lexicon: the terms that speak for a topic."""

    top: str
    qcode: str
    terms: tuple[str, ...]


def lexicon(language: str) -> Iterator[Entry]:
    """The lexicon of a language: lines of `CODE name: term, term, …`, in a file for each top-level topic."""
    for top in vocabulary.TOP:
        path = HERE / "lexicon" / language / f"{top.removeprefix(vocabulary.PREFIX)}.txt"
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            if line.strip() and not line.startswith("#"):
                head, _, terms = line.partition(":")
                code = vocabulary.PREFIX + head.split()[0]
                yield Entry(top, code, tuple(term.strip() for term in terms.split(",") if term.strip()))


def bags(language: str = "en") -> Iterator[Example]:
    """Handfuls of terms of one lexicon line each, drawn at random; every term is drawn `BAG_ROUNDS` times."""
    draw = random.Random(1)
    for entry in lexicon(language):
        for _ in range(BAG_ROUNDS):
            terms = list(entry.terms)
            draw.shuffle(terms)
            for begin in range(0, len(terms), BAG_TERMS):
                # The empty word keeps the pairs of words within a term.
                bag = [word for term in terms[begin : begin + BAG_TERMS] for word in (*words(term), "")]
                yield Example(bag, (entry.top,), BAG_WEIGHT, LEXICON, entry.qcode)


def iptc() -> Iterator[Example]:
    """Names and definitions of the Media Topics in force."""
    for topic in vocabulary.topics().values():
        if not topic.retired:
            top = vocabulary.broader(topic.qcode)[-1] if topic.broader else topic.qcode
            text = words(topic.name)
            yield Example([*text, *text, *words(topic.definition)], (top,), IPTC_WEIGHT, "iptc", topic.qcode)


def huffpost(shared: Path) -> Iterator[Example]:
    """HuffPost's headlines."""
    rows = (row for row in _rows(shared / "data" / "dev-topics.jsonl.gz") if row["source"] == "huffpost")
    for number, row in enumerate(rows):
        if number % HUFFPOST_EVERY == 0 and row["label"] not in HUFFPOST_LEFT_OUT:
            yield Example(story_words(row["title"], ""), (row["medtop"],), HUFFPOST_WEIGHT, "huffpost")


def wikinews(shared: Path) -> Iterator[Example]:
    """Wikinews' stories, labelled by us in `wikinews.tsv` (url, codes)."""
    labels = {}
    path = HERE / "wikinews.tsv"
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        url, _, codes = line.partition("\t")
        labels[url] = tuple(f"{vocabulary.PREFIX}{int(c):02d}000000" for c in codes.split())
    for row in _rows(shared / "data" / "dev-seeds-wikinews.jsonl.gz"):
        if labels.get(row["url"]):
            topics = labels[row["url"]]
            yield Example(story_words(row["title"], row["text"]), topics, WIKINEWS_WEIGHT, "wikinews")
            for paragraph in row["text"].split("\n"):
                part = words(paragraph)
                if len(part) >= PARAGRAPH_WORDS:
                    yield Example(part, topics, WIKINEWS_PARAGRAPH_WEIGHT, "wikinews paragraphs")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
