"""Measures of a law on a lattice against sums by hand, and continuous laws put on one."""

import numpy as np
import pytest

from techinsure.distributions import Lognormal, Lomax, Mbbefd, Point
from techinsure.distributions.lattice import Lattice, discretised
from techinsure.errors import InvalidParameter, Undefined

# 0 with 0.5, 20 with 0.3, 30 with 0.2
LAW = Lattice.of_amounts({0.0: 0.5, 20.0: 0.3, 30.0: 0.2}, step=10.0)
LOSS = Lognormal(mean=1e6, cv=2.0)


def test_moments():
    assert LAW.mean == pytest.approx(12)
    assert LAW.variance == pytest.approx(0.3 * 400 + 0.2 * 900 - 144)
    third = 0.5 * -(12**3) + 0.3 * 8**3 + 0.2 * 18**3
    assert LAW.skewness == pytest.approx(third / 156**1.5)
    with pytest.raises(Undefined, match="without spread"):
        _ = Lattice.of_probabilities([0.0, 1.0]).skewness


def test_cdf_and_survival():
    x = np.array([-0.1, 0.0, 19.9, 20.0, 29.0, 30.0, 1e9])
    assert LAW.cdf(x) == pytest.approx([0, 0.5, 0.5, 0.8, 0.8, 1, 1])
    assert LAW.survival(x) == pytest.approx([1, 0.5, 0.5, 0.2, 0.2, 0, 0])
    assert Lattice.of_probabilities([0.5, 0.5], 0.1).cdf(0.3 - 0.2) == 1  # 0.1 but for 3e-17


@pytest.mark.parametrize(
    ("level", "quantile"), [(0.0, 0), (0.5, 0), (0.5 + 1e-9, 20), (0.8, 20), (0.81, 30)]
)
def test_the_quantile_is_the_lower_one(level, quantile):
    assert LAW.quantile(level) == quantile


def test_the_minimum_is_the_quantile_at_zero():
    assert Lattice.of_probabilities([0.0, 0.0, 0.4, 0.6]).quantile(0.0) == 2


def test_tvar_takes_the_part_of_an_atom_beyond_the_level():
    """The worst 30% of 0.3 at 20 and 0.2 at 30: two thirds at 30, a third at 20."""
    assert LAW.tvar(0.7) == pytest.approx((0.2 * 30 + 0.1 * 20) / 0.3)
    assert LAW.tvar(0.0) == pytest.approx(LAW.mean)
    assert LAW.tvar(0.8) == pytest.approx(30)
    assert LAW.tvar(0.9) == pytest.approx(30)


def test_stop_loss_and_layers():
    retention = np.array([0.0, 5.0, 20.0, 25.0, 30.0, 99.0])
    expected = [12, 0.3 * 15 + 0.2 * 25, 0.2 * 10, 0.2 * 5, 0, 0]
    assert LAW.stop_loss(retention) == pytest.approx(expected)
    assert LAW.limited_mean(retention) + LAW.stop_loss(retention) == pytest.approx(12)
    assert LAW.layer_mean(5.0, 20.0) == pytest.approx(0.3 * 15 + 0.2 * 20)


def test_a_thousandth_of_the_unit_is_a_thousandfold_law():
    large = Lattice(step=LAW.step * 1000, pmf=LAW.pmf)
    for ask in (lambda law, u: law.tvar(0.7) / u, lambda law, u: law.stop_loss(7.0 * u) / u,
                lambda law, u: law.variance / u**2, lambda law, u: law.cdf(20.0 * u)):  # fmt: skip
        assert ask(large, 1000.0) == pytest.approx(ask(LAW, 1.0), rel=1e-12, abs=0)


def test_the_variance_on_a_lattice_is_too_large_by_a_quarter_of_the_squared_step_at_most():
    limit = 4e6
    law = discretised(LOSS, step=limit / 4096, limit=limit)
    for cells in (32, 256):
        coarse = discretised(LOSS, step=limit / cells, limit=limit)
        excess = coarse.variance - law.variance
        assert 0 < excess <= (limit / cells) ** 2 / 4


def test_deductible_and_limit():
    law = discretised(LOSS, step=1e4, limit=2e6, deductible=5e5)
    assert law.values[-1] == 2e6
    at_the_limit = float(LOSS.survival(np.array(2.5e6)))
    assert law.pmf[-1] == pytest.approx(at_the_limit, rel=0.01, abs=0)
    assert law.pmf[0] == pytest.approx(float(LOSS.cdf(np.array(5e5))), abs=0.01)
    assert law.mean == pytest.approx(float(LOSS.layer_mean(5e5, 2e6)), rel=1e-12, abs=0)


def test_an_infinite_mean_has_a_lattice_all_the_same():
    law = Lomax(shape=0.8, scale=1e3)
    assert discretised(law, step=1e3, limit=1e6).mean == pytest.approx(
        float(law.limited_mean(np.array(1e6))), rel=1e-12
    )


def test_what_is_on_the_lattice_stays_there():
    """An atom at a multiple of the step is not spread; total losses are at 1."""
    assert discretised(Point(mean=30.0), step=10.0, limit=50.0).pmf[3] == pytest.approx(1)
    law = Mbbefd(b=0.3, g=5.0)
    assert discretised(law, step=2.0**-12, limit=1.0).pmf[-1] == pytest.approx(0.2, rel=1e-3, abs=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Lattice(step=0.0, pmf=np.ones(1)), "step must be > 0"),
        (
            lambda: Lattice.of_probabilities([[1.0]]),
            r"pmf must be an array of the shape \(n_cells,\)",
        ),
        (lambda: Lattice.of_probabilities([]), r"pmf must be an array of the shape \(n_cells,\)"),
        (lambda: Lattice(step=1.0, pmf=[1.0]), "use Lattice.of_probabilities for a list"),
        (lambda: Lattice.of_probabilities([1.5, -0.5]), r"pmf\[1\] must be >= 0, got -0.5"),
        (lambda: Lattice.of_probabilities([0.5, np.nan]), r"pmf\[1\] must be >= 0, got nan"),
        (lambda: Lattice.of_probabilities([0.5, 0.4]), "pmf must sum to 1, got 0.9"),
        (lambda: Lattice.of_amounts({15.0: 1.0}, step=10.0), "amount must be a multiple"),
        (lambda: Lattice.of_amounts({-10.0: 1.0}, step=10.0), r"amount\[0\] must be >= 0"),
        (lambda: LAW.quantile(1.0), r"level must be in \[0, 1\)"),
        (lambda: LAW.tvar(99.0), r"level must be in \[0, 1\)"),
        (lambda: LAW.stop_loss(-1.0), "retention must be >= 0"),
        (lambda: discretised(LOSS, step=3.0, limit=10.0), "limit must be a multiple of the step"),
        (lambda: discretised(LOSS, step=1.0, limit=1e9), "step must leave at most 16777216"),
        (lambda: discretised(LOSS, step=1.0, limit=np.inf), "limit must be finite"),
        (lambda: discretised(LOSS, step=1.0, limit=9.0, deductible=-1.0), "deductible must be"),
    ],
)
def test_what_is_no_lattice_is_refused(make, message):
    with pytest.raises(InvalidParameter, match=message):
        make()
