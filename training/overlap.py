"""Whether any of our own training texts comes near a labelled text that we are measured on.

    python -m training.overlap --shared ../shared

Near means: six words in a row are the same, three of them telling (no figures, no `of the`); or the whole text is the
same; or the text holds most of a headline's telling words (`SHARE` of at least `LEAST_WORDS`).
Labelled texts are those of the evaluation data, all sources; what is trained on as it stands, with its
licence (HuffPost's headlines, Wikinews, WikiGold, WNUT), is left out. Exit status 1 where anything is near.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from training.tags import corpora
from training.topics import sources

IN_A_ROW = 6
TELLING = 3
SHARE = 0.7
LEAST_WORDS = 5
TRAINED_ON = frozenset(["huffpost", "wikigold", "wnut17-train"])
_WORD = re.compile(r"[^\W\d_]+|\d+")
_SMALL = frozenset(
    ["a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "for", "from", "had", "has", "have", "he", "her",
     "his", "in", "into", "is", "it", "its", "more", "new", "no", "not", "of", "off", "on", "or", "out", "over", "says",
     "she", "than", "that", "the", "their", "they", "this", "to", "up", "was", "we", "were", "who", "will", "with",
     "after", "before", "s", "t", "us"]
)  # fmt: skip


@dataclass(slots=True)
class Known:
    """What the labelled texts hold."""

    rows: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Six words in a row to the text that they stand in."""
    headlines: dict[str, list[tuple[frozenset[str], str]]] = field(default_factory=dict)
    """The telling words of each headline, under its longest one."""

    def add(self, headline: str, text: str) -> None:
        shown = headline or text[:100]
        for part in (headline, text):
            words = _words(part)
            for row in (*_in_a_row(words), tuple(words)):
                self.rows.setdefault(row, shown)
        telling = frozenset(word for word in _words(headline) if word not in _SMALL)
        if len(telling) >= LEAST_WORDS:
            for word in telling:
                self.headlines.setdefault(word, []).append((telling, shown))

    def near(self, text: str) -> str:
        """The labelled text that `text` comes near, and how; empty where there is none."""
        words = _words(text)
        for row in (*_in_a_row(words), *([tuple(words)] if len(words) >= LEAST_WORDS - 1 else [])):
            if row in self.rows:
                return f"'{' '.join(row)}' stands in: {self.rows[row]}"
        own = frozenset(words)
        for word in own - _SMALL:
            for telling, shown in self.headlines.get(word, ()):
                if len(own & telling) >= SHARE * len(telling):
                    return f"holds most of the headline: {shown}"
        return ""


def labelled(data: Path) -> Iterator[tuple[str, str]]:
    """Headline and text of every labelled text that nothing is trained on."""
    for row in _rows(data / "dev-topics.jsonl.gz"):
        if row["source"] not in TRAINED_ON:
            yield row["title"] or "", row["text"] or ""
    for name in ("dev-keyphrases", "dev-wire-reuters"):
        for row in _rows(data / f"{name}.jsonl.gz"):
            yield row["title"] or "", row["text"] or ""
    for row in _rows(data / "dev-entities.jsonl.gz"):
        if row["source"] not in TRAINED_ON:
            yield "", " ".join(row["tokens"])


def own_texts() -> Iterator[tuple[str, str]]:
    """Our own training texts, each with the file it stands in."""
    for folder in sorted(sources.HERE.glob("[0-9]*")):
        for path in sorted(folder.glob("*.txt")):
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.strip() and not line.startswith("#"):
                    yield f"topics/{folder.name}/{path.name}", line
    for sample in corpora.own_sentences():
        yield f"tags/sentences/{sample.source}", sample.text


def find(texts: Iterable[tuple[str, str]], known: Known) -> list[tuple[str, str, str]]:
    """File, text and what it comes near, for each text that does."""
    return [(file, text, near) for file, text in texts if (near := known.near(text))]


def known_of(data: Path) -> Known:
    known = Known()
    for headline, text in labelled(data):
        known.add(headline, text)
    return known


def _in_a_row(words: list[str]) -> Iterator[tuple[str, ...]]:
    for row in zip(*(words[n:] for n in range(IN_A_ROW)), strict=False):
        if sum(word not in _SMALL and not word.isdigit() for word in row) >= TELLING:
            yield row


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder with data/dev-*.jsonl.gz")
    texts = list(own_texts())
    near = find(texts, known_of(parser.parse_args().shared / "data"))
    for file, text, why in near:
        print(f"{file}: {text}\n    {why}")
    print(f"{len(near)} of {len(texts)} own texts come near a labelled one.")
    return 1 if near else 0


if __name__ == "__main__":
    sys.exit(main())
