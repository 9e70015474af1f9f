"""Write the IPTC Media Topics in the compact form that ships: one topic a line, parents by code, retired ones marked.

Run as `python -m training.topics.vocabulary MEDIATOPICS.json` when IPTC publishes a new version (CC BY 4.0).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "pipeline" / "mediatopics" / "vocabulary.json"


def compact(source: Path, target: Path = TARGET) -> int:
    """Read `{source, topics: [{code, name, definition, parent, retired}]}`, write it compactly, return how many."""
    given = json.loads(source.read_text(encoding="utf-8"))
    rows = []
    for topic in sorted(given["topics"], key=lambda t: t["code"]):
        code = topic["code"].removeprefix("medtop:")
        # A few topics come without a parent though they are not at the top: they stand under their top-level topic.
        parent = topic["parent"] or ("" if topic["code"] == topic["top"] else topic["top"])
        parent = parent.removeprefix("medtop:")
        rows.append([code, topic["name"], parent, (topic["retired"] or "")[:10], topic["definition"] or ""])
    head = {
        "credit": "IPTC NewsCodes Media Topics, version 2023-10-24, (c) IPTC, CC BY 4.0; reduced to these fields",
        "fields": ["code", "name", "broader", "retired", "definition"],
    }
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    target.write_text(f'{json.dumps(head)[:-1]}, "topics": [\n{lines}\n]}}\n', encoding="utf-8")
    return len(rows)


if __name__ == "__main__":
    print(f"{compact(Path(sys.argv[1]))} topics in {TARGET.name}")
