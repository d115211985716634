"""What each member would need alone: whole risks dealt out by line, each risk to one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.capital.diversification import alone_capital, own_books
from techinsure.losses import measures
from tests.techinsure.builders import portfolio, table


def held(*insured, units=None):
    """Items of these sums insured, each a risk unit of its own unless `units` names them."""
    labels = {"risk_unit": units or [f"u{i}" for i in range(len(insured))]}
    return portfolio(len(insured), labels=labels, sum_insured=np.array(insured, float))


def test_books_by_hand():
    """Lines 0.6 and 0.4 of 100: room 60, 40. 40 -> first (20 left), 30 -> second (10),
    20 -> first (0), 10 -> second."""
    found = own_books(held(20, 30, 40, 10), {"a": 0.6, "b": 0.4})
    assert found.tolist() == [0, 1, 0, 1]


def test_a_risk_unit_stays_together():
    found = own_books(held(10, 10, 10, 10, units=["x", "y", "x", None]), {"a": 0.5, "b": 0.5})
    assert found[0] == found[2]
    assert sorted(found.tolist()) == [0, 0, 1, 1]


def test_ties_go_to_the_first():
    assert own_books(held(5, 5), {"a": 0.5, "b": 0.5}).tolist() == [0, 1]


def test_what_the_lines_leave_is_nobodys():
    """80% placed: a fifth of the volume is not a member's."""
    books = own_books(held(*[10] * 10), {"a": 0.5, "b": 0.3})
    assert np.bincount(books, minlength=3).tolist() == [5, 3, 2]
    whole = own_books(held(*[10] * 10), {"a": 0.7, "b": 0.3})
    assert 2 not in whole


@given(
    insured=st.lists(st.integers(1, 1000), min_size=1, max_size=30),
    parts=st.lists(st.integers(0, 10), min_size=1, max_size=6).filter(any),
    placed=st.sampled_from([0.5, 0.8, 1.0]),
)
def test_books_are_near_the_lines(insured, parts, placed):
    """No book exceeds its line by more than the largest risk; a line of 0 holds nothing."""
    lines = {str(i): placed * part / sum(parts) for i, part in enumerate(parts)}
    books = own_books(held(*insured), lines)
    volume = np.bincount(books, np.array(insured, float), minlength=len(lines) + 1)
    assert volume.sum() == sum(insured)
    room = sum(insured) * np.array([*lines.values(), 1 - placed])
    assert (volume <= room + max(insured)).all()
    assert all(volume[i] == 0 for i, part in enumerate(parts) if part == 0)


LOSSES = table(
    [{"year": y, "item": i, "loss": 10.0 * (1 + (7 * y + 3 * i) % 11)}
     for y in range(300) for i in range(4) if (y + i) % 3 == 0],
    n_years=300, held=held(20, 30, 40, 10),
)  # fmt: skip


def test_capital_alone_is_that_of_the_own_book():
    found = alone_capital(LOSSES, {"a": 0.6, "b": 0.4})
    for member, items in (("a", (0, 2)), ("b", (1, 3))):
        annual = LOSSES.annual(np.where(np.isin(LOSSES.item, items), LOSSES.loss, 0.0))
        expected = measures.tvar(annual, 0.995).value - annual.mean()
        assert found[member].value == pytest.approx(expected)
        assert found[member].standard_error > 0
        assert found[member].unit == "CNY"


def test_one_member_alone_is_the_pool():
    annual = LOSSES.annual()
    expected = measures.tvar(annual, 0.995).value - annual.mean()
    assert alone_capital(LOSSES, {"a": 1.0})["a"].value == pytest.approx(expected)


def test_alone_all_need_at_least_what_they_need_together():
    """TVaR is subadditive, whatever the split."""
    together = alone_capital(LOSSES, {"a": 1.0})["a"].value
    for lines in ({"a": 0.5, "b": 0.5}, {"a": 0.4, "b": 0.3, "c": 0.2, "d": 0.1}):
        assert sum(c.value for c in alone_capital(LOSSES, lines).values()) >= together - 1e-9


def test_a_line_too_small_for_a_risk_has_no_book():
    found = alone_capital(LOSSES, {"a": 0.99, "b": 0.01})
    assert found["b"] is None
    assert found["a"] is not None
