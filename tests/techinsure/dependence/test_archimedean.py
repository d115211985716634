import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.dependence import Clayton, Frank, Gumbel
from techinsure.errors import InvalidParameter

EVERY = [
    *(Clayton(theta=theta) for theta in (-1.0, -0.5, 0.0, 1e-9, 0.5, 2.0, 40.0, 500.0)),
    *(Gumbel(theta=theta) for theta in (1.0, 1.0 + 1e-9, 1.5, 4.0, 200.0)),
    *(Frank(theta=theta) for theta in (-800.0, -5.0, -1e-9, 0.0, 1e-9, 0.5, 5.0, 800.0)),
]
NAMED = pytest.mark.parametrize("copula", EVERY, ids=str)
levels = st.one_of(st.sampled_from([0.0, 1e-9, 0.5, 1 - 1e-9, 1.0]), st.floats(0, 1))


@NAMED
@settings(max_examples=20)
@given(u=levels, v=levels)
def test_a_copula_lies_within_the_frechet_bounds_and_is_symmetric(copula, u, v):
    inside = float(copula.cdf(u, v))
    assert max(u + v - 1, 0) - 1e-12 <= inside <= min(u, v) + 1e-12
    assert float(copula.cdf(v, u)) == pytest.approx(inside, abs=1e-12)
    outside = float(copula.survival(u, v))
    assert outside == pytest.approx(1 - u - v + inside, abs=1e-12)


@NAMED
def test_margins_are_uniform(copula):
    u = np.array([0.0, 1e-6, 0.3, 0.999, 1.0])
    assert copula.cdf(u, 1.0) == pytest.approx(u, abs=1e-12)
    assert copula.cdf(1.0, u) == pytest.approx(u, abs=1e-12)
    assert (copula.cdf(u, 0.0) == 0).all()


@pytest.mark.parametrize("copula", [Clayton(theta=0.0), Gumbel(theta=1.0), Frank(theta=0.0)])
def test_independence(copula):
    assert float(copula.cdf(0.3, 0.9)) == pytest.approx(0.27)
    assert copula.kendall_tau == copula.spearman == copula.upper_tail == copula.lower_tail == 0
    uniforms = np.array([[0.2, 0.7], [0.9, 0.4]])
    assert copula.pair(uniforms) == pytest.approx(uniforms)


@NAMED
def test_pairs_have_the_copula_and_keep_the_first_row(copula):
    """20,000 draws: within 4.5 errors at four places, and the second row is uniform."""
    rng = np.random.default_rng(41)
    uniforms = rng.random((2, 20_000))
    u, v = copula.pair(uniforms)
    assert (u == uniforms[0]).all()
    assert ((v >= 0) & (v <= 1)).all()
    assert v.mean() == pytest.approx(0.5, abs=4.5 / math.sqrt(12 * 20_000))
    for at, to in ((0.1, 0.3), (0.5, 0.5), (0.9, 0.8), (0.3, 0.95)):
        exact = float(copula.cdf(at, to))
        found = ((u <= at) & (v <= to)).mean()
        error = math.sqrt(max(exact * (1 - exact), 1e-5) / 20_000)
        assert found == pytest.approx(exact, abs=4.5 * error)


@pytest.mark.parametrize(
    ("kind", "tau"),
    [(Clayton, -0.2), (Clayton, 0.6), (Gumbel, 0.0), (Gumbel, 0.8), (Frank, -0.7), (Frank, 0.0),
     (Frank, 0.9)],
)  # fmt: skip
def test_kendall_there_and_back(kind, tau):
    assert kind.of_kendall(tau).kendall_tau == pytest.approx(tau, abs=1e-10)


def test_limits_of_the_parameters():
    """Countermonotone at Clayton -1; comonotone as parameters grow."""
    assert float(Clayton(theta=-1.0).cdf(0.4, 0.5)) == 0
    assert float(Clayton(theta=-1.0).cdf(0.7, 0.5)) == pytest.approx(0.2)
    for copula in (Clayton(theta=1e4), Gumbel(theta=1e4), Frank(theta=1e4)):
        assert float(copula.cdf(0.4, 0.5)) == pytest.approx(0.4, abs=1e-4)
        assert copula.kendall_tau == pytest.approx(1, abs=1e-3)
    assert Frank(theta=-5.0).kendall_tau == -Frank(theta=5.0).kendall_tau


def test_rank_correlations_against_known_values():
    """Frank: Genest 1987, Biometrika 74, table 1 prints tau and rho to two digits; here the
    Debye functions against quadrature of the copula itself."""
    from techinsure.dependence import ranks

    for copula in (Frank(theta=5.0), Frank(theta=30.0)):
        assert copula.spearman == pytest.approx(ranks.spearman(copula.cdf), abs=1e-8)
    assert Frank(theta=1e-5).spearman == pytest.approx(1e-5 / 6, rel=1e-6)
    series = Frank(theta=1.1e-4)  # just above where the series is taken
    assert series.kendall_tau == pytest.approx(1.1e-4 / 9, rel=1e-4)


def test_tails():
    """The conditional probability far out tends to the coefficient."""
    clayton, gumbel, frank = Clayton(theta=2.0), Gumbel(theta=1.5), Frank(theta=20.0)
    assert float(clayton.cdf(1e-9, 1e-9)) / 1e-9 == pytest.approx(clayton.lower_tail, rel=1e-6)
    level = 1 - 1e-7
    assert float(gumbel.survival(level, level)) / 1e-7 == pytest.approx(gumbel.upper_tail, rel=1e-5)
    assert float(frank.survival(level, level)) / 1e-7 < 1e-4


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Clayton(theta=-1.5), "theta must be >= -1, got -1.5"),
        (lambda: Gumbel(theta=0.9), "theta must be >= 1, got 0.9"),
        (lambda: Frank(theta=math.inf), "theta must be finite"),
        (lambda: Clayton.of_kendall(1.0), "tau must be in"),
        (lambda: Gumbel.of_kendall(-0.1), "tau must be in"),
        (lambda: Frank.of_kendall(1.0), "tau must be in"),
        (lambda: Frank(theta=1.0).cdf(1.2, 0.5), "u must be in .0, 1. in every entry, got 1.2"),
        (lambda: Frank(theta=1.0).cdf(0.5, math.nan), "v must be in"),
        (lambda: Gumbel(theta=2.0).pair(np.zeros((3, 4)) + 0.5), "uniforms must have shape"),
        (lambda: Gumbel(theta=2.0).pair(np.zeros((2, 4))), "uniforms must be strictly inside"),
    ],
)
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter, match=told):
        make()
