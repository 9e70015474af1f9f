"""`wire demo` as the README has it: it ends by itself, everything balances, nothing is left running."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pipeline.demo.act import ID
from tests.kafka_support import cache_dir

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]


def test_the_demonstration_shows_a_life_from_embargo_to_kill() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "pipeline", "demo"],
        capture_output=True,
        text=True,
        timeout=170,
        env={**os.environ, "WIRE_DATA_DIR": str(cache_dir())},
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    shown = " ".join(answer.stdout.split())
    assert "it balances: every record is accounted for, exactly once" in shown
    assert "embargo ended" in shown and "nothing left running" in shown
    assert f"of {ID} (kill" in shown or "reached stories" in shown


def test_a_feed_that_is_not_there_is_said_at_once() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "pipeline", "demo", "no-such-feed"], capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 2
    assert "there is no no-such-feed" in answer.stderr
