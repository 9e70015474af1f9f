"""Spelling looked up by bytes, for many words at once, against the features said in words."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.tags.features import ending, spelling
from pipeline.tags.lexicon import Lexicon
from pipeline.tags.weights import Weights


@cache
def weights() -> Weights:
    return Weights.load()


@cache
def listed() -> list[str]:
    lexicon = Lexicon.load()
    words = [*sorted(lexicon.common), *sorted(lexicon.given), *sorted(lexicon.organisations)]
    return [word for word in words if word.isascii() and word.isalpha()]


@settings(deadline=None)  # the first example loads the model
@given(st.data())
def test_the_sums_are_those_of_the_features(data: st.DataObject) -> None:
    any_word = st.sampled_from(listed()) | st.text("abcdestBN", min_size=1, max_size=12)
    words = data.draw(st.lists(any_word, min_size=1, max_size=30))
    words += [word.upper() for word in words] + [word.title() for word in words]
    found = weights().spelt(words)
    expected = [weights().sum([*spelling(word, word.lower()), ending(word.lower())]) for word in words]
    np.testing.assert_allclose(found, np.stack(expected), atol=1e-5)
