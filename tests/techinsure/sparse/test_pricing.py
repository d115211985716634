"""Figures of sparse risks against the exact law, plain years, and their own errors."""

import numpy as np
import pytest

from techinsure.distributions import Gamma, Lognormal
from techinsure.errors import InvalidParameter
from techinsure.losses import measures
from techinsure.sparse import Claims, Risk, Source, Uniform, price
from tests.techinsure.sparse.risks import ALONE, SEVERITY, capped, exact, in_order, single

FIGURES = ("mean", "var", "tvar", "probability")


@pytest.mark.parametrize("rate", [0.02, 0.5])
def test_figures_are_those_of_the_exact_law(rate):
    found, known = price(single(rate), capped, seed=1), exact(rate)
    assert abs(found.mean.z_score(known.mean)) <= 4
    assert abs(found.tvar.z_score(known.tvar)) <= 4
    assert abs(found.probability.z_score(known.probability)) <= 4
    assert found.var.value == pytest.approx(known.var, abs=4 * found.var.standard_error + 625)
    sure = {0.02: 1e-4, 0.5: 5e-4}[rate]
    assert found.mean.standard_error < sure * known.mean
    assert found.tvar.standard_error < 5 * sure * known.tvar


def test_intervals_cover_what_they_say():
    """95% intervals of 400 seeds: 93% to 97%, within two errors of a count of 400 (1.1%)."""
    known, risk = exact(0.05), single(0.05)
    covered = dict.fromkeys(("mean", "tvar"), 0)
    for seed in range(400):
        found = price(risk, capped, seed=seed, points=64)
        for name in covered:
            low, high = found.interval(name)
            covered[name] += low <= getattr(known, name) <= high
    for name, n in covered.items():
        assert 0.93 <= n / 400 <= 0.97, (name, n)


def test_the_mean_of_one_claim_in_closed_form_leaves_no_error_of_it():
    risk = single(0.02)
    simulated = price(risk, capped, seed=1, points=256)
    known = price(risk, capped, seed=1, points=256, one_claim=[ALONE])
    assert known.mean.standard_error < 0.5 * simulated.mean.standard_error
    assert abs(known.mean.z_score(exact(0.02).mean)) <= 4
    assert known.strata[1].mean == pytest.approx(ALONE)
    assert known.tvar == simulated.tvar


def test_terms_in_order_of_time_agree_with_plain_years():
    """A shared rate, a factor of one source, waiting, a deductible of the year, two limits."""
    second = Lognormal(mean=5e5, cv=2.0)
    sources = [Source(name="a", sizes=(SEVERITY,)),
               Source(name="b", sizes=(second,), when=Uniform(high=0.5))]  # fmt: skip
    draws = {"rate": Gamma(mean=0.4, cv=0.8), "factor": Gamma(mean=1.0, cv=0.5)}
    risk = Risk.driven(sources, [0.7, 0.3], [["rate"], ["rate", "factor"]], draws)
    found = price(risk, in_order, seed=4, level=0.99)
    random, n = np.random.default_rng(8), 200_000
    rate = random.gamma(0.8**-2, 0.4 * 0.8**2, n)
    rates = np.column_stack([0.7 * rate, 0.3 * rate * random.gamma(4.0, 0.25, n)])
    counts = random.poisson(rates).ravel()
    year, source = np.repeat(np.arange(n).repeat(2), counts), np.repeat(np.tile([0, 1], n), counts)
    uniform, time = random.random(len(year)), random.random(len(year))
    size = np.where(source == 0, SEVERITY.quantile(uniform),
                    second.quantile(uniform))  # fmt: skip
    time = np.where(source == 0, time, time / 2)
    order = np.lexsort((time, year))
    paid = in_order(Claims(n_scenarios=n, scenario=year, source=source[order], time=time[order],
                           sizes=size[order][None]))  # fmt: skip
    plain = (measures.mean(paid), measures.var(paid, 0.99), measures.tvar(paid, 0.99),
             measures.probability_positive(paid))  # fmt: skip
    for name, other in zip(FIGURES, plain, strict=True):
        assert abs(getattr(found, name).z_score(other)) <= 4, name
        assert getattr(found, name).standard_error <= other.standard_error


def test_the_same_arguments_give_the_same_figures_and_other_seeds_others():
    one, again, other = (price(single(0.1), capped, seed=s, points=64) for s in (1, 1, 2))
    assert one == again
    assert one.mean != other.mean


def test_strata_account_for_all_years():
    found = price(single(0.3), capped, seed=1, points=256)
    assert [s.name for s in found.strata] == ["0", "1", "2", "3", "4 or more"]
    assert sum(s.probability for s in found.strata) == pytest.approx(1)
    total = sum(s.probability * s.mean for s in found.strata)
    assert total == pytest.approx(found.mean.value, rel=1e-9)
    assert found.points == sum(s.points for s in found.strata)
    assert found.strata[0].points == 1


def test_a_year_without_claims_may_be_paid():
    """A bonus of 10 where nothing happened: terms see the empty year as well."""

    def bonus(claims):
        return np.where(claims.total(np.ones(len(claims.time))) == 0, 10.0, 0.0)

    risk = single(0.02)
    found = price(risk, bonus, seed=1, points=64)
    none = found.strata[0].probability
    assert found.mean.value == pytest.approx(10 * none)
    assert found.mean.standard_error == 0
    assert found.probability.value == pytest.approx(none)


def test_a_risk_without_claims_is_exact():
    risk = Risk.driven([Source(name="x", sizes=(SEVERITY,))], [0.0], [[]], {})
    found = price(risk, capped, seed=1, one_claim=[5.0])
    assert all(getattr(found, name).exact for name in FIGURES)
    assert found.mean.value == found.tvar.value == 0
    assert found.interval("mean") == (0.0, 0.0)


def test_the_interval_is_students():
    found = price(single(0.1), capped, seed=1, points=64)
    low, high = found.interval("mean")
    assert (high - low) / (2 * found.mean.standard_error) == pytest.approx(2.131449545559)
    low, high = found.interval("mean", 0.5)
    assert (high - low) / (2 * found.mean.standard_error) == pytest.approx(0.691196950)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"points": 32}, r"points must be in \[64, 1048576\], got 32"),
        ({"points": 1 << 19, "scrambles": 64}, r"points must be in \[64, 262144\]"),
        ({"scrambles": 8}, r"scrambles must be in \[16, 1024\], got 8"),
        ({"level": 1.0}, r"level must be in \[0, 1\)"),
        ({"one_claim": [1.0, 2.0]}, "one_claim must hold 1 amounts >= 0, one a source"),
        ({"one_claim": [-1.0]}, "one_claim must hold 1 amounts"),
        ({"terms": lambda claims: claims.size}, r"terms must return the shape \(257,\)"),
        ({"terms": lambda claims: -claims.total(claims.size)},
         r"terms\[1\] must return finite payments >= 0, 256 of 257 are not"),
        ({"terms": lambda claims: claims.total(claims.size) * np.nan}, r"terms\[0\] must return"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(changes, told):
    with pytest.raises(InvalidParameter, match=told):
        price(single(0.1), **{"terms": capped, "seed": 1, **changes})


def test_a_confidence_is_a_level():
    with pytest.raises(InvalidParameter, match=r"confidence must be in \[0, 1\)"):
        price(single(0.1), capped, seed=1, points=64).interval("mean", 95)
