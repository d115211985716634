"""Means of layers from survival functions: laws with closed forms, thin and far layers."""

import numpy as np
import pytest
from scipy import stats

from techinsure.distributions import Gamma, Lognormal
from techinsure.evidence.layer_means import layer_integral


def beyond(known):
    return lambda y: known.sf(np.exp(y))


@pytest.mark.parametrize("sigma", [1e-3, 0.3, 1.5, 6.0])
@pytest.mark.parametrize("sds", [-6.0, -1.0, 0.0, 1.0, 6.0])
def test_lognormal(sigma, sds):
    law = Lognormal(mean=float(np.exp(3 + sigma**2 / 2)), cv=float(np.sqrt(np.expm1(sigma**2))))
    limit = float(np.exp(3 + sds * sigma))
    found = layer_integral(lambda y: stats.norm.sf((y - 3) / sigma), 3.0, sigma, 0.0, limit)
    assert found == pytest.approx(float(law.limited_mean(np.array(limit))), rel=1e-11)


@pytest.mark.parametrize("limit", [1e-30, 0.1, 4.0, 60.0])
def test_gamma(limit):
    law, known = Gamma(mean=3.0, cv=0.8), stats.gamma(0.8**-2, scale=3 * 0.64)
    found = layer_integral(beyond(known), np.log(3.0), 0.7, 0.0, limit)
    assert found == pytest.approx(float(law.limited_mean(np.array(limit))), rel=1e-11)


def test_a_layer_is_a_difference_of_limited_means():
    known = stats.lomax(1.5, scale=2.0)
    for low, high in ((0.0, 1e-3), (1.0, 1.0001), (5.0, 1e6), (1e-12, 3.0)):
        exact = 4 * ((1 + low / 2) ** -0.5 - (1 + high / 2) ** -0.5)
        found = layer_integral(beyond(known), 0.3, 1.5, low, high)
        assert found == pytest.approx(exact, rel=1e-9)
