"""Builds the word lists that ship: `pipeline/tags/data/words.json.zst`.

Sources: our own lists in `lexicon/`, and the given names and surnames of Faker's providers (MIT).
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import zstandard

from training.tags.gazetteer import LEXICON

LOCALES = (
    "en_US", "en_GB", "en_IN", "en_IE", "en_NG", "en_KE", "en_NZ", "en_PK", "de_DE", "de_AT", "de_CH", "fr_FR", "fr_CA",
    "fr_BE", "fr_CH", "es_ES", "es_MX", "es_AR", "es_CO", "es_CL", "it_IT", "pt_BR", "pt_PT", "nl_NL", "nl_BE", "pl_PL",
    "cs_CZ", "sk_SK", "hu_HU", "ro_RO", "hr_HR", "sl_SI", "sv_SE", "no_NO", "da_DK", "fi_FI", "et_EE", "lt_LT", "lv_LV",
    "tr_TR", "id_ID", "sw", "ha_NG", "yo_NG", "ig_NG", "zu_ZA", "tw_GH", "is_IS", "ga_IE",
)  # fmt: skip
"""Faker's locales in Latin script; `romanized_names` of others are taken too."""


def _names(provider: Any, stem: str) -> set[str]:
    found: set[str] = set()
    for attribute in dir(provider):
        if stem in attribute and not attribute.startswith("_") and "format" not in attribute:
            value = getattr(provider, attribute)
            if isinstance(value, tuple | list | dict):
                found.update(v for v in value if isinstance(v, str))
    return {n for n in found if n.isalpha() and n[:1].isupper() and len(n) > 1}


def people() -> tuple[list[str], list[str]]:
    """Given names and surnames in Latin script."""
    given: set[str] = set()
    family: set[str] = set()
    for locale in LOCALES:
        try:
            provider = import_module(f"faker.providers.person.{locale}").Provider
        except ModuleNotFoundError:
            continue
        given |= _names(provider, "first_name")
        family |= _names(provider, "last_name")
    extra = {name: set(line.split()) for name, line in own_names().items()}
    return sorted(given | extra["given"]), sorted(family | extra["family"])


def own_names() -> dict[str, str]:
    return tomllib.loads((LEXICON / "names.toml").read_text(encoding="utf-8"))


def organisations() -> dict[str, str]:
    """Names of organisations to their canonical names."""
    out: dict[str, str] = {}
    for line in (LEXICON / "organisations.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if " = " in line:
            short, _, long = line.partition(" = ")
            out.setdefault(short, long)
            out.setdefault(long, long)
        else:
            for name in line.split("|"):
                out.setdefault(name, name)
    return out


def common(texts: Iterable[str]) -> dict[str, float]:
    """Words that the texts print small at least twice, and mostly, with their rarity: log(texts / texts with it)."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    holding: Counter[str] = Counter()
    n = 0
    for text in texts:
        n += 1
        words = re.findall(r"[^\W\d_]{2,}", text)
        small.update(w for w in words if w.islower())
        large.update(w.lower() for w in words if w[0].isupper() and w[1:].islower())
        holding.update({w.lower() for w in words})
    kept = sorted(w for w, count in small.items() if count >= 2 and count > large[w] / 3)
    return {w: round(math.log(n / holding[w]), 2) for w in kept}


def build(texts: Iterable[str]) -> dict[str, Any]:
    """Everything the tagger knows of words, as plain data; `texts` are the training texts."""
    words = tomllib.loads((LEXICON / "words.toml").read_text(encoding="utf-8"))
    given, family = people()
    return {
        **{name: sorted(set(text.split())) for name, text in words.items()},
        "given": given,
        "family": family,
        "common": common(texts),
        "organisations": organisations(),
    }


def write(path: Path, texts: Iterable[str]) -> None:
    path.write_bytes(zstandard.ZstdCompressor(level=19).compress(orjson.dumps(build(texts))))
