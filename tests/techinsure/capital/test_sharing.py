import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from techinsure.capital.sharing import (
    certainty_equivalents,
    normal_certainty_equivalents,
    optimal_shares,
)
from techinsure.errors import InvalidParameter, Refused, Undefined

TOLERANCE = np.array([1e6, 3e6, 6e6])


def test_shares_are_in_proportion_to_tolerance():
    assert optimal_shares(TOLERANCE) == pytest.approx([0.1, 0.3, 0.6])


def test_a_full_member_leaves_the_rest_to_the_others():
    """60% would go to the third, which takes 40%: the other 60% is shared 1 to 3."""
    assert optimal_shares(TOLERANCE, np.array([1.0, 1.0, 0.4])) == pytest.approx([0.15, 0.45, 0.4])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 10), st.floats(0.1, 1)), min_size=2, max_size=5).filter(
        lambda members: sum(cap for _, cap in members) > 1.01
    )
)
def test_no_other_shares_cost_less(members):
    tolerance, caps = (np.array(column) for column in zip(*members, strict=True))
    shares = optimal_shares(tolerance, caps)
    assert shares.sum() == pytest.approx(1)
    assert (shares <= caps * (1 + 1e-9)).all()

    def cost(given):
        return normal_certainty_equivalents(given, tolerance, 1.0, 1.0).sum()

    found = minimize(
        cost, caps / caps.sum(), bounds=[(0, cap) for cap in caps], method="SLSQP",
        constraints={"type": "eq", "fun": lambda given: given.sum() - 1},
    )  # fmt: skip
    assert cost(shares) <= found.fun * (1 + 1e-6)


def test_the_shares_are_optimal_for_a_skewed_law_as_well():
    years = np.random.default_rng(5).gamma(0.5, 1.0, 4000)
    tolerance = np.array([2.0, 5.0, 8.0])
    best = certainty_equivalents(optimal_shares(tolerance), tolerance, years).sum()
    for shift in ([0.02, -0.02, 0], [0, 0.02, -0.02], [-0.02, 0, 0.02]):
        other = optimal_shares(tolerance) + shift
        assert certainty_equivalents(other, tolerance, years).sum() > best


def test_simulated_years_against_the_normal_closed_form():
    years = np.random.default_rng(7).normal(5e5, 4e5, 400_000)
    shares = optimal_shares(TOLERANCE)
    simulated = certainty_equivalents(shares, TOLERANCE, years)
    exact = normal_certainty_equivalents(shares, TOLERANCE, 5e5, 4e5)
    assert simulated == pytest.approx(exact, rel=4 * 4e5 / 5e5 / np.sqrt(len(years)))


def test_weights_are_years():
    years, weight = np.array([0.0, 1.0]), np.array([3.0, 1.0])
    found = certainty_equivalents(np.ones(1), np.ones(1), years, weight)
    assert found == pytest.approx(np.log(0.75 + 0.25 * np.e))


def test_what_is_refused():
    with pytest.raises(Refused, match=r"sums to 0\.9, below the whole risk"):
        optimal_shares(TOLERANCE, np.array([0.3, 0.3, 0.3]))
    with pytest.raises(InvalidParameter, match="risk_tolerance must be finite numbers > 0"):
        optimal_shares(np.array([1.0, 0.0]))
    with pytest.raises(InvalidParameter, match="must be 3 shares in"):
        optimal_shares(TOLERANCE, np.array([0.5, 0.5]))
    with pytest.raises(Undefined):
        certainty_equivalents(np.ones(1), np.array([1e-300]), np.array([1e300]))
