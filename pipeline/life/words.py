"""A story's life in a line, for people: what it changed, whom its kill reached, how its embargo went."""

from __future__ import annotations

from typing import Any

from pipeline.text.times import epoch


def in_words(document: dict[str, Any]) -> str:
    """From a story's flat document (docs/output.md); empty where there is nothing to tell."""
    said = []
    if changes := document.get("changes"):
        said.append(changes["summary"])
    if kill := document.get("kill"):
        reached = ", ".join(kill["reached"]) or ("a held story" if kill["held"] else "")
        said.append(f"reached {reached}" if reached else "overtook its story, which is stopped")
    if document.get("killed_by"):
        said.append(f"killed by {document['killed_by']}")
    match document.get("outcome") or document.get("status"):
        case "skipped":
            said.append(document["reason"])
        case "held":
            said.append(_held(document.get("embargo", "")))
        case "killed":
            said.append(f"killed by the record {document.get('killed_by_record')}, did not go out")
        case "superseded":
            said.append("a newer version is out already")
    if "released" in document:
        late = document["released"] - (epoch(document["embargo"]) or 0.0)
        said.append(f"embargo ended {document['embargo']}, released {late:.1f} s later")
    return " · ".join(said)


def _held(embargo: str) -> str:
    if embargo.startswith("unreadable"):
        return f"held without end: its embargo is {embargo}"
    return f"held until {embargo}" if embargo else "held until the feed says otherwise"


def versions_in_words(chain: dict[str, Any]) -> list[str]:
    """The lines of one record of `wire.chains`: its versions in order, and who carries them."""
    lines = [
        f"{n}. {version['status']}, {version['outcome']}"
        + (f", version {version['number']}" if version.get("number") else "")
        + f" {version.get('headline', '')} (raw {version['record']})"
        for n, version in enumerate(chain["versions"], 1)
    ]
    carried = ", ".join(chain["carried"]) or "nothing yet"
    return [*lines, f"carried by {carried}" + (f"; killed by the record {chain['killed']}" if chain["killed"] else "")]
