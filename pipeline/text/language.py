"""Which language a text is in, by CLD2 (Google's Compact Language Detector 2): some 40 microseconds, 10 MB.

Chosen by trial against fastText's lid.176, py3langid and lingua; the figures stand in docs/formats.md. CLD2 says
"undecided" of a short or mixed text where the others name a silly language with confidence.
"""

from __future__ import annotations

import re

ENOUGH = 500
"""Characters that decide; more cost time and change nothing."""

MIN_CONFIDENCE = 0.6

_OLD_CODES = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "nb": "no", "nn": "no"}
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*$")
_ISO_639_2 = {
    "eng": "en", "ger": "de", "deu": "de", "fre": "fr", "fra": "fr", "spa": "es", "ita": "it", "por": "pt", "dut": "nl",
    "nld": "nl", "rus": "ru", "ara": "ar", "chi": "zh", "zho": "zh", "jpn": "ja", "swe": "sv", "nor": "no", "dan": "da",
    "fin": "fi", "pol": "pl", "tur": "tr", "gre": "el", "ell": "el", "heb": "he", "kor": "ko", "ukr": "uk", "hun": "hu",
    "cze": "cs", "ces": "cs", "ron": "ro", "rum": "ro",
}  # fmt: skip


def detect(text: str) -> tuple[str, float]:
    """The language (ISO 639, lower case) and how sure, 0 to 1; `("", 0.0)` where it cannot be told.

    `text` must be clean (no control characters). The same text gives the same answer always.
    """
    import pycld2

    sample = text[:ENOUGH]
    if sample.isupper():  # old wires shout; CLD2 reads lower case better
        sample = sample.lower()
    try:
        reliable, _, found = pycld2.detect(sample)
    except pycld2.error:
        return "", 0.0
    code, percent = str(found[0][1]), int(found[0][2])
    if not reliable or code == "un" or code.startswith("x"):
        return "", 0.0
    confidence = percent / 100
    if confidence < MIN_CONFIDENCE:
        return "", 0.0
    primary = code.split("-")[0]
    return _OLD_CODES.get(primary, primary), confidence


def normal_tag(declared: str) -> str:
    """The primary language of a declared tag (`en-GB`, `EN`, `eng`): `en`; empty for what is no language tag."""
    match = _TAG.match(declared.strip())
    if not match:
        return ""
    primary = match[1].lower()
    primary = _ISO_639_2.get(primary, primary)
    return "" if primary in ("und", "mul", "zxx") else _OLD_CODES.get(primary, primary)
