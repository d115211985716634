"""Claims as they are drawn: order, sources, sizes."""

import numpy as np
import pytest

from techinsure.distributions import Exponential, Gamma, Point
from techinsure.sparse import Claims, Risk, Source, Uniform
from techinsure.sparse.claims import QUASI, drawn
from techinsure.sparse.strata import stratified

EARLY = Source(name="early", sizes=(Exponential(scale=3.0),), when=Uniform(low=0.0, high=0.5))
LATE = Source(name="late", sizes=(Point(mean=7.0), Uniform(low=1, high=2)), when=Uniform())
RISK = Risk.driven([EARLY, LATE], [0.3, 0.6], [["r"], ["r", "f"]],
                   {"r": Gamma(mean=1.0, cv=1.0), "f": Gamma(mean=1.0, cv=0.5)})  # fmt: skip
_, STRATA = stratified(RISK)


@pytest.fixture(scope="module")
def claims():
    return drawn(RISK, STRATA, [8] * len(STRATA), 16, 5, "test")


def counts(claims):
    return np.bincount(claims.scenario, minlength=claims.n_scenarios)


def test_scenarios_have_the_claims_of_their_stratum(claims):
    n = counts(claims)
    assert n[0] == 0
    each = n[1:].reshape(len(STRATA), -1)
    for number in range(3):
        assert (each[number] == number + 1).all()
    assert each[3].min() == 4
    last = STRATA[3]
    assert each[3].mean() == pytest.approx(last.chance @ last.count, rel=0.005)


def test_claims_are_in_order_of_time(claims):
    assert (np.diff(claims.scenario) >= 0).all()
    same = claims.scenario[1:] == claims.scenario[:-1]
    assert (np.diff(claims.time)[same] > 0).all()


def test_times_and_sizes_are_of_their_source(claims):
    early = claims.source == 0
    assert claims.time[early].max() < 0.5 < claims.time[~early].max()
    assert claims.size[early].mean() == pytest.approx(3.0, rel=0.02)
    assert claims.time[early].mean() == pytest.approx(0.25, rel=0.02)
    assert (claims.sizes[1, early] == 0).all()
    assert (claims.size[~early] == 7.0).all()
    assert claims.sizes[1, ~early].mean() == pytest.approx(1.5, rel=0.01)


def test_sources_of_many_claims_follow_the_rates(claims):
    """By stratum: the share of the first source among all its claims."""
    stratum = (claims.scenario - 1) // (16 * 256)
    for number, one in enumerate(STRATA):
        found = (claims.source[stratum == number] == 0).mean()
        share = one.upto[one.atom][:, 0]
        expected = (one.chance * one.count) @ share / (one.chance @ one.count)
        assert found == pytest.approx(expected, rel=0.01)


def test_claims_beyond_the_quasi_random_ones_have_numbers_of_their_own():
    risk = Risk.driven([Source(name="x", sizes=(Uniform(),))], [12.0], [[]], {})
    _, strata = stratified(risk)
    claims = drawn(risk, strata[3:], [6], 16, 1, "test")
    n = counts(claims)[1:]
    assert n.max() > 2 * QUASI
    assert len(np.unique(claims.size)) == len(claims.size)
    assert len(np.unique(claims.time)) == len(claims.time)
    assert claims.size.mean() == pytest.approx(0.5, abs=0.01)
    assert claims.size.var() == pytest.approx(1 / 12, rel=0.03)


def test_totals_are_by_scenario():
    claims = Claims(n_scenarios=3, scenario=np.array([0, 2, 2]), source=np.zeros(3, np.intp),
                    time=np.zeros(3), sizes=np.array([[1.0, 2.0, 3.0]]))  # fmt: skip
    assert claims.total(claims.size).tolist() == [1.0, 0.0, 5.0]
    none = Claims(n_scenarios=2, scenario=np.zeros(0, np.intp), source=np.zeros(0, np.intp),
                  time=np.zeros(0), sizes=np.zeros((1, 0)))  # fmt: skip
    assert none.total(none.size).tolist() == [0.0, 0.0]
