"""Measuring tags: labelled tokens back to text, spans, counts; and a floor under the quality on real data."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from pipeline.errors import Usage
from pipeline.evaluation import entities, keywords, reliability
from pipeline.evaluation.detokenise import detokenise
from pipeline.evaluation.entities import score_names, stories
from pipeline.evaluation.reuters import country_of, score_places
from pipeline.evaluation.rows import read
from pipeline.stages.tag import Tagging
from pipeline.tags.gazetteer import Gazetteer
from tests.shared import shared_path
from training.tags.corpora import own_sentences, read_marked, spans_of


def test_tokens_become_text_with_their_places() -> None:
    tokens = ["``", "No", ",", "''", "said", "Biden", "'s", "aide", "-LRB-", "right", "-RRB-", "."]
    text, offsets = detokenise(tokens)
    assert text == '"No," said Biden\'s aide (right).'
    assert [text[a:b] for a, b in offsets][5:8] == ["Biden", "'s", "aide"]


def test_sentences_of_one_document_become_one_story() -> None:
    rows = [
        {"source": "x", "doc": 7, "tokens": ["Biden", "left", "."], "tags": ["B-PER", "O", "O"]},
        {"source": "x", "doc": 7, "tokens": ["New", "York", "slept", "."], "tags": ["B-LOC", "I-LOC", "O", "O"]},
    ]
    (whole,) = stories(rows, whole=True)
    text = "\n\n".join(whole.paragraphs)
    assert [(kind, text[a:b]) for kind, a, b in whole.spans] == [("person", "Biden"), ("place", "New York")]
    assert len(stories(rows, whole=False)) == 2


def test_scores_count_exact_spans_with_and_without_type() -> None:
    tokens = ["President", "Joe", "Biden", "left", "the", "talks", "in", "Paris", "early", "."]
    labels = ["O", "B-PER", "I-PER", "O", "O", "O", "O", "B-ORG", "O", "O"]
    rows = [{"source": "x", "tokens": tokens, "tags": labels}]
    result = score_names(Tagging(), stories(rows, whole=False))["x"]
    assert (result.typed.right, result.typed.found, result.typed.wanted) == (1, 2, 2)
    assert result.untyped.right == 2


def test_the_command_writes_json_and_refuses_other_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / "rows.jsonl", tmp_path / "out.json"
    row = {"source": "x", "doc": 1, "tokens": ["Joe", "Biden", "left", "."], "tags": ["B-PER", "I-PER", "O", "O"]}
    data.write_bytes(orjson.dumps(row) + b"\n" + orjson.dumps({**row, "doc": 1}))
    assert entities.run([str(data)], out, 3, tmp_path / "plot.svg") == 0
    report = orjson.loads(out.read_bytes())
    found = report["sentences"]["document"]["x"]
    assert found["typed"]["f1"] == 1.0
    assert found["confusion"] == [{"gold": "person", "given": "person", "names": 2}]
    assert sum(b["count"] for b in found["reliability"]) == 2
    assert "<svg" in (tmp_path / "plot.svg").read_text(encoding="utf-8")
    assert "x" in capsys.readouterr().out
    data.write_text('{"text": "nothing labelled"}')
    with pytest.raises(Usage):
        entities.run([str(data)], None, 0)
    with pytest.raises(Usage):
        keywords.run([str(data)], None, 0)
    with pytest.raises(Usage):
        list(read([str(tmp_path / "missing")]))


def test_reuters_names_of_countries() -> None:
    gazetteer = Gazetteer.load()
    assert [country_of(p, gazetteer) for p in ("usa", "west-germany", "new-zealand", "ussr", "nowhere")] == [
        "US", "DE", "NZ", "RU", "",
    ]  # fmt: skip


def test_marked_sentences_are_read() -> None:
    sample = read_marked("[PER Joe Biden] left [LOC Paris].")
    assert sample.text == "Joe Biden left Paris."
    assert [(sample.text[a:b], k) for a, b, k in sample.spans] == [("Joe Biden", "PER"), ("Paris", "LOC")]
    with pytest.raises(ValueError, match="unreadable"):
        read_marked("[PER Joe left")
    assert len(own_sentences()) > 400
    assert spans_of(["B-PER", "I-PER", "O"], [(0, 3), (4, 9), (10, 14)]) == [(0, 9, "PER")]


@pytest.mark.shared
def test_quality_on_newswire_does_not_fall() -> None:
    rows = [r for r in read([str(shared_path("data") / "dev-entities.jsonl.gz")]) if r["source"] == "conll2003-testa"]
    result = score_names(Tagging(), stories(rows[:1200], whole=True))["conll2003-testa"]
    assert result.typed.score().f1 > 0.80
    assert result.untyped.score().f1 > 0.86
    assert reliability.error(reliability.bins(result.answers)) < 0.1
    surest = [right for confidence, right in result.answers if confidence >= 0.9]
    assert len(surest) > 100
    assert sum(surest) / len(surest) > 0.9


@pytest.mark.shared
def test_places_a_story_is_about_agree_with_editors() -> None:
    rows = list(read([str(shared_path("data") / "dev-wire-reuters.jsonl.gz")]))[:700]
    score = score_places(Tagging(), rows).scores["about, without usa"]
    assert score.precision > 0.86 and score.recall > 0.70
