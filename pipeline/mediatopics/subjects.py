"""The feed's own subject codes: what an editor assigned comes before what a model thinks.

Media Topics are taken as they are. The older IPTC Subject Codes (eight digits, `subj:`) share their first two digits
with the Media Topics' top level (IPTC, "Subject NewsCodes to MediaTopics mapping"), so they map to the top.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.mediatopics import vocabulary
from pipeline.model import Subject

_CODE = re.compile(
    r"^(?:(?P<scheme>medtop|\w*subj|iptc|mediatopic|subjectcode)\s*:\s*|.*/(?P<path>mediatopic|subjectcode)/)?"
    r"(?P<digits>\d{8})$",
    re.IGNORECASE,
)
_OLD = frozenset(["iptc", "subjectcode"])


def delivered(subjects: Sequence[Subject]) -> list[str]:
    """The Media Topics in force (qcodes) that the feed's subjects name, in the feed's order, each once.

    Codes of unknown vocabularies are passed over; a bare eight-digit code counts when its scheme says nothing else.
    """
    found: dict[str, None] = {}
    for subject in subjects:
        match = _CODE.match(subject.get("code", "").strip())
        if match is None:
            continue
        scheme = (match["scheme"] or match["path"] or _known(subject.get("scheme", ""))).lower()
        digits = match["digits"]
        qcode = vocabulary.PREFIX + digits
        if scheme in _OLD or scheme.endswith("subj") or qcode not in vocabulary.topics():
            if scheme == "other" or not "01" <= digits[:2] <= "17":
                continue
            qcode = f"{vocabulary.PREFIX}{digits[:2]}000000"
        elif scheme == "other":
            continue
        found.setdefault(vocabulary.in_force(qcode))
    found.pop("", None)
    return list(found)


def _known(scheme: str) -> str:
    """Which of the two vocabularies a scheme's name means: `subj`, `medtop`, empty for none given, else `other`."""
    low = scheme.lower()
    if not low:
        return ""
    if "subjectcode" in low or low in ("subj", "iptc", "iptc_subject_code"):
        return "subj"
    return "medtop" if "medtop" in low or "mediatopic" in low else "other"
