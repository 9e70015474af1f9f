"""Writes the dashboards that Grafana is given: `python -m deploy.grafana.build`. A test holds them to this code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.kafka import kafka
from deploy.grafana.overview import overview
from deploy.grafana.stage import stage
from deploy.grafana.state import state

FOLDER = Path(__file__).parent / "dashboards"

DASHBOARDS: tuple[Callable[[], Any], ...] = (overview, stage, state, kafka)


def files() -> dict[str, str]:
    """File name to the JSON that it must hold."""
    made = {}
    for build in DASHBOARDS:
        model = build()
        made[f"{model.uid}.json"] = (
            json.dumps(model, cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        )
    return made


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name)
