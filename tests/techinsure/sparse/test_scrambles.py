"""Figures of weighted payments, and errors from the spread over scrambles."""

from fractions import Fraction

import numpy as np
import pytest

from techinsure.losses import measures
from techinsure.sparse.scrambles import Scrambles

LEVEL = Fraction("0.9")


@pytest.fixture
def some():
    """One known year of weight 0.6, and 20 scrambles of 50 payments."""
    paid = np.random.default_rng(3).pareto(3.0, 1000)
    return Scrambles(
        payments=np.concatenate([[0.0], paid]),
        weight=np.concatenate([[0.6], np.full(1000, 0.0004)]),
        scramble=np.repeat(np.arange(20), 50),
        n_scrambles=20,
    )


def test_values_are_those_of_weighted_years(some):
    var, tvar = some.tail(LEVEL, "CNY")
    assert some.mean().value == pytest.approx(some.weight @ some.payments, rel=1e-14)
    assert var.value == measures.quantile(some.payments, LEVEL, some.weight)
    assert tvar.value == pytest.approx(
        measures.tvar(some.payments, LEVEL, some.weight).value, rel=1e-12
    )
    assert some.probability().value == pytest.approx(0.4)
    assert (var.unit, tvar.unit) == ("CNY", "CNY")


def test_errors_are_those_of_a_mean_over_scrambles(some):
    by = some.payments[1:].reshape(20, 50).mean(axis=1)
    expected = 0.4 * by.std(ddof=1) / np.sqrt(20)
    assert some.mean().standard_error == pytest.approx(expected, rel=1e-12)
    var, tvar = some.tail(LEVEL)
    over = np.maximum(some.payments[1:] - var.value, 0).reshape(20, 50).mean(axis=1)
    expected = 0.4 * over.std(ddof=1) / np.sqrt(20) / 0.1
    assert tvar.standard_error == pytest.approx(expected, rel=1e-12)


def test_error_of_the_quantile_is_that_of_f_over_the_density(some):
    """Pareto of shape 3: at F = 1 - 0.25 among the payments, x = 4**(1/3) - 1."""
    var, _ = some.tail(LEVEL)
    below = (some.payments[1:] <= var.value).reshape(20, 50).mean(axis=1)
    density = 3 * (1 + var.value) ** -4
    expected = below.std(ddof=1) / np.sqrt(20) / density
    assert var.standard_error == pytest.approx(expected, rel=0.3)


def test_what_is_the_same_in_all_scrambles_has_no_error(some):
    assert some.probability().standard_error == 0
    assert not some.probability().exact


def test_a_level_among_years_without_claims(some):
    var, tvar = some.tail(Fraction("0.5"))
    assert (var.value, var.standard_error) == (0.0, 0.0)
    assert tvar.value == pytest.approx(some.mean().value / 0.5)


def test_without_claims_all_is_exact():
    known = Scrambles(payments=np.array([3.0]), weight=np.ones(1), scramble=np.zeros(0, np.intp),
                      n_scrambles=16)  # fmt: skip
    for estimate in (known.mean(), known.probability(), *known.tail(LEVEL)):
        assert estimate.exact
    assert known.mean().value == 3.0
