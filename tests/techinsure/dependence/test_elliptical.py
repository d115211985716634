import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.dependence import Gaussian, StudentT, ranks
from techinsure.dependence.elliptical import rho_of_kendall, t_score
from techinsure.errors import InvalidParameter, Undefined

EVERY = [
    *(Gaussian(rho=rho) for rho in (-1.0, -0.7, 0.0, 0.4, 0.999999, 1.0)),
    *(StudentT(rho=rho, nu=nu) for rho in (-1.0, -0.5, 0.0, 0.6, 1.0) for nu in (0.5, 3.0, 1e7)),
]
NAMED = pytest.mark.parametrize("copula", EVERY, ids=str)
levels = st.one_of(st.sampled_from([0.0, 1e-9, 0.5, 1 - 1e-9, 1.0]), st.floats(0, 1))


@NAMED
@settings(max_examples=15)
@given(u=levels, v=levels)
def test_bounds_and_reflection(copula, u, v):
    inside = float(copula.cdf(u, v))
    assert max(u + v - 1, 0) - 1e-9 <= inside <= min(u, v) + 1e-12
    assert float(copula.survival(u, v)) == pytest.approx(1 - u - v + inside, abs=1e-9)
    mirror = type(copula)(**({"nu": copula.nu} if hasattr(copula, "nu") else {}), rho=-copula.rho)
    assert float(mirror.cdf(u, 1 - v)) == pytest.approx(u - inside, abs=1e-9)


@NAMED
def test_pairs_have_the_copula(copula):
    uniforms = np.random.default_rng(42).random((2, 20_000))
    u, v = copula.pair(uniforms)
    assert (u == uniforms[0]).all()
    for at, to in ((0.05, 0.05), (0.5, 0.5), (0.9, 0.3)):
        exact = float(copula.cdf(at, to))
        error = math.sqrt(max(exact * (1 - exact), 1e-5) / 20_000)
        assert ((u <= at) & (v <= to)).mean() == pytest.approx(exact, abs=4.5 * error)


def test_many_degrees_of_freedom_are_the_gaussian_copula():
    levels = np.array([0.1, 0.9, 0.995])
    normal, near = Gaussian(rho=0.6), StudentT(rho=0.6, nu=1e9)
    assert near.survival(levels, levels) == pytest.approx(normal.survival(levels, levels), rel=1e-6)
    assert near.upper_tail == pytest.approx(0, abs=1e-12)
    assert StudentT(rho=0.5, nu=2.0).upper_tail > StudentT(rho=0.5, nu=20.0).upper_tail > 0


def test_tails_far_out():
    """P(V > u | U > u) at u = 1 - 1e-12, and none for the Gaussian pair."""
    copula, level = StudentT(rho=0.3, nu=2.0), 1 - 1e-10
    far = float(copula.survival(level, level)) / (1 - level)
    assert far == pytest.approx(copula.upper_tail, rel=1e-4)
    assert Gaussian(rho=0.9).upper_tail == Gaussian(rho=0.9).lower_tail == 0
    assert Gaussian(rho=1.0).upper_tail == StudentT(rho=1.0, nu=3.0).lower_tail == 1
    assert StudentT(rho=-1.0, nu=3.0).upper_tail == 0


def test_rank_correlations():
    """Spearman of t is below the Gaussian one; Kendall is the same."""
    normal, heavy = Gaussian(rho=0.7), StudentT(rho=0.7, nu=1.0)
    assert normal.spearman == pytest.approx(ranks.spearman(normal.cdf), abs=1e-9)
    assert normal.kendall_tau == heavy.kendall_tau
    assert heavy.spearman < normal.spearman
    assert StudentT(rho=0.7, nu=1e7).spearman == pytest.approx(normal.spearman, abs=1e-6)
    assert Gaussian.of_spearman(normal.spearman).rho == pytest.approx(0.7)
    assert rho_of_kendall(normal.kendall_tau) == pytest.approx(0.7)
    assert rho_of_kendall(1.0) == 1 == pytest.approx(Gaussian.of_spearman(1.0).rho)
    assert StudentT(rho=1.0, nu=1.0).spearman == 1


def test_infinite_variance_has_no_linear_correlation():
    assert StudentT(rho=0.4, nu=2.1).score_correlation == 0.4
    for nu in (2.0, 1.0):
        with pytest.raises(Undefined, match="no finite variance"):
            _ = StudentT(rho=0.4, nu=nu).score_correlation


def test_what_is_refused():
    for make in (
        lambda: Gaussian(rho=1.1),
        lambda: Gaussian(rho=math.nan),
        lambda: StudentT(rho=0.0, nu=0.0),
        lambda: StudentT(rho=0.0, nu=math.inf),
        lambda: Gaussian.of_spearman(-2.0),
        lambda: rho_of_kendall(1.5),
        lambda: Gaussian(rho=0.1).cdf("0.5", 0.5),
    ):
        with pytest.raises(InvalidParameter):
            make()


def test_scores_far_out_are_what_their_probabilities_say():
    """Cauchy scores (nu = 1): tan(pi (u - 1/2)), near -1 / (pi u)."""
    u = np.array([1e-300, 1e-30, 1e-17, 1e-5, 0.2, 0.5, 0.8])
    known = np.where(u < 1e-9, -1 / (np.pi * u), np.tan(np.pi * (u - 0.5)))
    assert t_score(u, 1.0) == pytest.approx(known, rel=1e-9, abs=1e-12)
    assert list(t_score(np.array([0.0, 1.0]), 3.0)) == [-np.inf, np.inf]
