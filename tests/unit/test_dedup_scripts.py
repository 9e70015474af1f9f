"""Copies and lookalikes in many scripts, with and without spaces between words."""

from __future__ import annotations

import pytest

from pipeline.dedup import tokens
from pipeline.dedup.fingerprint import decode
from pipeline.dedup.likeness import compare
from pipeline.dedup.printing import fingerprint
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
