"""The normal law, against scipy's."""

import numpy as np
import pytest
from scipy import stats

from techinsure.distributions.normal import Normal
from techinsure.errors import InvalidParameter

LAW, SAME = Normal(mean=1000.0, sd=300.0), stats.norm(1000.0, 300.0)
X = np.array([-5e3, 0.0, 900.0, 1000.0, 1700.0, 9e3])


def test_it_is_that_of_scipy():
    assert (LAW.mean, LAW.variance) == (SAME.mean(), SAME.var())
    assert LAW.cdf(X) == pytest.approx(SAME.cdf(X), rel=1e-12)
    assert LAW.survival(X) == pytest.approx(SAME.sf(X), rel=1e-12, abs=0)
    u = np.array([1e-9, 0.2, 0.5, 0.999])
    assert LAW.quantile(u) == pytest.approx(SAME.ppf(u), rel=1e-12)


@pytest.mark.parametrize("x", X)
def test_means_of_parts_are_integrals(x):
    beyond = SAME.expect(lambda y: y - x, lb=max(x, -2000.0), ub=4000.0) if x < 4000 else 0.0
    assert LAW.excess_mean(np.array(x)) == pytest.approx(beyond, abs=1e-6)
    assert LAW.limited_mean(np.array(x)) == pytest.approx(1000.0 - beyond, abs=1e-6)
    below = SAME.expect(lambda y: y, lb=-2000.0, ub=min(x, 4000.0)) if x > -2000 else 0.0
    assert LAW.partial_mean(np.array(x)) == pytest.approx(below, abs=1e-6)


def test_layers_adjoin():
    layers = LAW.layer_mean([0.0, 700.0, 1200.0], [700.0, 500.0, np.inf])
    assert layers.sum() == pytest.approx(float(LAW.excess_mean(np.array(0.0))), rel=1e-13)


def test_what_is_refused():
    with pytest.raises(InvalidParameter, match="sd must be > 0"):
        Normal(mean=0.0, sd=0.0)
    with pytest.raises(InvalidParameter, match="mean must be finite"):
        Normal(mean=np.nan, sd=1.0)
