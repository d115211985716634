"""A mixture has the mean, spread, quantiles and partial means of its parts taken together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from techinsure.distributions import Beta, Gamma, Law, Lognormal, Mixture, Point
from techinsure.distributions.cells import cell_means
from techinsure.distributions.quadrature import nodes
from techinsure.errors import InvalidParameter

OPINIONS = Mixture(parts=(Beta(mean=0.2, cv=0.4), Beta(mean=0.5, cv=0.2)), weights=(0.6, 0.4))
RATES = Mixture(parts=(Gamma(mean=1.0, cv=0.5), Gamma(mean=3.0, cv=0.8)), weights=(0.25, 0.75))
mixtures = pytest.mark.parametrize("law", [OPINIONS, RATES], ids=["beta", "gamma"])


def test_moments():
    assert OPINIONS.mean == pytest.approx(0.6 * 0.2 + 0.4 * 0.5)
    square = 0.6 * (0.08**2 + 0.2**2) + 0.4 * (0.1**2 + 0.5**2)
    assert OPINIONS.variance == pytest.approx(square - 0.32**2)
    assert OPINIONS.cv == pytest.approx(OPINIONS.variance**0.5 / 0.32)


@mixtures
def test_quantile_inverts_the_cdf(law):
    u = np.linspace(0.0005, 0.9995, 401)
    x = law.quantile(u)
    assert (np.diff(x) > 0).all()
    np.testing.assert_allclose(law.cdf(x), u, atol=1e-12)
    ends = law.quantile(np.array([0.0, 1.0]))
    assert ends.tolist() == law.parts[0].quantile(np.array([0.0, 1.0])).tolist()


@mixtures
def test_means_below_and_limited(law):
    draws = np.concatenate([
        np.quantile(part.quantile((np.arange(200_000) + 0.5) / 200_000), np.linspace(0, 1, 10))
        for part in law.parts
    ])  # fmt: skip
    for x in draws[2:8]:
        parts = zip(law.weights, law.parts, strict=True)
        assert law.partial_mean(x) == pytest.approx(sum(w * p.partial_mean(x) for w, p in parts))
        assert law.limited_mean(x) == pytest.approx(law.partial_mean(x) + x * (1 - law.cdf(x)))


@mixtures
def test_cells_and_nodes_keep_the_mean_and_the_spread(law):
    cells = cell_means(law)
    assert cells.mean() == pytest.approx(law.mean, rel=1e-12)
    assert cells.std() == pytest.approx(law.variance**0.5, rel=2e-3)
    value, weight = nodes(law, 16)
    assert weight.sum() == pytest.approx(1.0)
    assert weight @ value == pytest.approx(law.mean, rel=1e-10)
    assert weight @ (value - law.mean) ** 2 == pytest.approx(law.variance, rel=1e-8)


@given(st.permutations(range(3)), st.lists(st.floats(0.05, 1.0), min_size=3, max_size=3))
@settings(max_examples=30)
def test_the_order_of_opinions_means_nothing(order, weights):
    parts = (Lognormal(mean=1e6, cv=0.5), Lognormal(mean=3e6, cv=2.0), Point(mean=5e5))
    shares = [w / sum(weights) for w in weights]
    one = Mixture(parts=parts, weights=tuple(shares))
    other = Mixture(parts=tuple(parts[i] for i in order), weights=tuple(shares[i] for i in order))
    x = np.geomspace(1e4, 1e8, 9)
    assert one.mean == pytest.approx(other.mean, rel=1e-14)
    np.testing.assert_allclose(one.cdf(x), other.cdf(x), rtol=1e-13)


def test_one_part_is_that_part():
    alone = Mixture(parts=(Beta(mean=0.3, cv=0.5),), weights=(1.0,))
    u = np.linspace(0.01, 0.99, 9)
    np.testing.assert_allclose(alone.quantile(u), Beta(mean=0.3, cv=0.5).quantile(u), rtol=1e-14)


@pytest.mark.parametrize(
    ("weights", "field"),
    [((0.6, 0.5), "weights"), ((1.0,), "weights"), ((1.0, 0.0), "weights[1]"), ((), "weights")],
)
def test_weights_are_probabilities(weights, field):
    with pytest.raises(InvalidParameter) as error:
        Mixture(parts=OPINIONS.parts, weights=weights)
    assert error.value.faults[0].field == field


def test_it_is_read_as_a_law():
    whole = {"kind": "mixture", "weights": [0.5, 0.5],
             "parts": [{"kind": "gamma", "mean": 1.0, "cv": 0.5},
                       {"kind": "point", "mean": 2.0}]}  # fmt: skip
    law = TypeAdapter(Law).validate_python(whole)
    assert law == Mixture(parts=(Gamma(mean=1.0, cv=0.5), Point(mean=2.0)), weights=(0.5, 0.5))
