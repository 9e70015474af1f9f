"""The texts that the name model learns from, as tokens with labels.

What ships is learnt from these only: our own sentences (`sentences/*.txt`), WikiGold (Balasuriya et al. 2009, CC BY
4.0), WNUT 2017 (Derczynski et al. 2017, CC BY 4.0) and Wikinews (CC BY 2.5) with our own annotation
(`wikinews.txt`). The first is in this repository; the others are read from the folder of labelled data beside it.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from pipeline.evaluation.detokenise import detokenise
from pipeline.tags.tokens import analyse, split

HERE = Path(__file__).parent
KINDS = ("PER", "ORG", "LOC", "MISC")
WNUT = {
    "person": "PER",
    "location": "LOC",
    "group": "ORG",
    "corporation": "ORG",
    "product": "MISC",
    "creative-work": "MISC",
}
_MARKED = re.compile(r"\[(PER|ORG|LOC|MISC) ([^\[\]]+)\]")

Span = tuple[int, int, str]
"""Characters from, to (exclusive), and kind."""


@dataclass(slots=True)
class Sample:
    """A stretch of text (a sentence or a whole story) with its names."""

    text: str
    spans: list[Span]
    source: str

    def labelled(self) -> tuple[list[str], list[str]]:
        """Raw tokens as the tagger cuts them, and a BIO label for each."""
        raws, labels = [], []
        at, spans, i = 0, sorted(self.spans), 0
        inside = -1
        for raw in split(self.text):
            if raw:
                start = at + analyse(raw).lead
                while i < len(spans) and spans[i][1] <= start:
                    i += 1
                label = "O"
                if i < len(spans) and spans[i][0] <= start < spans[i][1]:
                    label = ("I-" if inside == i else "B-") + spans[i][2]
                    inside = i
                raws.append(raw)
                labels.append(label)
            at += len(raw) + 1
        return raws, labels


def spans_of(tags: list[str], offsets: list[tuple[int, int]], kinds: dict[str, str] | None = None) -> list[Span]:
    """IOB2 tags of tokens as character spans."""
    out: list[Span] = []
    for tag, (start, end) in zip(tags, offsets, strict=True):
        if tag == "O" or len(tag) < 3:
            continue
        kind = (kinds or {}).get(tag[2:], tag[2:])
        if tag[0] == "I" and out and out[-1][2] == kind and start - out[-1][1] <= 1:
            out[-1] = (out[-1][0], end, kind)
        else:
            out.append((start, end, kind))
    return out


def rows(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path, "rb") as lines:
        for line in lines:
            yield orjson.loads(line)


def labelled_sentences(data: Path, sources: tuple[str, ...]) -> list[Sample]:
    """Rows of dev-entities of the given sources, detokenised."""
    out = []
    for row in rows(data / "dev-entities.jsonl.gz"):
        if row["source"] in sources:
            text, offsets = detokenise(row["tokens"])  # type: ignore[arg-type]
            out.append(Sample(text, spans_of(row["tags"], offsets, WNUT), str(row["source"])))  # type: ignore[arg-type]
    return out


def own_sentences() -> list[Sample]:
    """Our own sentences, marked in place: `[PER Joe Biden] flew to [LOC Tel Aviv].`"""
    out = []
    for path in sorted((HERE / "sentences").glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        out += [read_marked(line, f"own:{path.stem}") for line in lines if line.strip() and line[0] != "#"]
    return out


def read_marked(line: str, source: str = "own") -> Sample:
    """A sentence with its names in brackets. Raises ValueError where brackets are left over."""
    text, spans, at = "", [], 0
    for m in _MARKED.finditer(line):
        text += line[at : m.start()]
        spans.append((len(text), len(text) + len(m[2]), m[1]))
        text += m[2]
        at = m.end()
    text += line[at:]
    if re.search(r"\[(PER|ORG|LOC|MISC)\b", text):
        raise ValueError(f"unreadable mark in: {line}")
    return Sample(text.replace("\\n", "\n\n"), spans, source)


def wikinews(data: Path) -> list[Sample]:
    """The paragraphs of the Wikinews stories that `wikinews.txt` names the names of."""
    texts = {str(row["id"]): row for row in rows(data / "dev-seeds-wikinews.jsonl.gz")}
    out = []
    for line in (HERE / "wikinews.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        story, *lists = line.split("\t")
        kinds = {
            name: kind for part in lists for kind, _, names in [part.partition(": ")] for name in names.split("; ")
        }
        longest_first = sorted(kinds, key=len, reverse=True)
        found = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)(?!-[a-z])")
        row = texts[story]
        for paragraph in [str(row["title"]), *_paragraphs(str(row["text"]))]:
            spans = [(m.start(), m.end(), kinds[m[0]]) for m in found.finditer(paragraph)] if kinds else []
            out.append(Sample(paragraph, spans, "wikinews"))
    return out


def wikinews_texts(data: Path) -> list[str]:
    """All Wikinews stories, also those without names of ours."""
    return [f"{row['title']}\n\n{row['text']}" for row in rows(data / "dev-seeds-wikinews.jsonl.gz")]


def _paragraphs(text: str) -> list[str]:
    return [" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip()]


def in_tens(samples: list[Sample]) -> list[str]:
    """Sentences as texts of about a story's length, ten a text: rarity of words is counted by text."""
    return ["\n".join(s.text for s in samples[i : i + 10]) for i in range(0, len(samples), 10)]
