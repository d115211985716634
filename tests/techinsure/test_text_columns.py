"""A column whose texts are held once each is the column of the same texts one by one."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure import text_columns
from techinsure.text_columns import REPEATS, TextColumn, encoded

few = st.sampled_from(
    ["", " ", "a", " a", "a\x00", "险", "　险", "007", "x" * 8, "x" * 9, "x" * 70]
)
lists = st.lists(few | st.text(max_size=3).map(lambda t: t.encode("utf-8", "ignore").decode()))


def coded(texts):
    """The column as a reader makes it when texts repeat, a name that no row has among them."""
    array = pa.array(["nowhere", *texts], pa.string()).dictionary_encode()
    return TextColumn.joined([array])[1:]


def kinds(texts):
    half = len(texts) // 2
    pieces = [pa.array(part, pa.string()) for part in (texts[:half], texts[half:])]
    return (
        TextColumn.of(texts),
        TextColumn(pa.array(["nowhere", *texts], pa.string()))[1:],
        coded(texts),
        TextColumn.joined([piece.dictionary_encode() for piece in pieces]),
        TextColumn.joined([pieces[0].dictionary_encode(), pieces[1]]),
    )


@settings(max_examples=100, deadline=None)
@given(lists)
def test_every_kind_says_the_same(texts):
    stripped = [text.strip() for text in texts]
    for column in kinds(texts):
        assert list(column) == column.array.to_pylist() == texts
        assert [column[row] for row in range(len(column))] == texts
        assert column.stripped() == stripped
        assert column.given().tolist() == [bool(text) for text in stripped]
        assert column.is_unique() == (len(set(stripped)) == len(stripped))
        names, codes = column.names()
        assert len(set(names)) == len(names)
        assert [names[code] for code in codes] == stripped
        if not column.may_be_no_name():
            assert all(len(t.encode()) <= 200 and min(t, default=" ") >= " " for t in texts)


@given(lists, st.data())
def test_parts_of_every_kind(texts, data):
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1))) if texts else []
    start, stop = data.draw(st.integers(-5, 20)), data.draw(st.integers(-5, 20))
    for column in kinds(texts):
        assert list(column.take(np.array(rows, np.int32))) == [texts[row] for row in rows]
        assert list(column[start:stop]) == texts[start:stop]
        assert column[start:stop].stripped() == [text.strip() for text in texts[start:stop]]
        longer = column.mapped(
            lambda array: pa.array([f"{t.as_py()}!" for t in array], pa.string())
        )
        assert list(longer) == [f"{text}!" for text in texts]


def test_a_text_that_repeats_is_held_once():
    n = 100
    assert len(TextColumn.of(["x"] * n).texts) == 1
    assert len(TextColumn.of([str(row // REPEATS) for row in range(n)]).texts) == n // REPEATS
    often = [str(row // (REPEATS - 1)) for row in range(n)]
    assert TextColumn.of(often).codes is None
    assert len(TextColumn.of([])) == len(TextColumn.joined([])) == 0


def test_a_column_that_seems_not_to_repeat_is_not_tried(monkeypatch):
    monkeypatch.setattr(text_columns, "HEAD", 10)
    array = pa.array([str(row) for row in range(10)] + ["x"] * 1_000)
    assert encoded(array) is array
    assert pa.types.is_dictionary(encoded(array[10:]).type)


@pytest.mark.parametrize("length", [1, 7, 8, 9, 16, 63, 64, 65, 300])
@pytest.mark.parametrize("place", [0, -1])
def test_texts_of_one_length_that_differ_in_one_character(length, place):
    texts = ["a" * length] * 3
    for row, sign in enumerate("bcd"):
        whole = list(texts[row])
        whole[place] = sign
        texts[row] = "".join(whole)
    assert TextColumn.of(texts).is_unique()
    assert not TextColumn.of([*texts, texts[0]]).is_unique()


def test_ids_by_the_hundred_thousand_are_told_apart_by_their_digests():
    n = 100_000
    numbers = pa.array([f"{row * 7919 % n:09d}" for row in range(n)])
    assert text_columns._all_differ(numbers)
    assert not text_columns._all_differ(pa.concat_arrays([numbers, numbers[77:78]]))
    assert TextColumn(numbers).is_unique()
