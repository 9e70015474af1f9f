"""Words looked up by the hashes of their bytes: against a dictionary."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.hashing import Hashes, Table, hashes

words = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200), min_size=1, max_size=40)


def hashed(some: list[str]) -> Hashes:
    ends = np.cumsum([len(word.encode()) for word in some])
    return hashes("".join(some).encode(), np.append(0, ends[:-1]), ends)


@given(words)
def test_a_word_has_one_hash_wherever_it_stands_and_no_other_word_has_it(some: list[str]) -> None:
    found = dict(zip(some, hashed(some).tolist(), strict=True))
    assert len(set(found.values())) == len(found)
    assert all(hashed([word]).tolist() == [number] for word, number in found.items())


@given(st.lists(st.sets(st.integers(0, 300)), max_size=6))
def test_a_table_is_a_dictionary_of_numbers(batches: list[set[int]]) -> None:
    table, known = Table(), dict[int, int]()
    for batch in batches:
        new = sorted(batch - known.keys())
        known |= {key: len(known) + at for at, key in enumerate(new)}
        table.add(np.array([2 * key + 1 for key in new], np.uint64), np.array([known[key] for key in new], np.int64))
        asked = np.arange(320, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        assert table.find(asked).tolist() == [known.get(key, -1) for key in range(320)]
        assert len(table) == len(known)


def test_a_table_grows_and_long_runs_of_bytes_are_told_apart() -> None:
    some = [f"word{n}" for n in range(5000)] + ["x" * n for n in range(1, 600)]
    keys = hashed(some)
    table = Table()
    table.add(keys, np.arange(len(keys)))
    assert table.find(keys).tolist() == list(range(len(keys)))
    assert table.find(hashed(["another", "y" * 300])).tolist() == [-1, -1]
