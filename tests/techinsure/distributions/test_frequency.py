"""Laws of counts at their limits, and what is refused."""

import numpy as np
import pytest

from techinsure.distributions import Binomial, NegativeBinomial, Poisson
from techinsure.errors import InvalidParameter


def test_a_negative_binomial_is_a_poisson_law_of_gamma_rate():
    """P(N = k) = E[rate**k exp(-rate)] / k!, and its r is any real number."""
    r, beta, k = 0.37, 2.5, 3.0
    x, w = np.polynomial.legendre.leggauss(200)
    # rate = beta * g**(1 / r): then the density of g near 0 is smooth
    g = (1 + x) / 2 * 40.0**r
    density = np.exp(-(g ** (1 / r))) / r
    rate = beta * g ** (1 / r)
    norm = (w * density).sum()
    mixed = (w * density * rate**k * np.exp(-rate) / 6).sum() / norm
    assert NegativeBinomial(r=r, beta=beta).pmf(np.array([k]))[0] == pytest.approx(
        mixed, rel=1e-9, abs=0
    )


def test_negative_binomial_and_binomial_tend_to_poisson():
    k = np.arange(12.0)
    expected = Poisson(rate=2.0).pmf(k)
    near = NegativeBinomial(r=2e8, beta=1e-8).pmf(k)
    assert near == pytest.approx(expected, rel=1e-6, abs=0)
    assert Binomial(m=2 * 10**8, q=1e-8).pmf(k) == pytest.approx(expected, rel=1e-6, abs=0)


def test_a_geometric_law_has_no_memory():
    law = NegativeBinomial(r=1.0, beta=3.0)
    k = np.arange(40.0)
    assert law.survival(k) == pytest.approx(0.75 ** (k + 1), rel=1e-13, abs=0)
    assert law.quantile(np.array([0.25, 0.2501, 0.4375])).tolist() == [0, 1, 1]


def test_no_claim_from_many_risks_keeps_its_digits():
    assert Binomial(m=60, q=0.5).pgf(np.array(0.0)) == pytest.approx(2.0**-60, rel=1e-13, abs=0)
    assert Poisson(rate=900.0).pgf(np.array(0.3)) == pytest.approx(np.exp(-630.0), rel=1e-12, abs=0)


def test_rare_claims_keep_their_digits():
    for law in (Poisson(rate=1e-10), NegativeBinomial(r=1e-10, beta=1.0), Binomial(m=1, q=1e-10)):
        none = float(law.pmf(np.array(0.0)))
        some = float(law.survival(np.array(0.0)))
        assert none == pytest.approx(1, abs=1e-9)
        assert float(law.pmf(np.arange(1.0, 60.0)).sum()) == pytest.approx(some, rel=1e-12, abs=0)
        assert float(law.pgf_of_some(np.array(0.0))) == pytest.approx(some, rel=1e-12, abs=0)


@pytest.mark.parametrize("law", [Poisson(rate=1e9), NegativeBinomial(r=1e9, beta=1.0)], ids=repr)
def test_a_billion_claims(law):
    middle = law.quantile(np.array([0.5, 0.975]))
    assert middle[0] == pytest.approx(1e9, abs=2)
    assert middle[1] == pytest.approx(1e9 + 1.96 * law.variance**0.5, rel=1e-7, abs=0)


@pytest.mark.parametrize(
    ("make", "field", "bound"),
    [
        (lambda: Poisson(rate=0.0), "rate", "must be in [1e-12, 1e9]"),
        (lambda: Poisson(rate="3"), "rate", "must be a number"),
        (lambda: NegativeBinomial(r=-1.0, beta=1.0), "r", "must be in [1e-12, 1e9]"),
        (lambda: NegativeBinomial(r=1.0, beta=np.inf), "beta", "must be finite"),
        (lambda: Binomial(m=0, q=0.5), "m", "must be in [1, 1000000000]"),
        (lambda: Binomial(m=2.5, q=0.5), "m", "must be a whole number"),
        (lambda: Binomial(m=2, q=1.0), "q", "must be in (0, 1)"),
    ],
)
def test_what_is_no_law_is_refused(make, field, bound):
    with pytest.raises(InvalidParameter) as caught:
        make()
    (fault,) = caught.value.faults
    assert str(fault).startswith(f"{field} {bound}, got ")
