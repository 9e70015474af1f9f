"""All formats, in order of trial. To add one: write its module, and add one line to `FORMATS`.

A format module gives `NAME`, `recognises(document)`, which tells from the bytes alone, and `read(document)`, which
yields a `Story` for each text item, a `SkippedItem` for what carries no text and a `Dead` for a broken one. It may
raise `Rejected` or `Skipped` for the whole record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.errors import Rejected
from pipeline.formats import (
    anpa,
    ap_media,
    feed,
    iptc7901,
    jsonlines,
    mail,
    newsml_1,
    newsml_g2,
    ninjs,
    nitf,
    page,
    plain,
    ritzau,
)
from pipeline.formats.document import Document
from pipeline.formats.item import Item


@dataclass(frozen=True, slots=True)
class Format:
    """One wire format: its name (as in `Story.format`), how it is told from others, and how it is read."""

    name: str
    recognises: Callable[[Document], bool]
    read: Callable[[Document], Iterator[Item]]
    title: str
    """For people."""


FORMATS: tuple[Format, ...] = (
    Format(ap_media.NAME, ap_media.recognises, ap_media.read, "AP media JSON"),
    Format(ninjs.NAME, ninjs.recognises, ninjs.read, "IPTC ninjs 1, 2, 3"),
    Format(jsonlines.NAME, jsonlines.recognises, jsonlines.read, "JSON lines"),
    Format(newsml_g2.NAME, newsml_g2.recognises, newsml_g2.read, "IPTC NewsML-G2"),
    Format(newsml_1.NAME, newsml_1.recognises, newsml_1.read, "IPTC NewsML 1"),
    Format(nitf.NAME, nitf.recognises, nitf.read, "IPTC NITF"),
    Format(ritzau.NAME, ritzau.recognises, ritzau.read, "Ritzau XML"),
    Format(feed.NAME, feed.recognises, feed.read, "RSS and Atom"),
    Format(page.NAME, page.recognises, page.read, "HTML page"),
    Format(iptc7901.NAME, iptc7901.recognises, iptc7901.read, "IPTC 7901"),
    Format(anpa.NAME, anpa.recognises, anpa.read, "ANPA 1312"),
    Format(mail.NAME, mail.recognises, mail.read, "e-mail"),
    Format(plain.NAME, plain.recognises, plain.read, "plain text"),
)


def recognise(document: Document) -> Format:
    """The first format that recognises the document.

    Raises Rejected: `unrecognised` for XML of a vocabulary that none knows; what decoding and JSON raise.
    """
    for one in FORMATS:
        if one.recognises(document):
            return one
    root = document.root_name
    if not root:
        raise Rejected("bad-xml", "The record begins as XML, but holds no element.")
    raise Rejected("unrecognised", f"The record is XML with the root element <{root[:60]}>, which no format knows.")
