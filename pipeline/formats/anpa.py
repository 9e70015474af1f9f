"""ANPA 1312 (1979, 1989), the text form of American agencies such as AP.

SYN SYN SOH service and number US selector CR LF
priority category DC-format keyword  date wordcount CR LF
STX  lines begun by a circumflex: keyword, headline, notes, byline  then the text  ETX trailer EOT
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.errors import Rejected
from pipeline.formats.document import Document
from pipeline.model import Story
from pipeline.text import clean
from pipeline.text.paragraphs import paragraphs
from pipeline.text.times import read_time

NAME = "anpa"

_HEADER = re.compile(
    r"\s*\x16*\s*\x01(?P<service>[A-Za-z])(?P<number>\d{3,4})[\x1f\x1e\x13]?(?P<selector>[^\r\n]*)\r?\n"
    r"(?P<priority>[a-z])[ ](?P<category>[a-z])[ ]?[\x11-\x1a]+[ ]?(?P<keyword>[^\r\n]*?)\s+"
    r"(?P<date>\d{2}-\d{2})\s+(?P<words>\d{3,5})[ \t]*\r?\n"
)
_URGENCY = {"f": 1, "b": 1, "u": 2, "r": 4, "d": 5, "a": 3, "s": 6, "w": 6}
_REGION = re.compile(r"^(?:BC|AM|PM|AP)-(?:[A-Z]{2}--)?")
_KEYWORD_LENGTH = 24
_TAKE = re.compile(r",\s*(?P<take>[^,<]*(?:Ld|Lead|Add|Writethru|CORRECTION|KILL|ADVISORY|Take)[^,<]*)", re.I)
_STAMP = re.compile(
    r"(?P<month>\d\d)-(?P<day>\d\d)-(?P<year>\d\d) (?P<hour>\d\d)(?P<minute>\d\d)(?P<zone>GMT|EST|EDT|CST|CDT|PST|PDT)"
)
_ZONES = {
    "GMT": "Z",
    "EST": "-05:00",
    "EDT": "-04:00",
    "CST": "-06:00",
    "CDT": "-05:00",
    "PST": "-08:00",
    "PDT": "-07:00",
}
_NOTE = re.compile(r"(?:Eds?|Editors|Note)\b\.?:?\s*|\((?:Eds?|Minor|This|The|Updates|Adds|Corrects)", re.I)
_HEAD_LINES = 40
_EDITORS = re.compile(r"(?<=\()Eds?:\s*|^Eds?:\s*")
_FRACTIONS = {"{": "1/2", "}": "3/4", "|": "1/4"}


def recognises(document: Document) -> bool:
    return b"\x01" in document.data[:200] and _HEADER.match(document.text) is not None


def read(document: Document) -> Iterator[Story]:
    """One story. Raises Rejected `no-text` where nothing follows the header."""
    header = _HEADER.match(document.text)
    assert header is not None  # recognised
    text = document.text[header.end() :].lstrip("\x02")
    text, _, trailer = text.partition("\x03")
    if not text.strip("^ \t\r\n<="):
        raise Rejected("no-text", "The ANPA message has no text behind its header.")
    story = Story(id="", source="", format=NAME)
    story.provider = "AP" if re.search(r"AP-[A-Z]{2}-", trailer or text[-200:]) else ""
    story.sequence = header["number"]
    story.priority = header["priority"]
    story.urgency = _URGENCY.get(header["priority"], 0)
    story.genre = header["category"]
    story.word_count = int(header["words"])
    story.slugline = _slugline(header["keyword"], text)
    story.published = _stamp(f"{trailer} {text[-200:]}")
    _read_text(story, clean.clean(text.replace("\x08", "|").replace("\x10", " ")))
    yield story


def _slugline(keyword: str, text: str) -> str:
    """The keyword without cycle and region. The header cuts it at 24 characters: a word that was cut is left out."""
    word = keyword.replace("\x08", "").strip().split(" ")[0]
    if len(word) >= _KEYWORD_LENGTH and text.startswith("^"):
        whole = ""
        for part in re.split(r"\s+", text[1:].partition("<")[0].partition(",")[0]):
            if len(whole + part) > _KEYWORD_LENGTH:
                break
            whole += part
        if whole and word.startswith(whole):
            word = whole
    return _REGION.sub("", word)


def _read_text(story: Story, text: str) -> None:
    body: list[str] = []
    heads: list[str] = []
    in_table = heads_closed = False
    for number, raw in enumerate(text.split("\n")):
        line = raw.rstrip()
        in_head = not body and number < _HEAD_LINES
        if in_head and line.startswith("^"):
            heads.append(line.lstrip("^").rstrip("<= ").strip())
        elif in_head and heads and not heads_closed and line and not line.startswith((" ", "\t", "|")):
            heads[-1] = f"{heads[-1]} {line.rstrip('<= ')}"  # a head over two lines
        else:
            is_row = line.count(";") > 2 or line.startswith(("^", "|"))
            in_table = in_table or is_row
            body.extend(("", line, "") if is_row else (line,))
        heads_closed = line.endswith(("<", "="))
    if heads:
        take = _TAKE.search(f"{heads[0]}<")
        if take:
            story.ednote = take["take"].strip()
        del heads[0]  # the keyword line again
    above: list[str] = []
    for head in heads:
        if not head:
            continue
        if re.match(r"By\s+\S", head) and not story.byline:
            story.byline = head
        elif _NOTE.match(head):
            story.ednote = f"{story.ednote} {_EDITORS.sub('', head)}".strip()
        elif (
            head.startswith(("AP Photo", "AP Graphic", "AP Video", "Associated Press", "AP "))
            and "Exclusive" not in head
        ):
            continue
        elif not story.headline:
            story.headline = head
        else:
            above.append(head)
    joined = "\n\n".join((*above, "\n".join(body)))
    joined = re.sub(r"\nAP-[A-Z]{2}-\d\d-\d\d-\d\d[^\n]*", "", joined)
    if "_" in joined:
        joined = re.sub(r"(?<=[ )])_(?=\s)", "—", joined)  # the printer's dash
    joined = joined.replace("``", "“").replace("''", "”")
    found = [one.lstrip("^|").rstrip("<=^ ") for one in paragraphs(joined)]
    if in_table:
        found = [_table_row(one) for one in found]
    story.paragraphs = [one.lstrip("^") for one in found if one.strip("^<_ ")]
    if not story.headline and story.paragraphs:
        story.headline = story.slugline


def _table_row(row: str) -> str:
    return re.sub(r"\s*;\s*", "  ", row).strip() if row.count(";") > 2 else row


def _stamp(text: str) -> str:
    match = _STAMP.search(text)
    if not match:
        return ""
    year = f"{'19' if int(match['year']) > 69 else '20'}{match['year']}"
    return read_time(
        f"{year}-{match['month']}-{match['day']}T{match['hour']}:{match['minute']}:00{_ZONES[match['zone']]}"
    )
