import numpy as np
import pytest

from techinsure.dependence import BetaMixture
from techinsure.dependence.mixtures import binomial
from techinsure.errors import InvalidParameter


@pytest.mark.parametrize(("a", "b", "n"), [(0.5, 9.5, 10), (1.0, 1.0, 5), (30.0, 2.0, 400)])
def test_moments_of_the_law(a, b, n):
    mixture, k = BetaMixture(a=a, b=b), np.arange(n + 1)
    law = mixture.pmf(n)
    assert law.sum() == pytest.approx(1)
    assert law @ k == pytest.approx(mixture.mean(n))
    assert law @ k**2 - (law @ k) ** 2 == pytest.approx(mixture.variance(n), rel=1e-8)
    assert mixture.pmf(2)[2] == pytest.approx(mixture.joint_default_two)


def test_uniform_mixing_makes_all_numbers_alike():
    assert BetaMixture(a=1.0, b=1.0).pmf(9) == pytest.approx(np.full(10, 0.1))


def test_a_sure_probability_is_binomial():
    near = BetaMixture(a=2e9, b=8e9)
    assert near.pmf(6) == pytest.approx(binomial(6, 0.2), rel=1e-5)
    assert near.default_correlation == pytest.approx(0, abs=1e-9)


def test_what_is_refused():
    with pytest.raises(InvalidParameter, match="a must be > 0"):
        BetaMixture(a=0.0, b=1.0)
    with pytest.raises(InvalidParameter, match="n must be in"):
        BetaMixture(a=1.0, b=1.0).pmf(0)
