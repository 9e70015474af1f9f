"""Our worker, as `wire worker` runs it."""

from __future__ import annotations

import sys

from pipeline.cli.main import run

if __name__ == "__main__":
    sys.exit(run(["worker", "--metrics-port", "0", "--stop-with-parent"]))
