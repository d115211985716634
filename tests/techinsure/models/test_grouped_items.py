import numpy as np

from techinsure.models.grouped_items import GroupedItems, column_of
from tests.techinsure.builders import portfolio, terms

HELD = portfolio(
    4,
    sum_insured=np.array([1.0, 2.0, 3.0, 4.0]),
    units=np.array([1, 2, 3, 4], np.int32),
    inception=np.array([0.0, 0.5, 0.25, 0.0]),
    term=np.array([1.0, 2.0, 1.0, 1.0]),
    causes=("fire", "flood"),
    terms=terms(2),
    terms_of=np.array([[0, 1], [1, 0], [0, 0], [1, 1]], np.int32),
    inputs={"age": np.array([5.0, np.nan, 7.0, 8.0])},
)
ITEMS = GroupedItems(
    portfolio=HELD, product="test", item=np.array([2, 1, 0], np.int32), first=np.array([0, 2, 3])
)
"""Two groups: c and b, and a alone; d is not among them."""


def test_columns_are_those_of_the_items_in_their_order():
    assert len(ITEMS) == 3
    assert ITEMS.ids == ["c", "b", "a"]
    assert ITEMS.lead.tolist() == [0, 2]
    assert ITEMS.sum_insured.tolist() == [3.0, 2.0, 1.0]
    assert ITEMS.units.tolist() == [3, 2, 1]
    assert ITEMS.inception.tolist() == [0.25, 0.5, 0.0]
    assert ITEMS.term.tolist() == [1.0, 2.0, 1.0]
    assert ITEMS.terms_of("flood").tolist() == [0, 0, 1]


def test_what_an_item_does_not_say_is_what_is_said_otherwise():
    assert ITEMS.column("age", 1.5).tolist() == [7.0, 1.5, 5.0]
    assert ITEMS.column("weight", 1.5).tolist() == [1.5] * 3
    assert column_of(HELD, "age", np.array([3]), 0.0).tolist() == [8.0]


def test_an_item_is_insured_from_its_inception_until_its_term_is_over():
    """b from 0.5 to 2.5: three years begin before the last item runs off."""
    assert ITEMS.slices == 3
    row, time = np.array([1, 1, 1, 1]), np.array([0.49, 0.5, 2.49, 2.5])
    assert ITEMS.in_force(row, time).tolist() == [False, True, True, False]
