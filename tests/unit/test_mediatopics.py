"""The parts under the classify stage: vocabulary, words, terms, feed codes, the model file, and the evaluation."""

from __future__ import annotations

import gzip
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Unavailable, Usage
from pipeline.evaluation import reliability
from pipeline.evaluation import topics as evaluation
from pipeline.mediatopics import foreign, modelfile, subjects, vocabulary
from pipeline.mediatopics.features import Terms
from pipeline.mediatopics.words import ALONE, cut, plain, story_words, words


def test_every_topic_has_a_chain_to_one_of_the_17_at_the_top() -> None:
    known = vocabulary.topics()
    assert len(known) > 1300
    assert [code for code, topic in known.items() if not topic.broader] == list(vocabulary.TOP)
    for code in known:
        assert ([code, *vocabulary.broader(code)])[-1] in vocabulary.TOP


def test_retired_topics_give_way_to_a_broader_one() -> None:
    retired = [code for code, topic in vocabulary.topics().items() if topic.retired]
    assert retired
    for code in retired:
        assert not vocabulary.topics()[vocabulary.in_force(code)].retired
    assert vocabulary.in_force("medtop:99999999") == ""


def test_numbers_keep_their_shape() -> None:
    assert words("Won 38-9; 6.5% of $1,200m in 2004. Café d'État_x") == [
        "won", "00-0", "0.0", "%", "of", "$", "0,000m", "in", "0000", "café", "d", "état", "x"]  # fmt: skip


def test_the_headline_counts_twice_and_a_long_body_is_cut() -> None:
    assert story_words("One", "two") == ["one", "one", "two"]
    assert story_words("One", "") == ["one", ALONE]
    assert story_words("", "") == []
    assert ALONE not in words(ALONE), "no text can say it"
    assert len(story_words("", "word " * 10_000)) < 1_000


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_fast_pattern_for_ascii_finds_the_same_words(text: str) -> None:
    assert words(text) == words(text + " é")[:-1]


@given(st.text())
def test_any_text_has_words(text: str) -> None:
    assert all(word == word.strip() and word for word in words(text))


@given(st.lists(st.tuples(st.text("aB0.-/ 7%$é“’—\n_€", max_size=30) | st.text(max_size=20), st.text()), max_size=4))
def test_words_of_bytes_are_the_words_of_the_text(stories: list[tuple[str, str]]) -> None:
    data, starts, ends, counts = cut([plain(*story) for story in stories])
    found = [data[a:b].decode() for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    assert found == [word for story in stories for word in story_words(*story)]
    assert counts.tolist() == [len(story_words(*story)) for story in stories]


def test_words_as_bytes_count_as_they_do_as_strings() -> None:
    terms, some = (
        modelfile.load().terms,
        [("Alone", ""), ("Quake kills 38-9", "Don’t say “£5bn”: Café closed. " * 9), ("", ""), ("a", "b")],
    )
    plainly, counted = terms.count_plain([plain(*s) for s in some]), terms.count([story_words(*s) for s in some])
    for a, b in ((plainly.start, counted.start), (plainly.term, counted.term), (plainly.value, counted.value)):
        np.testing.assert_array_equal(a, b)


def test_pairs_do_not_span_unknown_words_or_stories() -> None:
    terms = Terms(["a", "b"], np.array([0 * 2 + 1]), np.ones(3, dtype=np.float32))
    counted = terms.count([["a", "b"], ["a", "x", "b"], ["b"], ["a"], [], ["b", "a"]])
    found = [list(counted.term[s:e]) for s, e in zip(counted.start, counted.start[1:], strict=False)]
    assert found == [[0, 1, 2], [0, 1], [1], [0], [], [0, 1]]
    assert terms.name(2) == "a b"
    squares = np.bincount(np.repeat(np.arange(6), np.diff(counted.start)), counted.value**2, minlength=6)
    assert squares == pytest.approx([1, 1, 1, 1, 0, 1])


@pytest.mark.parametrize(
    ("code", "scheme", "expected"),
    [
        ("medtop:20000056", "", "medtop:20000056"),
        ("20000056", "", "medtop:20000056"),
        ("subj:16009000", "", "medtop:16000000"),
        ("sttsubj:11006000", "", "medtop:11000000"),
        ("04016000", "iptc_subject_code", "medtop:04000000"),
        ("http://cv.iptc.org/newscodes/mediatopic/20000056", "", "medtop:20000056"),
        ("http://cv.iptc.org/newscodes/subjectcode/15054000", "", "medtop:15000000"),
        ("medtop:20000064", "", "medtop:16000000"),
        ("20000056", "internal-desk", ""),
        ("99000000", "", ""),
        ("N2:WAR", "", ""),
        ("", "", ""),
    ],
)
def test_codes_as_feeds_write_them(code: str, scheme: str, expected: str) -> None:
    found = subjects.delivered([{"code": code, "scheme": scheme}])
    if code == "medtop:20000064":  # retired: stands for a broader topic that is in force
        assert found and not vocabulary.topics()[found[0]].retired
    else:
        assert found == ([expected] if expected else [])


def test_a_missing_model_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="reinstall"):
        modelfile.load(tmp_path / "none.npz")


def test_the_model_names_its_sources() -> None:
    card = modelfile.load().card
    assert set(card["texts"]) == {
        "own", "own headlines", "own, joined", "own, mixed", "lexicon", "iptc", "huffpost", "wikinews",
        "wikinews paragraphs",
    }  # fmt: skip


def test_arabic_particles_are_cut_off() -> None:
    assert foreign.stems("ar").find("والجيش")[1] == ["medtop:16000000"]
    assert foreign.stems("de").find("Soldaten".lower())[0] == "soldat*"
    assert foreign.stems("de").find("qx") == ("", [])


def test_every_lexicon_covers_the_17_topics() -> None:
    for language in foreign.LANGUAGES:
        known = foreign.stems(language)
        assert {code for table in (known.whole, known.begin) for codes in table.values() for code in codes} == set(
            vocabulary.TOP
        )


def _data(path: Path) -> Path:
    rows = [
        {"title": "Rebels shell army base", "text": "Soldiers died in clashes.", "medtop": "medtop:16000000",
         "accept": ["medtop:16000000"], "source": "a"},
        {"title": "Rebels shell army base", "text": "Soldiers died.", "medtop": "medtop:12000000",
         "accept": ["medtop:12000000"], "source": "b"},
        {"title": "", "text": "zzyx", "medtop": None, "accept": ["medtop:01000000"], "source": "b"},
    ]  # fmt: skip
    path.write_bytes(gzip.compress(b"\n".join(map(orjson.dumps, rows))))
    return path


def test_evaluation_counts_by_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, plot = tmp_path / "report.json", tmp_path / "plot.svg"
    assert evaluation.run([str(_data(tmp_path / "my-topics.jsonl.gz"))], out, 5, plot, leave_out=True) == 0
    report = orjson.loads(out.read_bytes())
    assert report["groups"]["a"]["micro"] == 1.0
    assert report["groups"]["b"] | {"by_topic": None} == {
        "stories": 2, "micro": 0.0, "macro": 0.0, "coverage": 0.5, "precision": 0.0, "by_topic": None}  # fmt: skip
    assert report["groups"]["all"]["by_topic"]["medtop:16000000"]["precision"] == 0.5
    assert report["confusion"]["all"] == [{"gold": "medtop:12000000", "best": "medtop:16000000", "stories": 1}]
    assert len(report["errors"]) == 2
    assert sum(b["count"] for b in report["reliability"]["all"]) == 3
    assert [(one["source"], one["retrained"]) for one in report["left_out"]] == [("b", False), ("a", False)]
    shown = capsys.readouterr().out
    for title in ("Reliability", "F1 by topic and source", "Each source left out", "Most often confused"):
        assert title in shown
    drawn = ElementTree.fromstring(plot.read_text(encoding="utf-8"))
    assert drawn.tag.endswith("svg")
    assert len(drawn.findall("{*}polyline")) == 3


def test_reliability_bins_and_their_error() -> None:
    curve = reliability.bins([(1.0, True), (0.95, False), (0.05, False)])
    assert [(b["edge"], b["count"], b["right"]) for b in curve] == [(0.0, 1, 0.0), (0.9, 2, 0.5)]
    assert reliability.error(curve) == pytest.approx((0.05 + 2 * (0.975 - 0.5)) / 3)
    assert reliability.error([]) == 0.0


def test_evaluation_refuses_other_data(tmp_path: Path) -> None:
    other = tmp_path / "x.jsonl"
    other.write_text('{"title": "x"}\n', encoding="utf-8")
    with pytest.raises(Usage, match="accept"):
        evaluation.run([str(other)], None, 0)
    with pytest.raises(Usage):
        evaluation.run([str(tmp_path / "missing.jsonl")], None, 0)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(Usage, match="No labelled rows"):
        evaluation.run([str(tmp_path / "nothing")], None, 0)
