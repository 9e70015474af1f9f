"""Bytes to text: which encoding it truly is, whatever was declared; and what is no text at all.

Order of trust: a byte order mark, then strict UTF-8 (almost nothing else passes it by accident), then what the feed
declared, then a guess by charset-normalizer among encodings that wires use.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.errors import Rejected

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that one's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE_BYTES = 24
"""Without a byte order mark fewer bytes are no evidence of UTF-16: noise has zeros in the right places too."""
_GUESSABLE_BYTES = 32
_ASCII_TEXT = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,-'")
_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"BZh", "bzip2-compressed data"),
    (b"\xfd7zXZ", "xz-compressed data"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"OggS", "an audio or video file"),
    (b"ID3", "an MP3 file"),
    (b"RIFF", "an audio or video file"),
)
_FIRST_BYTES = tuple(first for first, _ in (*_BOMS, *_MAGIC))
_LIKELY = [
    "cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "iso8859_2", "iso8859_15",
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "mac_roman",
]  # fmt: skip
_GUESS_BYTES = 16_384
"""Enough to tell an encoding; the guess costs milliseconds."""

_CONTROL = bytes((0, *range(5, 9), *range(0x0E, 0x11), 0x12, *range(0x17, 0x1A), *range(0x1B, 0x1E), 0x7F))
"""Bytes that no text form has: the wires' own (SOH, STX, ETX, EOT, DC1 to NAK, SYN, SUB, RS, US) are left out."""

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.I)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the encoding that it turned out to be in."""

    text: str
    encoding: str
    how: str
    """`bom`, `utf-8`, `declared` or `guessed`."""
    note: str = ""
    """What was wrong with the declaration, for `Story.notes`."""


def charset_of(content_type: str) -> str:
    """The charset parameter of a MIME type; empty where there is none."""
    match = _CHARSET.search(content_type)
    return match[1] if match else ""


def decode(data: bytes, declared: str = "") -> Decoded:
    """Decode bytes that should be text. `declared` is an encoding name as given, right or wrong.

    Raises Rejected: `empty`, `binary` (pictures, archives, random bytes), `bad-encoding` (in nothing known).
    """
    if not data or data.isspace():
        raise Rejected("empty", "The record has no content.")
    if data.startswith(_FIRST_BYTES):
        for mark, encoding in _BOMS:
            if data.startswith(mark):
                try:
                    return Decoded(data.decode(encoding), encoding, "bom", _lie(declared, encoding))
                except UnicodeDecodeError:
                    break  # the mark lies too
        for magic, what in _MAGIC:
            if data.startswith(magic):
                raise Rejected("binary", f"The record is {what}, not text.")
    if b"\x00" in data:
        return _wide(data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _not_utf8(data, declared)
    if _control_bytes(data) * 50 > len(data):
        raise Rejected("binary", "The record is full of control characters, so it is not text.")
    return Decoded(
        text, "utf-8", "utf-8", "" if data.isascii() and (not declared or _known(declared)) else _lie(declared, "utf-8")
    )


def _wide(data: bytes) -> Decoded:
    """UTF-16 or UTF-32 without a mark: text in it has a zero byte in every second (fourth) place."""
    head = data[:4000]
    zeros = [head[i::4].count(0) for i in range(4)]
    most = len(head) // 4 * 0.7
    candidates = (
        ("utf-32-le", zeros[1] > most and zeros[2] > most and zeros[3] > most),
        ("utf-32-be", zeros[0] > most and zeros[1] > most and zeros[2] > most),
        ("utf-16-le", zeros[1] > most and zeros[3] > most),
        ("utf-16-be", zeros[0] > most and zeros[2] > most),
    )
    for encoding, fits in candidates:
        if fits and len(data) >= _WIDE_BYTES:
            try:
                return Decoded(data.decode(encoding), encoding, "guessed", f"encoding: found to be {encoding}")
            except UnicodeDecodeError:
                break
    zeros_in_all = data.count(0)
    if zeros_in_all * 100 <= len(data):  # a stray zero in a text
        return decode(data.replace(b"\x00", b""))
    raise Rejected("binary", "The record holds zero bytes, so it is not text.")


def _not_utf8(data: bytes, declared: str) -> Decoded:
    if _control_bytes(data) * 50 > len(data):
        raise Rejected("binary", "The record is full of control bytes, so it is not text.")
    name = _known(declared)
    if name and name not in ("utf-8", "ascii", "utf-16", "utf-32"):
        # Latin-1 as declared is windows-1252 in practice, which also gives its quotes and dashes (WHATWG encodings)
        actual = "cp1252" if name == "iso8859-1" else name
        for encoding in (actual, name):
            try:
                return Decoded(data.decode(encoding), encoding, "declared")
            except (UnicodeDecodeError, LookupError):
                continue
    if damaged := _damaged_utf8(data):
        return damaged
    return _guess(data, declared)


def _control_bytes(data: bytes) -> int:
    return len(data) - len(data.translate(None, _CONTROL))


def _damaged_utf8(data: bytes) -> Decoded | None:
    """UTF-8 with a few bytes broken on the way (a cut character, a stray Latin-1 byte): most sequences still fit."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = sum(ch >= "\x80" for ch in text) - broken
    if sound < 2 * broken or broken > 20 + len(text) // 500:
        return None
    return Decoded(text.replace("\ufffd", ""), "utf-8", "utf-8", f"encoding: {broken} broken UTF-8 sequences dropped")


def _guess(data: bytes, declared: str) -> Decoded:
    if len(data) < _GUESSABLE_BYTES:
        # too little to tell encodings apart: text only if it is nearly all ASCII letters, with an accent here and there
        if sum(byte in _ASCII_TEXT for byte in data) * 10 < len(data) * 7:
            raise Rejected("bad-encoding", "The few bytes are no UTF-8, and too few to recognise another encoding by.")
        return Decoded(data.decode("cp1252", "replace"), "cp1252", "guessed", "encoding: guessed cp1252")
    from charset_normalizer import from_bytes  # a guess is rare: most workers never load it

    try:
        best = from_bytes(data[:_GUESS_BYTES], cp_isolation=_LIKELY, steps=4, chunk_size=512, threshold=0.25).best()
    except Exception:  # the guesser itself fails on some binary input; then it is nothing we can read
        best = None
    if best is not None:
        text = data.decode(best.encoding, "replace")
        if text == data.decode("cp1252", "replace"):  # where both read the same, name the common one
            return Decoded(text, "cp1252", "guessed", _lie(declared, "cp1252") or "encoding: guessed cp1252")
        if text.count("\ufffd") * 100 <= len(text):
            lie = _lie(declared, best.encoding) or f"encoding: guessed {best.encoding}"
            return Decoded(text.replace("\ufffd", ""), best.encoding, "guessed", lie)
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as e:
        raise Rejected("bad-encoding", "The text is in no encoding that could be recognised.") from e
    return Decoded(text, "cp1252", "guessed", _lie(declared, "cp1252") or "encoding: guessed cp1252")


@lru_cache(maxsize=256)
def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return ""


def _lie(declared: str, actual: str) -> str:
    name = _known(declared)
    plain = actual.removesuffix("-sig")
    if not declared or (name and name.split("-l")[0].split("-b")[0] == _known(plain).split("-l")[0].split("-b")[0]):
        return ""
    return f"encoding: declared {declared[:40]}, found to be {plain}"
