"""Full credibility: what the standard promises, what adds, what is refused."""

import numpy as np
import pytest
from scipy import stats

from techinsure.distributions import Gamma, Lomax, NegativeBinomial, Poisson, Tabulated
from techinsure.errors import InvalidParameter, Undefined
from techinsure.evidence.limited_fluctuation import FullCredibility, square_root

ASKED = {"probability": 0.9, "tolerance": 0.05}


def test_the_standard_keeps_its_promise():
    """Counts with the mean it asks for are within 5% of it nine times of ten."""
    mean = FullCredibility(**ASKED).claims
    low, high = np.ceil(0.95 * mean), np.floor(1.05 * mean)
    inside = stats.poisson.cdf(high, mean) - stats.poisson.cdf(low - 1, mean)
    assert inside == pytest.approx(0.9, abs=0.005)


def test_frequency_and_severity_add_up_to_the_aggregate():
    parts = [
        FullCredibility(**ASKED, variance_ratio=1.5),
        FullCredibility(**ASKED, basis="severity", severity_cv=2.0),
        FullCredibility(**ASKED, basis="aggregate", variance_ratio=1.5, severity_cv=2.0),
    ]
    first, second, both = (one.claims for one in parts)
    assert both == pytest.approx(first + second, rel=1e-12)
    assert second == pytest.approx(4.0 * FullCredibility(**ASKED).claims, rel=1e-12)


def test_laws_give_their_ratios():
    found = FullCredibility.of_laws(
        0.9, 0.05, NegativeBinomial(r=2.0, beta=0.5), Gamma(mean=1e5, cv=2.0)
    )
    assert found.variance_ratio == pytest.approx(1.5, rel=1e-12)
    assert found.severity_cv == pytest.approx(2.0, rel=1e-12)
    assert found.basis == "aggregate"


def test_no_number_of_claims_makes_an_infinite_variance_credible():
    with pytest.raises(Undefined, match="variance"):
        FullCredibility.of_laws(0.9, 0.05, Poisson(rate=1.0), Lomax(shape=1.8, scale=1e5))
    with pytest.raises(Undefined, match="always 0"):
        FullCredibility.of_laws(0.9, 0.05, Tabulated(probabilities=(1.0,)), Gamma(mean=1.0, cv=1.0))


def test_the_square_root_rule():
    full = FullCredibility(**ASKED).claims
    z = [square_root(share * full, full) for share in (0.0, 0.25, 0.81, 1.0, 4.0)]
    assert z == pytest.approx([0.0, 0.5, 0.9, 1.0, 1.0])
    # what experience of that credibility adds fluctuates as full experience does
    n = 0.25 * full
    assert 0.5 * n**-0.5 == pytest.approx(full**-0.5)


def test_stricter_standards_need_more():
    of = [FullCredibility(probability=p, tolerance=0.05).claims for p in (0.5, 0.9, 0.99)]
    assert (np.diff(of) > 0).all()
    half = FullCredibility(probability=0.9, tolerance=0.025).claims
    assert half == pytest.approx(4 * of[1])


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: FullCredibility(probability=1.0, tolerance=0.05), "probability must be in (0, 1)"),
        (lambda: FullCredibility(probability=0.9, tolerance=0.0), "tolerance must be > 0, got 0.0"),
        (lambda: FullCredibility(**ASKED, basis="all"), "basis must be one of frequency, sev"),
        (lambda: FullCredibility(**ASKED, severity_cv=2.0), "severity_cv must be 0 for the freq"),
        (lambda: FullCredibility(**ASKED, basis="severity"), "severity_cv must be > 0, got 0.0"),
        (lambda: FullCredibility(**ASKED, variance_ratio=0.0), "variance_ratio must be > 0"),
        (lambda: FullCredibility(**ASKED).exposure(0.0), "claims_per_exposure must be > 0"),
        (lambda: FullCredibility(**ASKED).credibility(-1), "claims must be >= 0, got -1"),
        (lambda: square_root(10, 0), "full must be > 0, got 0"),
    ],
)
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)
