"""Agreement with what the source projects' own tests expect of the real wire samples."""

from __future__ import annotations

import pytest

from pipeline.packet import Packet
from pipeline.stages.base import Dead, SkippedItem
from pipeline.stages.parse import REASONS
from tests.shared import shared_path
from tests.wire_samples import FeedCheck, Report, exceptions, run
from tests.wire_samples_report import text

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def report() -> Report:
    return run(shared_path("data", "wire-samples"))


def test_agreement_is_at_least_95_percent_after_reasoned_exceptions(report: Report) -> None:
    assert len(report.counted) > 300
    assert report.agreement >= 0.95, text(report)


def test_exceptions_are_few_and_each_is_still_needed(report: Report) -> None:
    excepted = [check for check in report.checks if check.reason]
    assert len(excepted) <= 0.15 * len(report.checks)
    used = {(c.path, c.field) for c in excepted}
    for path, field in exceptions():
        needed = any((path in ("*", p)) and (field in ("*", f)) for p, f in used)
        assert needed, f"the exception for {path} {field} is not needed any more: remove it"


def test_every_sample_ends_as_story_skipped_or_dead_with_a_reason(report: Report) -> None:
    assert len(report.outcomes) > 300
    for path, outcomes in report.outcomes.items():
        assert outcomes, path
        for outcome in outcomes:
            match outcome:
                case Packet():
                    assert outcome.story.headline or outcome.story.paragraphs, path
                case SkippedItem():
                    assert outcome.what and outcome.detail.endswith("."), path
                case Dead():
                    assert outcome.code in REASONS and outcome.code != "stage-error", (path, outcome)
                    assert len(outcome.detail) > 20, path


@pytest.mark.parametrize(
    "expression", ["__import__('os').system('true')", "feed.__class__", "(lambda: 1)()", "entries[0].x()", "9**9**9"]
)
def test_expressions_beyond_the_safe_subset_are_refused(expression: str) -> None:
    checker = FeedCheck.__new__(FeedCheck)
    checker.names = {"feed": {}, "entries": [{}]}
    with pytest.raises((ValueError, KeyError)):
        checker.value(expression)
