"""URIs and times as the ninjs schema demands them: RFC 3986 and RFC 3339, or nothing at all."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote

OWN = "urn:x-wire:"
"""What a URI made from a story's id begins with. Ids are unique on `wire.stories`, so these are too."""

MAX_URI = 2000

_PLAIN = r"[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2}"
_CHAR = rf"(?:{_PLAIN}|[:@])"
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:"
    rf"(?://(?:(?:{_PLAIN}|:)*@)?(?:{_PLAIN})*(?::[0-9]*)?(?:/{_CHAR}*)*"  # an authority; IPv6 literals are left out
    rf"|/?{_CHAR}+(?:/{_CHAR}*)*)"
    rf"(?:\?(?:{_CHAR}|[/?])*)?(?:#(?:{_CHAR}|[/?])*)?"
)
_SAFE = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@]+")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.A)


def is_uri(text: str) -> bool:
    """Whether it is a URI with a scheme, as RFC 3986 writes them."""
    return len(text) <= MAX_URI and _URI.fullmatch(text) is not None


def own_uri(id: str) -> str:
    """The URI of the story of that id, for one whose provider gave none. Always valid, one to one."""
    return OWN + (id if _SAFE.fullmatch(id) else quote(id, safe="-._~!$&'()*+,;=:@") or "-")


def is_time(text: str) -> bool:
    """Whether it is a moment as RFC 3339 writes it, one that exists."""
    if _RFC3339.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
