"""10,000 bad records between good ones: each bad one a dead letter with a reason, each good one delivered."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from pipeline.settings import Settings
from tests.chaos.synthetic import story
from tests.stream_support import follow, ledger_of, produce, workers

BAD = 10_000
GOOD = 500
LARGE = 10
"""Of the bad ones, how many have a body of 2 MB."""

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]


def bad(number: int) -> bytes:
    rng = random.Random(number)
    if number < LARGE:
        return json.dumps({"title": "Too much", "text": "word " * 420_000}).encode()
    match number % 6:
        case 0:
            return bytes(rng.randrange(256) for _ in range(rng.randint(1, 400))) + b"\x00\xff\x00"
        case 1:
            return b'{"id": "t%d", "title": "Truncated", "text": "It ends in the mid' % number
        case 2:
            return json.dumps({"id": f"w{number}", "title": 17, "text": ["not", "a", "text"]}).encode()
        case 3:
            return b""
        case 4:
            return json.dumps({"id": f"n{number}", "published": "2026-03-01T10:00:00Z"}).encode()
        case _:
            return b" \n\t \r\n"


def test_bad_records_harm_no_others(settings: Settings, tmp_path: Path) -> None:
    rng = random.Random(7)
    made = [(f"bad{n}", bad(n)) for n in range(BAD)]
    for n in range(GOOD):
        headline, text = story(n)
        body = json.dumps({"id": f"good{n}", "title": headline, "text": text}).encode()
        made.insert(rng.randrange(len(made) + 1), (f"good{n}", body))
    with workers(settings, tmp_path) as (worker,), ledger_of(settings) as reader:
        produce(settings, made)
        ledger = follow(reader, BAD + GOOD, 200)
        restarts = {labels["stage"]: v for name, labels, v in worker.samples() if name == "wire_agent_restarts_total"}
    assert ledger.contradictions == []
    assert ledger.counts == {"dead": BAD, "new": GOOD}
    assert sum(ledger.reasons.values()) == BAD
    assert "" not in ledger.reasons and "stage-error" not in ledger.reasons
    assert ledger.reasons["too-large"] == LARGE
    assert restarts and not any(restarts.values())
