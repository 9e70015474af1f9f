"""E-mail (RFC 5322, MIME), as some agencies and press offices still send: the subject is the headline.

Of a multipart message the plain text counts, else the HTML; attachments are named in the notes and left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email import policy
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr

import orjson

from pipeline.errors import Rejected
from pipeline.formats import plain
from pipeline.formats.document import Document
from pipeline.formats.item import Item
from pipeline.model import Story
from pipeline.stages.base import SkippedItem
from pipeline.text import clean
from pipeline.text.decode import decode
from pipeline.text.markup import html_paragraphs, looks_like_html
from pipeline.text.times import read_time

NAME = "email"

_FIELD = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,40}):[ \t]*\S?")
_KNOWN = frozenset(
    (
        b"from",
        b"to",
        b"subject",
        b"received",
        b"return-path",
        b"delivered-to",
        b"message-id",
        b"mime-version",
        b"date",
        b"content-type",
        b"x-received",
        b"dkim-signature",
        b"reply-to",
        b"sender",
    )
)
_NEEDED = 3
_PREFIX = re.compile(r"(?:(?:re|fwd?|aw|wg|tr|rv)\s*:\s*)+", re.I)
_SIGNATURE = re.compile(r"\n-- ?\n.*", re.S)
_MAX_PARTS = 200
_MAX_MARKS = 2_000
_MAX_HEADER = 1_000
"""Characters of one header that are read."""
_FORM = {
    "headline": ("headline", "title"), "slugline": ("slugline", "slug", "keyword"), "byline": ("byline",),
    "dateline": ("dateline",), "abstract": ("abstract",), "ednote": ("ednote", "editorsnote"), "genre": ("genre",),
}  # fmt: skip


def recognises(document: Document) -> bool:
    head = document.data[:16_000].lstrip()
    if head.startswith(b"From "):  # an mbox line
        head = head.partition(b"\n")[2]
    known = set()
    for number, line in enumerate(head.split(b"\n")):
        line = line.rstrip(b"\r")
        if not line:
            break
        if line[:1] in b" \t" and number:
            continue
        match = _FIELD.match(line)
        if match is None:
            return False
        if match[1].lower() in _KNOWN:
            known.add(match[1].lower())
            if len(known) == _NEEDED and b"subject" in known:
                return True
    return len(known) >= _NEEDED


def read(document: Document) -> Iterator[Item]:
    """One story. Raises Rejected `bad-mail`, `no-text`."""
    data = document.data.lstrip()
    if data.startswith(b"From "):
        data = data.partition(b"\n")[2]
    if data.count(b"\n--") > _MAX_MARKS or data.lower().count(b"content-type:") > _MAX_PARTS:
        raise Rejected("too-complex", f"The e-mail has more than {_MAX_PARTS} parts.")
    try:
        # the policy that leaves headers as they are: reading long ones takes the newer policies minutes
        message = BytesParser(policy=policy.compat32).parsebytes(data)
        story, others = _story(message)
    except Rejected:
        raise
    except Exception as e:  # the standard library's mail parser raises what it likes for broken headers
        raise Rejected("bad-mail", f"The e-mail could not be read: {type(e).__name__}.") from e
    if not story.paragraphs and others:
        yield SkippedItem(others[0], f"The e-mail carries {others[0]} content and no text.", story.id)
        return
    if others:
        story.notes.append(f"attachments left: {', '.join(sorted(set(others))[:5])}")
    yield story


def _story(message: Message) -> tuple[Story, list[str]]:
    story = Story(id="", source="", format=NAME)
    story.headline = _PREFIX.sub("", _header(message, "subject"), count=1).strip()
    story.id = story.uri = _header(message, "message-id").strip().strip("<>")
    story.published = read_time(_header(message, "date"))
    name, address = parseaddr(_header(message, "from"))
    story.provider = f"{name} <{address}>" if name else address
    story.links = [one.strip("<>") for one in _header(message, "references").split()][-1:]
    story.language = _header(message, "content-language").split(",")[0]
    story.keywords = [word.strip() for word in _header(message, "keywords").split(",") if word.strip()]
    plains: list[str] = []
    htmls: list[str] = []
    others: list[str] = []
    for number, part in enumerate(message.walk()):
        if number >= _MAX_PARTS:
            raise Rejected("too-complex", f"The e-mail has more than {_MAX_PARTS} parts.")
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text":
            others.append({"image": "picture"}.get(part.get_content_maintype(), part.get_content_maintype()))
        elif kind == "text/html":
            htmls.append(_content(part))
        else:
            plains.append(_content(part))
    _read_body(story, "\n\n".join(text for text in plains if text.strip()), "\n".join(htmls))
    return story, others


def _read_body(story: Story, text: str, markup: str) -> None:
    if text.lstrip().startswith("{") and (form := _form(text)):
        _read_form(story, form)
    elif text.strip():
        text = _SIGNATURE.sub("", clean.clean(text))
        inner = Story(id="", source="", format=NAME)
        lines = plain.labelled_lines(inner, text.split("\n"))
        for field in ("headline", "slugline", "byline", "dateline", "embargo", "ednote", "abstract", "language"):
            if value := getattr(inner, field):
                setattr(story, field, value)
        story.urgency = inner.urgency
        story.keywords = story.keywords or inner.keywords
        story.paragraphs = plain.text_paragraphs("\n".join(lines))
    elif markup:
        story.paragraphs = html_paragraphs(markup)


def _form(text: str) -> dict[str, str]:
    """A web form's answers mailed as JSON (`{"Headline": ["…"]}`): names in small letters, first answers."""
    try:
        value = orjson.loads(text.replace("\r", "").replace("\n", " "))
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(value, dict):
        return {}
    found: dict[str, str] = {}
    for key, answers in value.items():
        listed = answers if isinstance(answers, list) else [answers]
        answer = next((one for one in listed if isinstance(one, str) and one.strip()), "")
        if answer:
            found["".join(ch for ch in key.lower() if ch.isalpha())] = answer
    return found


def _read_form(story: Story, form: dict[str, str]) -> None:
    for field, names in _FORM.items():
        if value := next((form[name] for name in names if name in form), ""):
            setattr(story, field, value)
    body = form.get("body", "") or form.get("text", "") or form.get("story", "")
    story.paragraphs = html_paragraphs(body) if looks_like_html(body) else plain.text_paragraphs(body)
    urgency = form.get("urgency", "") or form.get("newsvalue", "")
    if urgency.isdecimal() and 1 <= int(urgency[:2]) <= 9:
        story.urgency = int(urgency[:2])


def _header(message: Message, name: str) -> str:
    value = str(message.get(name) or "")[:_MAX_HEADER]
    with suppress(ValueError, LookupError):  # a header that cannot be decoded stays as it stands
        value = str(make_header(decode_header(value))) if "=?" in value else value
    return clean.line(value)


def _content(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data.strip():
        return ""
    return decode(data, str(part.get_content_charset() or "")).text
