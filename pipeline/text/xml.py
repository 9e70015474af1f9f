"""XML read safely with libxml2: no external entities, no network, bounded depth, size and entity growth.

libxml2 without `huge_tree` refuses more than 256 levels, text nodes over 10 MB and entities that grow a document more
than fivefold; external entities and DTDs are never loaded.
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from pipeline.errors import Rejected

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>", re.S)
_DECLARED = re.compile(rb"""<\?xml\b[^>]{0,150}?\bencoding\s*=\s*["']([\w.:-]+)["']""")
_NAMED_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]|&#(?:[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F])|0*(?:[0-8]|1[124-9]|2\\d|3[01]));"
)
_LEGAL = bytes((0x09, 0x0A, 0x0D, *range(0x20, 0x80)))
_ENTITY_DECLARATIONS = 50

Element = Any
"""An lxml element; lxml ships no types."""


def declared_encoding(data: bytes) -> str:
    """The encoding that an XML declaration names, whether true or not; empty where there is none."""
    match = _DECLARED.search(data[:400])
    return match[1].decode("ascii", "replace") if match else ""


def parse(text: str) -> Element:
    """The root element of decoded XML. Raises Rejected `bad-xml` or `too-complex`.

    Characters that XML forbids are dropped, and HTML's named entities are read even where no DTD declares them: wires
    send both.
    """
    if text.count("<!ENTITY") > _ENTITY_DECLARATIONS:
        raise Rejected("too-complex", "The XML declares too many entities.")
    source = text.lstrip("\ufeff \t\r\n")
    if "<?xml" in source:
        source = _DECLARATION.sub("", source, count=1)
    # characters that are not legal ASCII are looked at apart: to search the whole text costs more than to parse it
    odd = source.encode("utf-8", "surrogatepass").translate(None, _LEGAL)
    if "&#" in source or (odd and _ILLEGAL.search(odd.decode("utf-8", "surrogatepass"))):
        source = _ILLEGAL.sub("", source)
    try:
        return _parse(source)
    except etree.XMLSyntaxError as first:
        repaired = _NAMED_ENTITY.sub(_character, source)
        if repaired != source:
            try:
                return _parse(repaired)
            except etree.XMLSyntaxError:
                pass
        raise _rejected(first) from None


def _parse(source: str) -> Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities="internal",
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
    return etree.fromstring(source.encode("utf-8"), parser)


def _rejected(error: etree.XMLSyntaxError) -> Rejected:
    message = str(error.msg or "not well-formed")
    if "depth" in message or "amplification" in message or "loop" in message or "too long" in message.lower():
        return Rejected("too-complex", f"The XML goes beyond the parser's bounds: {message[:160]}.")
    return Rejected("bad-xml", f"The record begins as XML but is not well-formed: {message[:160]}.")


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if name in _XML_ENTITIES:
        return match[0]
    code = html.entities.name2codepoint.get(name)
    return chr(code) if code else match[0]


# Access by local names: agencies send the same vocabulary under many namespaces, or none.


def name(element: Element) -> str:
    """The local name; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """The direct children with one of these local names; all of them where none is given."""
    if element is None:
        return iter(())
    return element.iterchildren(*[f"{{*}}{one}" for one in names] or "*")  # type: ignore[no-any-return]


def child(element: Element | None, *path: str) -> Element | None:
    """The first element down this path of local names, or None."""
    for step in path:
        element = next(children(element, step), None)
        if element is None:
            return None
    return element


def descendants(element: Element | None, *names: str) -> Iterator[Element]:
    """All elements below with one of these local names, in document order."""
    if element is not None:
        yield from element.iter(*(f"{{*}}{one}" for one in names))


def first(element: Element | None, *names: str) -> Element | None:
    """The first descendant with one of these local names, or None."""
    return next(descendants(element, *names), None)


def text_of(element: Element | None) -> str:
    """All text below as one line; empty for None."""
    if element is None:
        return ""
    return " ".join("".join(element.itertext()).split())


def attribute(element: Element | None, *names: str) -> str:
    """The first of these attributes (local names) that is there and not empty."""
    if element is None:
        return ""
    for wanted in names:
        value = element.get(wanted)
        if value is None:
            value = next((v for key, v in element.items() if key.rpartition("}")[2] == wanted), "")
        if value.strip():
            return str(value.strip())
    return ""
