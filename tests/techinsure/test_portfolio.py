"""Portfolios: labels, what is refused, and joining several into one."""

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.portfolio import LABELS, NOWHERE, Labels, concat, frozen
from tests.techinsure.builders import portfolio, terms


def test_labels_are_codes_in_order_of_first_appearance():
    labels = Labels.of(["b", "a", None, "b", ""])
    assert labels.names == ("b", "a")
    assert list(labels.codes) == [0, 1, NOWHERE, 0, NOWHERE]
    assert labels.codes.dtype == np.int32
    assert labels.texts() == ["b", "a", "", "b", ""]
    assert (labels[0], labels[2], len(labels)) == ("b", "", 5)


def test_a_name_that_no_item_has_equals_no_code():
    labels = Labels.of(["a", None])
    assert labels.code("a") == 0
    assert not (labels.codes == labels.code("missing")).any()


def test_labels_of_some_items_keep_their_names():
    taken = Labels.of(["a", "b", "c"]).take(np.array([2, 0]))
    assert taken.names == ("a", "b", "c")
    assert taken.texts() == ["c", "a"]


def test_frozen_copies_and_cannot_be_written():
    source = [1, 2]
    array = frozen(source, np.int32)
    source[0] = 9
    assert list(array) == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 5


def test_columns_and_terms_cannot_be_written():
    held = portfolio(2, inputs={"budget": np.array([1.0, 2.0])})
    for array in (held.sum_insured, held.term, held.units, held.inputs["budget"],
                  held.terms.limit, held.site.codes):  # fmt: skip
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5
    with pytest.raises(TypeError):
        held.inputs["budget"] = np.zeros(2)


def test_what_a_portfolio_knows():
    held = portfolio(
        3,
        labels={"risk_class": ["rd/chip", "rd/drug", "rd/chip"]},
        inception=np.array([0.0, 0.5, 0.0]),
        term=np.array([1.0, 3.0, 2.0]),
    )
    assert held.n_items == 3
    assert held.horizon == 3.5
    assert list(held.of_class("rd/chip")) == [0, 2]
    assert list(held.of_class("rd/other")) == []


COLUMNS = {
    "ids": {"ids": ("a", "c")},
    "currency": {"currency": "USD"},
    "site": {"labels": {"site": ["s1", None]}},
    "sum_insured": {"sum_insured": np.array([100.0, 99.0])},
    "units": {"units": np.array([1, 2], np.int32)},
    "supply_exposed": {"supply_exposed": np.array([True, False])},
    "terms": {"terms": terms(1, sum_insured=np.array([99.0]))},
    "aggregate": {"terms": terms(1, aggregate=np.array([0], np.int32))},
    "terms_of": {"terms_of": np.array([[0], [NOWHERE]], np.int32)},
    "an input": {"inputs": {"term": np.ones(2)}},
    "a factor": {"factors": {"site": Labels.of(["s1", None])}},
}


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_is_in_the_digest(name):
    assert portfolio(2, **COLUMNS[name]).digest() != portfolio(2).digest()
    assert portfolio(2, **COLUMNS[name]).digest() == portfolio(2, **COLUMNS[name]).digest()


def test_the_digest_is_of_content_not_of_form():
    one = portfolio(1, inputs={"a": np.ones(1), "b": np.zeros(1)})
    other = portfolio(1, inputs={"b": np.zeros(1), "a": np.ones(1)}, units=np.ones(1, np.int64))
    assert one.digest() == other.digest()
    assert len({portfolio(2, **changes).digest() for changes in COLUMNS.values()}) == len(COLUMNS)


def test_a_portfolio_without_items():
    held = portfolio(0)
    assert (held.n_items, held.horizon) == (0, 1.0)
    assert len(held.to_frame()) == 0


def test_a_frame_holds_every_column_as_text_or_number():
    held = portfolio(
        2,
        labels={"site": ["s1", None]},
        inputs={"budget": np.array([1.0, 2.0])},
        factors={"maturity": Labels.of(["high", "unknown"])},
    )
    frame = held.to_frame()
    assert list(frame["id"]) == ["a", "b"]
    assert list(frame["site"]) == ["s1", ""]
    assert list(frame["budget"]) == [1.0, 2.0]
    assert list(frame["maturity"]) == ["high", "unknown"]
    assert set(LABELS) < set(frame.columns)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ids": ("a",)}, "must have 1 entries, one an item"),
        ({"ids": ("a", "a")}, "ids must be unique, 1 are repeated, got 'a'"),
        ({"sum_insured": np.array([1.0])}, "sum_insured must have 2 entries, one an item, got 1"),
        ({"sum_insured": np.array([1.0, -1.0])}, r"sum_insured\[1\] must be in \[0, .*, 1 are not"),
        ({"sum_insured": np.array([1.0, np.nan])}, r"sum_insured\[1\] must be in \[0"),
        ({"sum_insured": np.array([1.0, np.inf])}, r"sum_insured\[1\] must be in \[0"),
        ({"units": np.array([0, 1])}, r"units\[0\] must be in \[1, "),
        ({"term": np.array([1.0, 0.0])}, r"term\[1\] must be in \["),
        ({"term": np.array([1.0, 101.0])}, r"term\[1\] must be in \["),
        ({"supply_exposed": np.zeros(3, bool)}, "supply_exposed must have 2 entries"),
        ({"inputs": {"budget": np.zeros(3)}}, r"inputs\.budget must have 2 entries"),
        ({"factors": {"size": Labels.of(["s"])}}, r"factors\.size must have 2 entries"),
        ({"terms_of": np.zeros((2, 2), np.int32)}, r"terms_of must have shape \(2, 1\)"),
        ({"terms_of": np.ones((2, 1), np.int32)}, "terms_of must index `terms`, got 1"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(InvalidParameter, match=message):
        portfolio(2, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"limit": np.array([1.0])}, "limit must have 2 entries, one a set of terms, got 1"),
        (
            {"deductible_amount": np.array([0.0, -1.0])},
            r"deductible_amount\[1\] must be in \[0, inf",
        ),
        ({"deductible_rate": np.array([0.0, 1.5])}, r"deductible_rate\[1\] must be in \[0, 1\]"),
        ({"insured_share": np.array([-0.1, 0.5])}, r"insured_share\[0\] must be in \[0, 1\]"),
        ({"aggregate_limit": np.array([np.nan, 1.0])}, r"aggregate_limit\[0\]"),
        ({"waiting": np.array([-1.0, 1.0])}, r"waiting\[0\]"),
        ({"sum_insured": np.array([-1.0, 1.0])}, r"sum_insured\[0\]"),
    ],
)
def test_refusals_of_terms(changes, message):
    with pytest.raises(InvalidParameter, match=message):
        terms(2, **changes)


def test_everything_that_is_wrong_is_named_at_once():
    with pytest.raises(InvalidParameter) as caught:
        portfolio(2, ids=("a", "a"), sum_insured=np.array([-1.0, 1.0]), units=np.array([1, 0]))
    fields = [fault.field for fault in caught.value.faults]
    assert fields == ["ids", "sum_insured[0]", "units[1]"]


def test_a_repeated_id_among_many_is_found_at_once():
    """Counting each id for itself would take minutes."""
    ids = (*map(str, range(50_000)), "49999")
    with pytest.raises(InvalidParameter, match="1 are repeated, got '49999'"):
        portfolio(len(ids), ids=ids)


FIRST = portfolio(
    2,
    labels={"site": ["s1", "s2"], "product": ["one", "one"]},
    causes=("fire", "water"),
    terms=terms(2, aggregate=np.array([0, 1], np.int32), limit=np.array([10.0, 20.0])),
    terms_of=np.array([[0, 1], [1, NOWHERE]], np.int32),
    inputs={"budget": np.array([1.0, 2.0])},
    factors={"size": Labels.of(["small", "large"])},
)
SECOND = portfolio(
    1,
    labels={"site": ["s2"], "product": ["two"]},
    ids=("z",),
    causes=("theft", "fire"),
    terms=terms(2, aggregate=np.array([-1, 0], np.int32), limit=np.array([30.0, 40.0])),
    terms_of=np.array([[0, 1]], np.int32),
    inputs={"value": np.array([5.0])},
)


def test_joined_items_keep_their_columns():
    both = concat([FIRST, SECOND])
    assert both.ids == ("a", "b", "z")
    assert both.site.texts() == ["s1", "s2", "s2"]  # one site, if it has one name
    assert both.site.codes[1] == both.site.codes[2]
    assert both.product.texts() == ["one", "one", "two"]
    assert both.factors["size"].texts() == ["small", "large", ""]
    assert list(both.inputs["budget"][:2]) == [1.0, 2.0]
    assert np.isnan(both.inputs["budget"][2])
    assert list(both.inputs["value"][2:]) == [5.0]
    assert list(both.sum_insured) == [100.0] * 3


def test_joined_items_keep_their_own_terms():
    both = concat([FIRST, SECOND])
    assert both.causes == ("fire", "water", "theft")
    for item, (held, own) in enumerate([(FIRST, 0), (FIRST, 1), (SECOND, 0)]):
        for position, cause in enumerate(both.causes):
            row = both.terms_of[item, position]
            covered = cause in held.causes and (
                held.terms_of[own, held.causes.index(cause)] != NOWHERE
            )
            assert (row != NOWHERE) == covered
            if covered:
                own_row = held.terms_of[own, held.causes.index(cause)]
                assert both.terms.limit[row] == held.terms.limit[own_row]


def test_aggregates_of_different_portfolios_stay_apart():
    both = concat([FIRST, SECOND, portfolio(1, ids=("y",), causes=("fire",),
                   terms=terms(1, aggregate=np.array([0], np.int32)))])  # fmt: skip
    assert list(both.terms.aggregate) == [0, 1, -1, 2, 3]


def test_joining_one_is_that_one():
    assert concat([FIRST]) is FIRST


def test_what_does_not_join():
    with pytest.raises(
        InvalidParameter, match=r"currency must be one currency, got \['CNY', 'USD'\]"
    ):
        concat([FIRST, portfolio(1, ids=("z",), currency="USD")])
    with pytest.raises(InvalidParameter, match="currency must be one currency"):
        concat([])
    with pytest.raises(InvalidParameter, match="ids must be unique, 1 are repeated, got 'a'"):
        concat([FIRST, portfolio(1)])
