"""Gross-up: what is charged is the sum of its parts, and shares are of what is charged."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.pricing.gross_up import gross_up

amounts = st.floats(0, 1e12)
shares = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 0.12), max_size=8)


@given(amounts, amounts, amounts, shares)
def test_the_parts_sum_to_what_is_charged(pure, load, fixed, by_name):
    lines = gross_up(pure, load, fixed, by_name)
    parts = math.fsum([lines.technical, lines.fixed_expense, *lines.amounts.values()])
    assert parts == pytest.approx(lines.charged, rel=1e-12)
    for name, share in by_name.items():
        assert lines.amounts[name] == share * lines.charged


def test_a_risk_load_may_take_off_but_not_more_than_there_is():
    assert gross_up(100.0, -20.0, 0.0, {}).charged == 80
    assert gross_up(100.0, -100.0, 0.0, {}).charged == 0
    with pytest.raises(InvalidParameter, match=r"risk_load must be >= -100, the pure premium"):
        gross_up(100.0, -100.5, 0.0, {})


@given(amounts, st.floats(0, 1))
def test_a_subsidy_is_a_share_of_what_is_charged(pure, share):
    lines = gross_up(pure, 0.0, 10.0, {"commission": 0.25})
    payment, subsidy = lines.subsidised(share)
    assert payment + subsidy == pytest.approx(lines.charged)
    assert subsidy == share * lines.charged
    assert payment >= 0


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ((-1.0, 0.0, 0.0, {}), "pure must be >= 0, got -1.0"),
        ((1.0, 0.0, -1.0, {}), "fixed_expense must be >= 0, got -1.0"),
        ((math.nan, 0.0, 0.0, {}), "pure must be finite"),
        ((1.0, math.inf, 0.0, {}), "risk_load must be finite"),
        ((1.0, 0.0, 0.0, {"a": 0.5, "b": 0.5}), "shares must sum to less than 1, got 1.0 .lower"),
        ((1.0, 0.0, 0.0, {"a": 1.0}), r"shares.a must be in \[0, 1\), got 1.0"),
        ((1.0, 0.0, 0.0, {"a": -0.1, "b": 15}), r"shares.a must be .*; shares.b .* 0.25 for 25%"),
        ((1.0, 0.0, 0.0, [0.1]), "shares must be shares by name"),
    ],
)
def test_what_is_refused(given_, told):
    with pytest.raises(InvalidParameter, match=told):
        gross_up(*given_)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_subsidy_beyond_the_premium(share):
    with pytest.raises(InvalidParameter, match="share must be in"):
        gross_up(1.0, 0.0, 0.0, {}).subsidised(share)
