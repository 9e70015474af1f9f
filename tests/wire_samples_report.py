"""Prints the agreement with the wire samples: `python -m tests.wire_samples_report [FOLDER]`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from tests.shared import shared_path
from tests.wire_samples import Report, endings, run


def text(report: Report) -> str:
    """The figures, the disagreements that count, the excepted ones with their reasons, and how the samples ended."""
    checks, counted = report.checks, report.counted
    lines = [
        f"expectations {len(checks)}, excepted {len(checks) - len(counted)}, agreement {report.agreement:.1%}"
        f" (before exceptions {sum(c.agrees for c in checks) / max(1, len(checks)):.1%})",
        "",
    ]
    for check in checks:
        if not check.agrees:
            mark = f"excepted: {check.reason}" if check.reason else "DISAGREES"
            lines.append(f"{check.path} {check.field}: expected {check.expected!r}, have {check.actual!r} [{mark}]")
    lines.append("")
    counts = Counter(ending.partition(" (")[0] for _, ending in endings(report))
    lines.extend(f"{count:5} {ending}" for ending, count in counts.most_common())
    return "\n".join(lines)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else shared_path("data", "wire-samples")
    print(text(run(folder)))
