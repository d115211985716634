"""Sums by transform against Panjer's recursion, closed forms, and identities."""

import numpy as np
import pytest

from techinsure.distributions import (
    Binomial,
    Gamma,
    NegativeBinomial,
    Poisson,
    Tabulated,
    ZeroModified,
    zero_truncated,
)
from techinsure.distributions.aggregate import compound, reach
from techinsure.distributions.closed_sums import GammaSum
from techinsure.distributions.lattice import Lattice, discretised
from techinsure.errors import Refused
from tests.techinsure.distributions.zoo import COUNTS, name

DENTAL = Lattice.of_probabilities(
    [0, 0.15, 0.2, 0.25, 0.125, 0.075, 0.05, 0.05, 0.05, 0.025, 0.025]
)
OFTEN_ZERO = Lattice.of_probabilities([0.2, 0.5, 0.0, 0.3])
ONE = Lattice.of_probabilities([0.0, 1.0])
SIZES = pytest.mark.parametrize("size", [DENTAL, OFTEN_ZERO], ids=["dental", "often zero"])


def panjer(frequency, size, cells):
    """p(0 claims or all of size 0), then the recursion (Panjer 1981, ASTIN Bulletin 12)."""
    a, b = frequency.panjer
    f = size.pmf
    sums = np.zeros(cells)
    sums[0] = frequency.pgf(np.array(f[0]))
    for k in range(1, cells):
        j = np.arange(1, min(k, len(f) - 1) + 1)
        sums[k] = ((a + b * j / k) * f[j] * sums[k - j]).sum() / (1 - a * f[0])
    return sums


@SIZES
@pytest.mark.parametrize(
    "frequency",
    [
        Poisson(rate=0.03),
        Poisson(rate=30.0),
        NegativeBinomial(r=4.0, beta=5.0),
        NegativeBinomial(r=0.37, beta=2.5),
        Binomial(m=8, q=0.15),
        Binomial(m=60, q=0.5),
    ],
    ids=name,
)
def test_panjer_recursion(frequency, size):
    total = compound(frequency, size)
    recursion = panjer(frequency, size, len(total.pmf))
    assert total.pmf == pytest.approx(recursion, abs=3e-16)
    assert recursion.sum() == pytest.approx(1, abs=1e-12)


@SIZES
@pytest.mark.parametrize("frequency", [law for law, _ in COUNTS], ids=name)
def test_moments_of_a_sum(frequency, size):
    """E[S] = E[N] E[X], Var S = E[N] Var X + Var N E[X]**2; nothing is lost and nothing wraps."""
    total = compound(frequency, size)
    assert total.pmf.sum() == pytest.approx(1, abs=1e-13)
    assert total.mean == pytest.approx(frequency.mean * size.mean, rel=1e-12, abs=0)
    variance = frequency.mean * size.variance + frequency.variance * size.mean**2
    assert total.variance == pytest.approx(variance, rel=1e-10, abs=0)
    assert total.pmf[0] == pytest.approx(float(frequency.pgf(np.array(size.pmf[0]))), abs=1e-15)


@pytest.mark.parametrize("rate", [1e3, 1e5])
def test_many_claims_do_not_underflow(rate):
    """exp(-rate) is 0 in float64, and the sum of ones is the number itself."""
    law = Poisson(rate=rate)
    total = compound(law, ONE)
    assert total.pmf == pytest.approx(law.pmf(np.arange(float(len(total.pmf)))), abs=1e-16)
    assert total.mean == pytest.approx(rate, rel=1e-14, abs=0)
    assert total.variance == pytest.approx(rate, rel=1e-12, abs=0)
    assert total.skewness == pytest.approx(rate**-0.5, rel=1e-8, abs=0)


def test_a_table_of_counts_is_a_sum_of_convolutions():
    counts = (0.1, 0.2, 0.4, 0.3)
    twice = np.convolve(DENTAL.pmf, DENTAL.pmf)
    expected = np.zeros(31)
    for chance, power in zip(
        counts, ([1.0], DENTAL.pmf, twice, np.convolve(twice, DENTAL.pmf)), strict=True
    ):
        expected[: len(power)] += chance * np.array(power)
    assert compound(Tabulated(probabilities=counts), DENTAL).pmf == pytest.approx(
        expected, abs=1e-16
    )


def test_given_a_claim_a_rare_sum_is_one_claim():
    total = compound(zero_truncated(Poisson(rate=1e-11)), DENTAL)
    assert total.pmf[:11] == pytest.approx(DENTAL.pmf, abs=1e-11)
    assert total.mean == pytest.approx(DENTAL.mean, rel=1e-10, abs=0)


def test_a_fine_lattice_comes_near_the_closed_form():
    """Gamma sizes; the mean is exact, the error falls with the square of the step."""
    frequency = NegativeBinomial(r=1.5, beta=1.0)
    severity = Gamma(mean=100.0, cv=1.0)
    closed = GammaSum(frequency=frequency, severity=severity)
    errors = []
    for step in (20.0, 10.0, 5.0):
        total = compound(frequency, discretised(severity, step=step, limit=4000.0))
        assert total.mean == pytest.approx(closed.mean, rel=1e-12, abs=0)
        errors.append(float(total.stop_loss(500.0)) - float(closed.stop_loss(np.array(500.0))))
    assert errors[0] > 0
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1, abs=0)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.1, abs=0)


def test_the_unit_of_money_means_nothing():
    large = compound(Poisson(rate=3.0), Lattice(step=1000.0, pmf=DENTAL.pmf))
    small = compound(Poisson(rate=3.0), DENTAL)
    assert large.tvar(0.99) == pytest.approx(1000 * small.tvar(0.99), rel=1e-14, abs=0)


@pytest.mark.parametrize("frequency", [law for law, _ in COUNTS], ids=name)
def test_reach_leaves_out_nothing_that_matters(frequency):
    first, cells = reach(frequency, ONE)
    assert frequency.survival(np.array(cells - 1.0)) <= 5e-18
    assert frequency.cdf(np.array(first - 1.0)) <= 5e-18
    deviation = frequency.variance**0.5
    assert cells <= frequency.mean + 14 * deviation + 60 * (1 + deviation**2 / frequency.mean)


def test_a_zero_of_its_own_keeps_the_first_cell():
    law = ZeroModified(base=Poisson(rate=1000.0), p0=0.4)
    assert reach(law, ONE)[0] == 0
    assert compound(law, ONE).pmf[0] == pytest.approx(0.4, abs=1e-15)


def test_sizes_of_nothing_sum_to_nothing():
    total = compound(Poisson(rate=5.0), Lattice.of_probabilities([1.0, 0.0]))
    assert total.pmf.tolist() == [1.0]


def test_a_lattice_too_fine_is_refused_with_a_way_out():
    with pytest.raises(Refused, match=r"needs .* cells of 1, .* take a step 2\.2 times as large"):
        compound(Poisson(rate=1e7), DENTAL)
