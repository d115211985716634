"""Another probability of none: the rest in proportion, rare claims, and limits."""

import numpy as np
import pytest

from techinsure.distributions import NegativeBinomial, Poisson, ZeroModified, zero_truncated
from techinsure.errors import InvalidParameter

K = np.arange(1.0, 30.0)


def test_the_others_stay_in_proportion():
    base = NegativeBinomial(r=0.5, beta=3.0)
    law = ZeroModified(base=base, p0=0.8)
    assert law.pmf(np.array(0.0)) == 0.8
    assert law.pmf(K) / base.pmf(K) == pytest.approx(0.2 / (1 - 4**-0.5), rel=1e-13, abs=0)


def test_its_own_probability_of_none_changes_nothing():
    base = Poisson(rate=1.3)
    law = ZeroModified(base=base, p0=float(np.exp(-1.3)))
    assert law.pmf(K) == pytest.approx(base.pmf(K), rel=1e-13, abs=0)
    assert (law.mean, law.variance) == pytest.approx((1.3, 1.3))


def test_given_a_claim_a_rare_one_comes_alone():
    """P(N = 2 | N > 0) is half the rate."""
    law = zero_truncated(Poisson(rate=1e-9))
    assert law.pmf(np.array([0.0, 1.0, 2.0])) == pytest.approx([0, 1, 5e-10], rel=1e-8, abs=0)
    assert law.mean == pytest.approx(1, rel=1e-8, abs=0)
    assert law.pgf(np.array(0.5)) == pytest.approx(0.5, rel=1e-8, abs=0)
    assert law.survival(np.array(1.0)) == pytest.approx(5e-10, rel=1e-8, abs=0)


@pytest.mark.parametrize("p0", [-0.1, 1.0, np.nan])
def test_a_probability_of_none_leaves_some(p0):
    with pytest.raises(InvalidParameter, match="p0 must be"):
        ZeroModified(base=Poisson(rate=1.0), p0=p0)
