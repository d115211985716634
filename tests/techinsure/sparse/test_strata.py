"""Strata on the number of claims against laws of counts."""

import numpy as np
import pytest

from techinsure.distributions import Exponential, Gamma, NegativeBinomial, Point, Poisson
from techinsure.errors import Refused
from techinsure.sparse import Risk, Source
from techinsure.sparse.strata import ALONE, LEFT_OUT, stratified
from tests.techinsure.sparse.risks import SHAPE, single

ONE = Source(name="one", sizes=(Exponential(scale=1.0),))


@pytest.mark.parametrize("rate", [1e-6, 0.02, 0.5, 4.0])
def test_a_gamma_rate_makes_negative_binomial_counts(rate):
    law = NegativeBinomial(r=SHAPE, beta=rate / SHAPE)
    none, strata = stratified(single(rate))
    assert none == pytest.approx(law.pmf(np.zeros(1))[0], rel=1e-14)
    for n, stratum in enumerate(strata[:ALONE], 1):
        assert stratum.name == str(n)
        assert stratum.probability == pytest.approx(law.pmf(np.array([n]))[0], rel=1e-12)
    last = strata[ALONE] if len(strata) > ALONE else None
    if last is not None:
        assert last.name == f"{ALONE + 1} or more"
        beyond = law.survival(np.array([ALONE]))[0]
        assert last.probability == pytest.approx(beyond, rel=1e-7, abs=2 * LEFT_OUT)
        assert law.survival(np.array([last.most]))[0] <= 2 * LEFT_OUT
        share = law.pmf(last.count.astype(float)) / beyond
        assert last.chance == pytest.approx(share, rel=1e-6, abs=1e-7)
    assert none + sum(s.probability for s in strata) == pytest.approx(1, abs=1e-14)


def test_the_only_claim_is_of_a_source_with_its_chance():
    """P(N_1 = 1, N_2 = 0) and the reverse, of independent Poisson and negative binomial counts."""
    risk = Risk.driven([ONE, ONE], [0.1, 1.0], [[], ["r"]], {"r": Gamma(mean=0.3, cv=1.0)})
    poisson, other = Poisson(rate=0.1), NegativeBinomial(r=1.0, beta=0.3)
    p, q = (law.pmf(np.arange(2.0)) for law in (poisson, other))
    first, second = p[1] * q[0], p[0] * q[1]
    _, strata = stratified(risk)
    assert strata[0].probability == pytest.approx(first + second, rel=1e-12)
    assert np.diff(strata[0].upto[0], prepend=0) == pytest.approx(
        np.array([first, second]) / (first + second), rel=1e-12
    )


def test_two_claims_are_of_sources_as_their_joint_law_says():
    """A shared draw makes equal sources likelier: P(both of the second) under one gamma rate."""
    risk = Risk.driven([ONE, ONE], [0.1, 1.0], [[], ["r"]], {"r": Gamma(mean=0.3, cv=1.0)})
    two = stratified(risk)[1][1]
    share = np.diff(two.upto[two.atom], axis=1, prepend=0)[:, 1]
    both = two.chance @ share**2
    poisson, other = Poisson(rate=0.1), NegativeBinomial(r=1.0, beta=0.3)
    p, q = (law.pmf(np.arange(3.0)) for law in (poisson, other))
    assert both == pytest.approx(p[0] * q[2] / (p[0] * q[2] + p[1] * q[1] + p[2] * q[0]), rel=1e-9)


def test_where_no_claim_can_come_there_is_no_stratum():
    assert stratified(Risk.driven([ONE], [0.0], [[]], {})) == (1.0, [])
    none, strata = stratified(Risk.driven([ONE], [1.0], [["r"]], {"r": Point(mean=0.0)}))
    assert (none, strata) == (1.0, [])


def test_a_rate_that_may_be_zero():
    risk = Risk(sources=(ONE, ONE), rates=np.array([[0.0, 0.0], [0.2, 0.6]]),
                chance=np.array([0.5, 0.5]))  # fmt: skip
    none, strata = stratified(risk)
    assert none == pytest.approx(0.5 + 0.5 * np.exp(-0.8))
    assert strata[0].upto == pytest.approx(np.array([[0.25, 1.0]]))
    assert strata[1].upto[strata[1].atom] == pytest.approx(np.array([[0.25, 1.0]]))


def test_what_is_not_sparse_is_refused():
    risk = Risk(sources=(ONE,), rates=np.linspace(1e5, 2e5, 100)[:, None],
                chance=np.full(100, 0.01))  # fmt: skip
    with pytest.raises(Refused, match=r"up to \d+ claims a term are too many"):
        stratified(risk)
