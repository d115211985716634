import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.dependence import Gaussian, OneFactor
from techinsure.dependence.mixtures import binomial
from techinsure.errors import InvalidParameter, Undefined

probabilities = st.one_of(st.sampled_from([0.0, 1e-6, 1.0]), st.floats(1e-6, 1))
correlations = st.one_of(st.sampled_from([0.0, 1e-9, 1 - 1e-9, 1.0]), st.floats(0, 1))


def model(p, rho):
    return OneFactor(probability=p, correlation=rho)


@settings(max_examples=40)
@given(p=probabilities, rho=correlations, n=st.integers(1, 60))
def test_the_law_has_its_mean_and_variance(p, rho, n):
    law, k = model(p, rho).pmf(n), np.arange(n + 1)
    assert law.sum() == pytest.approx(1, abs=1e-10)
    assert law @ k == pytest.approx(n * p, rel=1e-9, abs=1e-12)
    spread = law @ k**2 - (law @ k) ** 2
    assert spread == pytest.approx(model(p, rho).variance(n), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("p", [0.0, 0.02, 1.0])
def test_the_ends_of_the_correlation(p):
    assert model(p, 0.0).pmf(7) == pytest.approx(binomial(7, p))
    together = model(p, 1.0).pmf(7)
    assert list(together) == pytest.approx([1 - p, 0, 0, 0, 0, 0, 0, p])


def test_certain_and_impossible_defaults():
    for p in (0.0, 1.0):
        sure = model(p, 0.5)
        assert sure.rate_quantile(0.99) == sure.rate_tvar(0.99) == sure.mean(1) == p
        assert sure.variance(5) == sure.granularity(0.99, 5) == 0


def test_two_defaults_are_the_gaussian_copula():
    found = model(0.02, 0.3)
    below = float(Gaussian(rho=0.3).cdf(0.02, 0.02))
    assert found.joint_default_two == pytest.approx(below, rel=1e-10)
    assert found.pmf(2)[2] == pytest.approx(below, rel=1e-9)
    assert model(0.02, 1.0).default_correlation == pytest.approx(1)
    assert model(0.02, 0.0).default_correlation == 0


def test_the_mean_conditional_probability_is_the_probability():
    z = np.linspace(-9, 9, 4001)
    weight = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    conditional = model(0.03, 0.2).conditional_probability(z)
    assert weight @ conditional == pytest.approx(0.03, rel=1e-9)
    assert (np.diff(conditional) > 0).all()  # large factors are bad years
    assert model(0.03, 1.0).conditional_probability([-9.0, 9.0]) == pytest.approx([0, 1])
    assert model(0.03, 0.0).conditional_probability([-9.0, 9.0]) == pytest.approx([0.03, 0.03])


def test_quantile_and_tail_of_infinitely_many_names():
    large = model(0.02, 0.2)
    for level in (0.5, 0.95, 0.999):
        assert float(large.rate_cdf(large.rate_quantile(level))) == pytest.approx(level)
    beyond = np.array(
        [large.rate_quantile(level) for level in 1 - 0.01 * (np.arange(4000) + 0.5) / 4000]
    )
    assert large.rate_tvar(0.99) == pytest.approx(beyond.mean(), rel=1e-4)
    assert model(0.02, 1.0).rate_quantile(0.97) == 0
    assert model(0.02, 1.0).rate_quantile(0.99) == 1
    assert model(0.02, 1.0).rate_tvar(0.9) == pytest.approx(0.2)
    assert model(0.02, 0.0).rate_tvar(0.9) == pytest.approx(0.02)
    assert model(0.02, 1.0).rate_cdf([0.5, 1.0]) == pytest.approx([0.98, 1.0])


def test_granularity_brings_the_large_pool_to_the_exact_quantile():
    """Of 500 names the quantile of the exact law, put straight between its steps, is 10 times
    nearer to the adjusted rate than to that of infinitely many."""
    few, n, level = model(0.02, 0.2), 500, 0.995
    below = np.cumsum(few.pmf(n))
    place = int(np.searchsorted(below, level))
    share = (level - below[place - 1]) / (below[place] - below[place - 1])
    exact = (place - 0.5 + share) / n
    plain = few.rate_quantile(level)
    adjusted = plain + few.granularity(level, n)
    assert abs(adjusted - exact) < abs(plain - exact) / 10
    assert few.granularity(level, 1000) == pytest.approx(few.granularity(level, 500) / 2)


def test_what_is_refused_or_undefined():
    with pytest.raises(InvalidParameter, match="correlation must be in"):
        model(0.1, -0.1)
    with pytest.raises(InvalidParameter, match="probability must be in"):
        model(1.1, 0.1)
    for n in (0, 5001, 2.0):
        with pytest.raises(InvalidParameter, match="n must be"):
            model(0.1, 0.1).pmf(n)
    for level in (0.0, 1.0):
        with pytest.raises(InvalidParameter, match="level must be in"):
            model(0.1, 0.1).rate_quantile(level)
    with pytest.raises(Undefined, match="do not vary"):
        _ = model(0.0, 0.1).default_correlation
    for rho in (0.0, 1.0):
        with pytest.raises(Undefined, match="granularity"):
            model(0.1, rho).granularity(0.99, 100)
