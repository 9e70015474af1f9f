"""Wire instructions: what the words at the head of a headline, slugline or editorial note tell the desk to do.

UPDATE 2-, WRITETHRU, CORRECTED, KILL … count only where agencies put them: as the first words, set off by a hyphen,
colon or brackets, or in capitals before a headline that is not; at the end of a slugline; or opening an editorial note.
In ordinary prose (`Police kill two`, `Updated rules`) they are words like others.
"""

from __future__ import annotations

import re

from pipeline.model import Signal

_ORDINAL = r"\d{1,2}(?:st|nd|rd|th|er|ème|e)"
_NUMBER = r"(?:[\s-]*\d{1,2}(?!\d))?"


def _any(*choices: str) -> str:
    return "|".join(choices)


_KILL = _any(
    r"(?:(?:bulletin|mandatory|embargoed|story|text|photo|urgent|advisory)[\s/-]+){0,3}kill(?:[\s/-]+(?:advisory|notice|mandatory|bulletin))?",
    r"kill[\s-]*(?:and|/)[\s-]*(?:replace|substitute|withdraw)",
    r"(?:story\s|text\s)?withdraw(?:n|al|s)(?:\snotice)?",
    r"(?:story\s)?(?:retract(?:ed|ion)|elimination|eliminate)",
    r"zurückgezogen|zurückziehung|rückzug\sder\smeldung",
    r"annul(?:é|ée|ation)|avis\sd['’]annulation",
    r"anulad[oa]|anulación|retirada",
)
_CORRECTION = _any(
    rf"(?:(?:urgent|advisory|{_ORDINAL}|clarification\s(?:and|/))[\s/-]+)?"
    r"(?:correct(?:ed|s|ing|ion|ions|ive)|corr(?:x|\.)?|clarification|clarifies|erratum|substitution|sub)"
    r"(?:[\s-]+\(?(?:official|urgent|update|writethru|advisory)\)?)?",
    r"korrektur|korrigiert|korr\.?|berichtig(?:ung|t)|richtigstellung",
    r"rectificatif|rectification|rectifie|correctif",
    r"corrección|correccion|rectificación|corrige",
    r"rättelse|rettelse|correzione|correção",
)
_UPDATE = _any(
    rf"(?:update[sd]?|upd){_NUMBER}",
    rf"wrapup{_NUMBER}",
    rf"(?:{_ORDINAL}|new|urgent)?[\s-]*(?:lead|ld|lede)(?:[\s-]*(?:all|\d{{1,2}}(?!\d)|writethru|write-?thru)){{0,3}}",
    rf"{_ORDINAL}[\s-]+(?:writethru|update|add|ld|lead)",
    rf"(?:{_ORDINAL}[\s-]*(?:ld|lead)?[\s-]*)?write-?thr(?:u|ough)",
    rf"adds?{_NUMBER}|recast(?:s|ed)?|refile[sd]?|rewrites?|writes\sthr(?:u|ough)|expands|tops",
    rf"aktualisiert|aktualisierung|neu|(?:zweite|dritte|vierte|neue)\szusammenfassung|zusammenfassung{_NUMBER}",
    rf"actualisation|(?:{_ORDINAL}\s)?synthèse|lead\sgénéral|papier\sgénéral",
    rf"actualización|actualizado|actualiza|{_ORDINAL}\s(?:ampliación|resumen)|ampliaci[óo]n{_NUMBER}",
)
_ADVISORY = _any(
    r"(?:(?:media|editors?['’]?|news|coverage|photo|service|technical|embargo)\s)?advisor(?:y|ies)(?:\s\d{1,2})?",
    r"note\sto\seditors|editors['’]?\snote",
    r"hinweis\san\sdie\sredaktionen?|avis\saux\srédactions?",
)

_ORDER: tuple[tuple[Signal, str], ...] = (
    ("kill", _KILL), ("correction", _CORRECTION), ("update", _UPDATE), ("advisory", _ADVISORY),
)  # fmt: skip
"""The strongest first: CORRECTED-UPDATE 1 is a correction."""
_RANKS: dict[Signal, int] = {signal: rank for rank, (signal, _) in enumerate(_ORDER)}

_URGENT = (
    r"(?:(?:urgent|flash|bulletin|breaking|eil(?:meldung)?|alert|snap|newsalert|rpt|repeat|exclusive)\b[\s/:–—-]*)?"
)
_LONGEST = 300
_LONGEST_NOTE = 2000
"""Characters that are looked at: conventions stand at the head, and hostile input must not cost time."""
_GLUE = r"(?:\s?[-–—/:]\s?|\s)"


_ANY = _any(_KILL, _CORRECTION, _UPDATE, _ADVISORY)
_FLAGS = re.I

# `UPDATE 2-CORRECTED-Fed holds rates`, `CORRECTED: …`, `KILL - …`: instructions chained by hyphens, then a mark.
_HEAD = re.compile(
    rf"\s*{_URGENT}(?P<chain>(?:{_ANY})(?:{_GLUE}(?:{_ANY})){{0,3}})(?:\s?[-–—:/|]|\s?,\s)(?=\s?\S)", _FLAGS
)
_BRACKETED = re.compile(
    rf"\s*{_URGENT}[(\[](?P<chain>(?:{_ANY})(?:{_GLUE}(?:{_ANY})){{0,3}})(?:[\s:,;-][^)\]]*)?[)\]]", _FLAGS
)
_TAIL = re.compile(
    rf"[(\[](?P<chain>(?:{_ANY})(?:{_GLUE}(?:{_ANY})){{0,3}})(?:[\s:,;-][^)\]]{{0,120}})?[)\]]\s*$", _FLAGS
)
_WHOLE = re.compile(rf"\W*(?P<chain>(?:{_ANY})(?:{_GLUE}(?:{_ANY})){{0,3}})\W*", _FLAGS)
_CAPS_HEAD = re.compile(rf"\s*{_URGENT}(?P<chain>(?:{_ANY})(?:{_GLUE}(?:{_ANY})){{0,3}})\s+(?=\S)", _FLAGS)
_SLUG_PART = re.compile(r"\s*(?:,|--|/|\|)\s*|(?<=[A-Za-z])-(?=[A-Z])|\s-\s")
_NOTE_HEAD = re.compile(rf"\W*{_URGENT}(?P<chain>(?:{_ANY})(?:{_GLUE}(?:{_ANY})){{0,3}})\b", _FLAGS)
_EACH = tuple((signal, re.compile(rf"(?:^|(?<=\W)|\b)(?:{body})(?=$|\W)", _FLAGS)) for signal, body in _ORDER)

_STEMS = (
    "kill", "withdr", "retract", "eliminat", "rück", "annul", "anula", "retirada", "corr", "clarif", "errat", "sub",
    "korr", "ichtig", "rectif", "ttelse", "upd", "tualis", "actuali", "wrapup", "lead", "ld", "lede", "writ", "add",
    "recast", "refile", "expands", "tops", "zusammenf", "neu", "synth", "papier", "ampliac", "resumen", "advisor",
    "editors", "hinweis", "avis",
)  # fmt: skip
"""An ordinary headline mostly has none of these in it, and costs no more than that look."""

NOTE_PARAGRAPH = re.compile(
    r"\(\s*(?:adds?|updates?|updated|recasts?|correct(?:s|ed|ing)|correction|clarifies|refiles?|repeats?|rewrites?"
    r"|writes\s+thr(?:u|ough)|new\s+throughout|berichtig|korrektur|korrigiert|aktualisiert|neu:|wiederholung"
    r"|rectifie|actualise|ajoute|corrige|actualiza|amplía|añade|eds?:|editors?:|editor['’]?s['’]?\s+note)\b[^()]{2,300}\)\.?",
    re.I,
)
"""A paragraph of its own in brackets that speaks to the desk: `(Adds quotes, background)`."""


def find(headline: str, slugline: str = "", ednote: str = "", pubstatus: str = "") -> tuple[Signal, str]:
    """The instruction that a story carries and the words that gave it; `("", "")` for an ordinary one."""
    headline, slugline, ednote = headline[:_LONGEST], slugline[:_LONGEST], ednote[:_LONGEST_NOTE]
    found: list[str] = []
    if _hints(f"{headline}\n{slugline}\n{ednote}"):
        found = [
            chain
            for chain in (
                _of_headline(headline) if _hints(headline) else "",
                _of_slugline(slugline) if _hints(slugline) else "",
                _of_note(ednote) if _hints(ednote) else "",
            )
            if chain
        ]
    canceled = pubstatus.casefold().removeprefix("stat:") in ("canceled", "cancelled")
    for signal, pattern in _EACH:
        for chain in found:
            if pattern.search(chain):
                return ("kill" if canceled else signal), chain
    return ("kill", f"pubstatus {pubstatus}") if canceled else ("", "")


def stronger(one: tuple[Signal, str], other: tuple[Signal, str]) -> tuple[Signal, str]:
    """Of two findings the one that asks for more: a kill before a correction before an update."""
    return one if _RANKS.get(one[0], 9) <= _RANKS.get(other[0], 9) else other


def _hints(text: str) -> bool:
    lowered = text.lower()
    for stem in _STEMS:  # noqa: SIM110  # a generator in `any` takes twice as long, and this is done for every story
        if stem in lowered:
            return True
    return False


def _of_headline(text: str) -> str:
    if match := _BRACKETED.match(text):
        return _words(match)
    if match := _HEAD.match(text):
        chain, rest = _words(match), text[match.end() :]
        if _is_set_off(chain, text[match.end("chain") : match.end()], rest):
            return chain
    if match := _CAPS_HEAD.match(text):
        chain, rest = _words(match), text[match.end() :]
        if _shouts(chain) and _has_small_letters(rest):
            return chain
    if match := _TAIL.search(text) or _WHOLE.fullmatch(text):
        return _words(match)
    return ""


def _is_set_off(chain: str, mark: str, rest: str) -> bool:
    """Whether words before a mark are an instruction: `Update: …`, `KILL-Storm hits`; not `LEAD-FREE`."""
    bare_hyphen = mark in ("-", "/")
    if not _shouts(chain):
        return not bare_hyphen and chain.casefold() not in _NEEDS_CAPITALS
    return not bare_hyphen or chain.casefold() not in _FORMS_COMPOUNDS or _has_small_letters(rest)


_NEEDS_CAPITALS = frozenset(
    (
        "kill",
        "withdrawal",
        "withdraws",
        "retraction",
        "elimination",
        "eliminate",
        "lead",
        "neu",
        "tops",
        "sub",
        "add",
        "adds",
        "expands",
        "clarifies",
        "substitution",
        "rewrite",
        "rewrites",
        "corrects",
    )
)
"""Words that open ordinary headlines too (`Kill: the making of …`)."""

_FORMS_COMPOUNDS = frozenset(("kill", "lead", "ld", "lede", "add", "sub", "tops", "neu"))
"""Words that a headline all in capitals may join by a hyphen (LEAD-FREE, KILL-SWITCH)."""


def _of_slugline(text: str) -> str:
    """A part of a slugline that is nothing but an instruction: `BC-US--Storm, 2nd Ld-Writethru`, `STORM-KILL`."""
    parts = _SLUG_PART.split(text)
    for part in [text, *parts]:
        if match := _WHOLE.fullmatch(part):
            chain = _words(match)
            # a bare word between hyphens is a subject (LEAD-PIPES, KILL-FEE); as the last part it instructs
            if chain.casefold() not in _FORMS_COMPOUNDS or (_shouts(chain) and text.endswith(part)):
                return chain
    if match := _BRACKETED.match(text) or _TAIL.search(text):
        return _words(match)
    if (match := _HEAD.match(text)) and _shouts(_words(match)) and _words(match).casefold() not in _FORMS_COMPOUNDS:
        return _words(match)
    words = text.split()[-6:]
    for start in (len(words) - 1, len(words) - 2):
        if start > 0 and (match := _WHOLE.fullmatch(" ".join(words[start:]))):
            chain = _words(match)
            if _shouts(chain) or any(ch.isdigit() for ch in chain):
                return chain
    return ""


def _of_note(text: str) -> str:
    """A note is written to the desk, so its first words count in any case: `Corrects spelling in para 3`."""
    if match := _NOTE_HEAD.match(text):
        return _words(match)
    if match := _MARKED_IN_NOTE.search(text):
        return match[0].strip()
    return ""


_MARKED_IN_NOTE = re.compile(
    r"\b(?:(?:MANDATORY|EMBARGOED|BULLETIN)[ -])?KILL\b|\bWITHDRAWN\b"
    r"|\b(?:has|have|is|was|been) (?:been )?(?:withdrawn|killed|retracted)\b|\bplease (?:kill|withdraw)\b"
    r"|\bCORRECT(?:ED|S|ION)\b|\bWRITETHRU\b|\bRECASTS\b|\bUPDATES?\b(?= |:)",
)


def _words(match: re.Match[str]) -> str:
    return " ".join(match["chain"].split())


def _has_small_letters(text: str) -> bool:
    return any(ch.islower() for ch in text)


def _shouts(chain: str) -> bool:
    """In capitals, ordinals apart (`2nd LEAD`, `1st Ld-Writethru` counts by its number)."""
    letters = re.sub(_ORDINAL, "", chain, flags=re.I)
    return letters.upper() == letters or bool(re.match(rf"{_ORDINAL}\b", chain, re.I))
