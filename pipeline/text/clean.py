"""Characters: NFC, no control or invisible characters, mojibake repaired. Plain ASCII passes untouched and fast."""

from __future__ import annotations

import html
import re
import unicodedata

# What a clean text never holds; newlines are allowed in a text, not in a line. ZWNJ and ZWJ stay: Persian, the Indian
# scripts and emoji spell with them.
_ODD = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f"
    "\u205f-\u206f\u3000\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\uffff\ue000-\uf8ff]"
)
_PLAIN = bytes((0x0A, *range(0x20, 0x7F)))
"""What is clean in any text: newlines and the printable characters of ASCII."""
_SPACES = frozenset("\t\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\x0b")
_MAY_COMPOSE = re.compile(
    "[\u0300-\u036f\u0590-\u1dff\u20d0-\u20ff\u3099\u309a\ua66f-\uabff\ufb1e\ufe20-\ufe2f\U00010000-\U0010ffff]"
)
"""All characters that compose with one before them (and others beside them)."""
_BREAKS = frozenset("\r\x0c\x85\x1e\u2028\u2029")
_ESCAPED_AGAIN = re.compile(r"&(?:amp;)+(?=#?\w{2,31};)")
_LAME = re.compile(r"#(?:36;\d|39;[a-z]\b)")
"""References without their ampersand, surely such: before an amount, or an `s` or `t` (not `number #39; he`)."""
_LAME_ENTITY = re.compile(r" ?#(3[4689]|6[02]|14[5-9]|15[01]|16[03]|82(?:1[1-7]|2[01]|30));")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")

# Pairs that UTF-8 read as a one-byte encoding leaves behind, and that no language spells: the cheap test before ftfy.
# The pattern begins with one set of characters, because only that form is scanned fast.
_MOJIBAKE = re.compile(
    "[ÂÃâÐÑïÅРС](?:"
    "(?<=[ÂÃ])[\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
    "|(?<=â)(?:€|\x80|„¢)"
    "|(?<=Ð)[\x80-\xbf][ÐÑ]|(?<=Ñ)[\x80-\x8f€‚ƒ„…†‡ˆ‰Š‹Œ]"
    "|(?<=ï)(?:»¿|¿½)"
    "|(?<=Å)[\x80-\xbfŸ„‚›]"
    "|(?<=[РС])[°±‚ѓЃ„…†‡€‰Љ‹ЊЌЋЏ])"
)


def clean(text: str, *, repair: bool = True) -> str:
    """Text ready to travel: NFC, newlines `\\n`, no control, invisible or private-use characters; spaces not touched
    otherwise, so that indents can still be read. `repair` is False where mojibake is left, for the sake of time."""
    rest = _beyond_plain(text)
    if not rest:
        return text
    if _ODD.search(rest):
        if _C1.search(rest) or _MOJIBAKE.search(rest):
            text = _scrub(text, repair)
        else:  # a few no-break spaces and the like: found in the little rest, replaced without a pattern
            text = text.replace("\r\n", "\n")
            for odd in set(_ODD.findall(rest)):
                text = text.replace(odd, _instead(odd))
        rest = _beyond_plain(text)
    if repair and _MOJIBAKE.search(rest) and _MOJIBAKE.search(text):
        text = rest = _mend(text)
    return text if _is_nfc(text, rest) else unicodedata.normalize("NFC", text)


def is_clean(text: str) -> bool:
    """Whether `clean` has nothing to do; False may be said of clean text too, True never of another."""
    rest = _beyond_plain(text)
    return not rest or not (_ODD.search(rest) or _MOJIBAKE.search(rest) or not _is_nfc(text, rest))


def _is_nfc(text: str, rest: str) -> bool:
    """`rest` are the text's characters beyond plain ASCII: they tell where none composes with what stands before it."""
    return unicodedata.is_normalized("NFC", text if _MAY_COMPOSE.search(rest) else rest)


def _beyond_plain(text: str) -> str:
    """The characters of a text that are not plain ASCII, as one string: a single fast pass over most of most texts.

    What a pattern of single characters does not find here is not in the text. Of pairs it may find some too many, for
    characters that stand apart in the text are neighbours here.
    """
    return text.encode("utf-8", "surrogatepass").translate(None, _PLAIN).decode("utf-8", "surrogatepass")


def line(text: str) -> str:
    """One clean line: runs of white space are one space."""
    text = clean(text)
    if "\n" in text or "  " in text:
        return " ".join(text.split())
    return text.strip()


def squeeze(text: str) -> str:
    """Runs of spaces to one, ends trimmed; for text that is clean already."""
    while "  " in text:  # halves every run; a pattern would stop at every single space
        text = text.replace("  ", " ")
    return text.strip()


def unescape(text: str) -> str:
    """Character references resolved, where a feed escaped its plain text (`AT&amp;T`), be it several times, or lost the
    ampersands of them (`Japan #39;s`)."""
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(_ESCAPED_AGAIN.sub("&", text))
    if "#" in text and _LAME.search(text):
        text = _LAME_ENTITY.sub(lambda found: html.unescape(f"&#{found[1]};"), text)
    return text


_MEND_BUDGET, _MEND_CALL = 150_000, 400
"""Characters of broken lines that are repaired at most, and what a call adds to them: repairs are slow."""


def has_mojibake(text: str) -> bool:
    """The cheap test: True where `clean` would call ftfy."""
    return not text.isascii() and _MOJIBAKE.search(text) is not None


def _scrub(text: str, repair: bool) -> str:
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    if _C1.search(text) and not _MOJIBAKE.search(text):
        # windows-1252 quotes and dashes that were passed on as Latin-1
        text = _C1.sub(lambda m: bytes([ord(m[0])]).decode("cp1252", "ignore"), text)
    elif repair and _MOJIBAKE.search(text):
        text = _mend(text)
    return _ODD.sub(lambda match: _instead(match[0]), text)


_C1 = re.compile("[\x80-\x9f]")


def _instead(ch: str) -> str:
    if ch in _SPACES:
        return " "
    return "\n" if ch in _BREAKS else ""


def _mend(text: str) -> str:
    import ftfy  # a repair is rare: most workers never load it

    left = _MEND_BUDGET
    parts = text.split("\n")
    for at, part in enumerate(parts):
        if left > 0 and has_mojibake(part):
            parts[at] = ftfy.fix_encoding(part)
            left -= len(part) + _MEND_CALL
    return "\n".join(parts)
