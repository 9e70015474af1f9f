"""Stories put together from our own texts, which are a sentence or two each, while a story on the wire is longer.

*Joined* ones are several texts of one topic. *Mixed* ones are two texts of two topics, the first of them a desk with
a section of its own: they teach that a player before a judge is the sports desk's story first.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.mediatopics import vocabulary
from training.topics.sources import OWN, OWN_WEIGHT, Example

JOINED, MIXED = "own, joined", "own, mixed"
LEAST, MOST = 2, 4
"""How many texts are joined."""
MIXED_EACH = 100
"""Mixed stories for each desk in each fold."""
MIXED_WEIGHT = 0.6 * OWN_WEIGHT
DESKS = tuple(f"{vocabulary.PREFIX}{desk}000000" for desk in ("01", "04", "11", "13", "15"))
SECOND = tuple(f"{vocabulary.PREFIX}{topic}000000" for topic in ("02", "03", "07", "08", "14", "16"))


def stories(examples: Sequence[Example]) -> Iterator[Example]:
    """Joined and mixed stories of the own texts among `examples`, each of texts of one fold."""
    draw = random.Random(3)
    own: dict[int, dict[str, list[Example]]] = defaultdict(lambda: defaultdict(list))
    for example in examples:
        if example.source == OWN:
            own[example.fold][example.topics[0]].append(example)
    for fold in sorted(own):
        yield from _joined(own[fold], draw)
        yield from _mixed(own[fold], draw)


def _joined(own: dict[str, list[Example]], draw: random.Random) -> Iterator[Example]:
    for code in sorted(own):
        texts = list(own[code])
        draw.shuffle(texts)
        while texts:
            some = [texts.pop() for _ in range(min(draw.randint(LEAST, MOST), len(texts)))]
            weight = 2.0 * sum(text.weight for text in some) / (LEAST + MOST)
            yield replace(_put_together(some), topics=(code,), weight=weight, source=JOINED)


def _mixed(own: dict[str, list[Example]], draw: random.Random) -> Iterator[Example]:
    alone = {code: [text for text in texts if len(text.topics) == 1] for code, texts in own.items()}
    for desk in DESKS:
        for _ in range(MIXED_EACH):
            first, second = (alone.get(code) for code in (desk, draw.choice(SECOND)))
            if first and second:
                story = _put_together([draw.choice(second), draw.choice(first)])
                yield replace(story, topics=(desk,), weight=MIXED_WEIGHT, source=MIXED)


def _put_together(some: Sequence[Example]) -> Example:
    """One text of several; the empty word between them keeps pairs of words within one."""
    words = [word for text in some for word in ("", *text.words)]
    return replace(some[0], words=words[1:], deeper="")
