"""From what a format read to a finished `Story`: the steps that are the same for every format.

Clean characters, cut furniture, read dateline, byline and notes to the desk, find the wire instruction and the
language, count words, give an id.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import xxhash

from pipeline.errors import Rejected
from pipeline.model import RawStory, Story
from pipeline.text import clean, datelines, embargo, furniture, language, signals
from pipeline.text.fields import line_of

_LINES = ("abstract", "ednote", "slugline", "byline", "dateline", "dateline_place", "provider", "genre", "rights")
_MARKS = ("dateline_date", "uri", "version", "sequence", "priority", "url")
_LISTS = ("keywords", "links")
_WORD_CHARS = re.compile(r"[^\W_]+")
_ASCII = bytes(range(128))
_SMALL_WORDS = bytes(code if chr(code).isalnum() else 0x20 for code in _ASCII.lower()) + bytes(range(128, 256))
"""ASCII in small letters, and what of it `_WORD_CHARS` does not match made a space; other bytes as they are."""
_SPACES = re.compile(rb"  +")
_FEW = 20

MAX_HEADLINE = 1000
MAX_PARAGRAPHS = 10_000
MAX_REPAIRS = 500
"""Paragraphs whose mojibake is repaired; each costs up to a millisecond."""
MAX_ITEMS = 500
"""Of keywords, subjects, links and the like a story keeps at most this many."""


def _clean(story: Story, raw: RawStory) -> None:
    story.source = story.source or raw.source
    _clean_fields(story)
    story.paragraphs = _clean_body(story)


def _cut_furniture(story: Story, _: RawStory) -> None:
    found = furniture.strip(story.paragraphs)
    if found.notes:
        story.notes.extend(found.notes)
        story.rights = story.rights or found.rights
    story.paragraphs = body = found.paragraphs
    if body and (rest := furniture.trailing(body[-1])) != body[-1]:
        story.notes.append("furniture: end of the last paragraph")
        body[-1] = rest


def _take_head(story: Story, _: RawStory) -> None:
    """Raises Rejected `no-text` where nothing to read is left."""
    body = _read_head(story, story.paragraphs)
    if body and body[0] == story.headline:
        del body[0]  # many feeds repeat the headline as the first paragraph
    if not story.headline and not body:
        if not story.abstract:
            raise Rejected("no-text", "The record has neither a headline nor a text.")
        body = [story.abstract]
    story.paragraphs = body
    if story.ednote and not story.embargo:
        story.embargo = embargo.of_note(story.ednote)


def _find_signal(story: Story, _: RawStory) -> None:
    story.signal, story.signal_text = signals.stronger(
        (story.signal, story.signal_text),
        signals.find(story.headline, story.slugline, story.ednote, story.pubstatus),
    )


def _complete(story: Story, raw: RawStory) -> None:
    text = story.text
    story.word_count = story.word_count or text.count(" ") + len(story.paragraphs)
    if not story.id:
        story.id = raw.feed_id or content_id(story.format, story.headline, text)


def content_id(format_name: str, headline: str, text: str) -> str:
    """An id from the words alone: the same whatever spacing, case, punctuation, furniture or encoding the text had."""
    return f"{format_name}-{xxhash.xxh3_64_hexdigest(_words(f'{headline} {text}'))}"


def _words(text: str) -> bytes:
    """The words in small letters, a space between them: what `_WORD_CHARS` finds in the case-folded text.

    Mostly without that pattern, which costs a quarter of parse: where few characters are not ASCII, each of them is
    replaced by what becomes of it, and a table of bytes does the rest.
    """
    others = set(text.encode("utf-8", "replace").translate(None, _ASCII).decode())
    if len(others) > _FEW:
        return " ".join(_WORD_CHARS.findall(text.casefold())).encode("utf-8", "replace")
    for one in others:
        folded = "".join([ch if ch.isalnum() else " " for ch in one.casefold()])
        if folded != one:
            text = text.replace(one, folded)
    return _SPACES.sub(b" ", text.encode("utf-8", "replace").translate(_SMALL_WORDS)).strip()


def _clean_fields(story: Story) -> None:
    headline = story.headline
    if headline:
        story.headline = line_of(headline)[:MAX_HEADLINE]
    for name in _LINES:
        value = getattr(story, name)
        if value:
            setattr(story, name, line_of(value))
    for name in _MARKS:
        value = getattr(story, name)
        if value:
            setattr(story, name, clean.line(clean.unescape(value)))
    for name in _LISTS:
        values = getattr(story, name)
        if values:
            cleaned = (clean.line(clean.unescape(value)) for value in values[:MAX_ITEMS])
            setattr(story, name, list(dict.fromkeys(value for value in cleaned if value)))
    for subjects in (story.subjects, story.people, story.organisations, story.places):
        del subjects[MAX_ITEMS:]
        for subject in subjects:
            for key, value in subject.items():
                subject[key] = clean.line(clean.unescape(str(value)))  # type: ignore[literal-required]
    if story.id:
        # verbatim, but for what no Kafka key, URL or log line could carry
        story.id = clean.line(story.id)[:1000]


def _clean_body(story: Story) -> list[str]:
    parts = story.paragraphs
    if len(parts) > MAX_PARAGRAPHS:
        story.notes.append(f"paragraphs: those after the first {MAX_PARAGRAPHS:,} made one")
        parts = [*parts[:MAX_PARAGRAPHS], " ".join(parts[MAX_PARAGRAPHS:])]
    whole = "\n".join(parts)
    if clean.is_clean(whole) and whole.count("\n") < len(parts):  # as nearly every text: nothing to do but trim
        if "  " in whole:
            return [text for part in parts if (text := clean.squeeze(part))]
        return [text for part in parts if (text := part.strip())]
    body: list[str] = []
    repairs = MAX_REPAIRS
    for part in parts:
        if len(parts) > MAX_REPAIRS:
            repairs -= clean.has_mojibake(part)
        body.extend(_clean_paragraph(part, repair=repairs > 0))
    return body


def _clean_paragraph(text: str, *, repair: bool) -> list[str]:
    text = clean.squeeze(clean.clean(text, repair=repair))
    if "\n" in text:
        return [part for line in text.split("\n") if (part := line.strip())]
    return [text] if text else []


def _read_head(story: Story, body: list[str]) -> list[str]:
    """Take bylines, datelines and notes to the desk that stand on lines of their own out of the first paragraphs."""
    at = 0
    taken: set[int] = set()
    while at < min(len(body), 5):
        paragraph = body[at]
        if paragraph[0] == "(" and signals.NOTE_PARAGRAPH.fullmatch(paragraph):
            story.ednote = f"{story.ednote} {paragraph.strip('().')}".strip()
            taken.add(at)
        elif (opening := embargo.split(paragraph))[0]:
            held, body[at] = opening
            story.embargo = story.embargo or held
            if not body[at]:
                taken.add(at)
        elif at < 4 and datelines.is_byline(paragraph):
            if not story.byline or "staff" in story.byline.lower():  # a name says more than `Staff Reporter`
                story.byline = paragraph
            taken.add(at)
        elif not story.dateline and at < 4 and (found := datelines.find_alone(paragraph)):
            _set_dateline(story, found)
            taken.add(at)
        at += 1
    if taken:
        body = [text for i, text in enumerate(body) if i not in taken]
    story.dateline = "" if story.dateline[:2].isdigit() else story.dateline.rstrip(" -–—_")  # a time is no dateline
    if (
        story.dateline
        and story.dateline_place in ("", story.dateline)
        and (given := datelines.find_alone(story.dateline))
    ):
        story.dateline_place, story.dateline_date = given.place, given.date
    if body and "(" not in story.dateline:  # what is printed says more than a place in the metadata
        found = next((d for text in body[:2] if (d := datelines.find_inline(text))), None)
        if found:
            _set_dateline(story, found)
    return body


def _set_dateline(story: Story, found: datelines.Dateline) -> None:
    story.dateline, story.dateline_place, story.dateline_date = found.printed, found.place, found.date


def _set_language(story: Story, _: RawStory) -> None:
    if story.language:
        tag = language.normal_tag(story.language)
        if tag:
            story.language, story.language_confidence = tag, 1.0
            return
        story.notes.append(f"language: declared {story.language[:20]!r} is no language tag")
    text = story.text
    sample = f"{story.headline}\n{text[: language.ENOUGH]}" if story.headline else text
    story.language, story.language_confidence = language.detect(sample)


STEPS: tuple[Callable[[Story, RawStory], None], ...] = (
    _clean,
    _cut_furniture,
    _take_head,
    _find_signal,
    _set_language,
    _complete,
)
"""What finishes a story, in order; each works on it in place. Any may raise: then there is no story."""
