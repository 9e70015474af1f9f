"""Copies and lookalikes in many scripts, with and without spaces between words."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from pipeline.dedup import tokens
from pipeline.dedup.fingerprint import decode
from pipeline.dedup.lexicon import FULL, Lexicon
from pipeline.dedup.likeness import compare
from pipeline.dedup.printing import fingerprint
from pipeline.dedup.runs import Rows, cut, firsts, least, smallest
from pipeline.model import Story

TEXTS = {
    "Chinese": "周二清晨北部沿海发生强烈地震，两座城镇停电，当局表示暂无人"
    "员伤亡报告。海啸警报在五十分钟后解除，学校将于周三重新开放。",
    "Japanese": "北部の沿岸で火曜日の早朝に強い地震があり、二つの町で停電が発生した"
    "が、当局によると負傷者の報告はない。津波警報は五十分後に解除された。",
    "Thai": "เกิดแผ่นดินไหวรุนแรงนอกชายฝั่งทางเหนือเมื่อเช้าวันอังคาร ไฟฟ้าดับในสองเมือง "
    "แต่เจ้าหน้าที่ระบุว่าไม่มีรายงานผู้บาดเจ็บ",
    "Arabic": "هز زلزال قوي الساحل الشمالي فجر الثلاثاء وانقطعت الكهرباء عن "
    "مدينتين وقالت السلطات إنه لا توجد تقارير عن إصابات حتى الآن",
    "Russian": "Сильное землетрясение произошло у северного побережья во вторник утром, "
    "два города остались без света, пострадавших нет, сообщили власти",
    "Hindi": "मंगलवार तड़के उत्तरी तट पर तेज भूकंप आया और दो शहरों में बिजली गुल "
    "हो गई लेकिन अधिकारियों ने कहा कि किसी के घायल होने की खबर नहीं है",
    "Korean": "화요일 새벽 북부 해안에서 강한 지진이 발생해 두 도시에 정전이 일어났지만 "
    "당국은 부상자 보고가 없다고 밝혔다 쓰나미 경보는 해제됐다",
}  # fmt: skip


def likeness(a: str, b: str) -> tuple[float, float]:
    prints = [decode(fingerprint(Story("s", "t", "text", "", [text]))) for text in (a, b)]
    found = compare(prints[0], prints[1], lambda terms: terms.astype("f4") * 0 + 1)
    return found.resemblance, found.containment


@pytest.mark.parametrize("script", TEXTS)
def test_half_a_text_is_contained_in_it(script: str) -> None:
    text = TEXTS[script]
    cut = len(text) * 3 // 5
    if " " in text and script != "Thai":
        cut = text.rindex(" ", 0, cut)
    resemblance, containment = likeness(text, text[:cut])
    assert containment > 0.85 > resemblance > 0.3


@pytest.mark.parametrize("script", TEXTS)
def test_other_text_of_the_script_is_unlike(script: str) -> None:
    text = TEXTS[script]
    words = text.split() if text.count(" ") > 5 else [text[i : i + 2] for i in range(0, len(text), 2)]
    assert likeness(text, (" " if text.count(" ") > 5 else "").join(reversed(words)))[1] < 0.3


def test_numbers_are_compared_as_values() -> None:
    assert tokens.number("1,700,000") == tokens.number("1.700.000") == "1700000"
    assert tokens.number("٣٫٥") == tokens.number("3.50") == "3.5"
    assert tokens.code("３５".translate(str.maketrans("３５", "35"))) == tokens.code("35")


def test_codes_are_the_same_everywhere() -> None:
    assert tokens.code("Said") & tokens.SMALL and tokens.code("Okafor") & tokens.CAPITAL
    assert tokens.code("talks") >> 4 & 0xFFFFFF == tokens.code("talk") >> 4 & 0xFFFFFF
    assert tokens.code("talks") >> 28 != tokens.code("talk") >> 28
    assert fingerprint(Story("s", "t", "text", "Talks resume", ["A first word."])).hex()[:2] == "01"


@pytest.mark.parametrize("script", TEXTS)
def test_words_are_read_alike_alone_and_in_a_crowd(script: str) -> None:
    text = TEXTS[script] + " U.S.-made 3,500.50 (end.) " + "x" * 30 + " e\u0301tude\u2029ﬁn!"
    alone, _ = Lexicon().read([text])
    crowd, begins = Lexicon().read([*TEXTS.values(), text, text])
    assert alone.tolist() == tokens_of(text)
    assert crowd[begins[-3] : begins[-2]].tolist() == crowd[begins[-2] :].tolist() == alone.tolist()


def tokens_of(text: str) -> list[int]:
    """Read letter by letter, as no table was there."""
    return [tokens.code(token) for token in tokens.split(text)]


def test_more_words_than_the_table_takes() -> None:
    words = [f"word{n}a{n}.{n}" for n in range(FULL + 200)]
    lexicon = Lexicon()
    codes, _ = lexicon.read([" ".join(words)])
    assert codes[-500:].tolist() == [code for word in words for code in tokens.codes_of(word)][-500:]
    again, _ = lexicon.read(["word1a1.1 other"])
    assert again.tolist() == [*tokens.codes_of("word1a1.1"), *tokens.codes_of("other")]


def test_what_comes_first_and_what_is_smallest_of_rows() -> None:
    values = np.array([7, 3, 3, 9, 5, 1, 1, 2, 8, 4], dtype=np.uint16)
    starts, ends = np.array([0, 4, 4]), np.array([4, 4, 10])
    found = firsts(values, starts, ends, np.array([2, 2, 4]))
    assert [found.flat[a:b].tolist() for a, b in pairwise(found.edges.tolist())] == [[3, 7], [], [1, 2, 5, 8]]
    rows, counts = smallest(cut(values.astype(np.uint32), starts, ends), np.array([2, 2, 9]))
    assert [rows.flat[a:b].tolist() for a, b in pairwise(rows.edges.tolist())] == [[3, 7], [], [1, 2, 4, 5, 8]]
    assert counts.tolist() == [3, 0, 5]
    scores = np.array([0.5, 0.1, 0.5, 0.5, 9.0, 0.2, 0.2])
    kept = least(Rows(scores, np.array([0, 4, 5, 7])), 2)
    assert kept.tolist() == [True, True, False, False, True, True, True]
