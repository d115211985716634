"""Two engines on one policy: what is compared, how far apart they are, and when a quote warns."""

from dataclasses import replace

import numpy as np
import pytest

import techinsure as ti
from techinsure.exact.annual import AnnualLaw
from techinsure.losses import measures
from techinsure.quantities import Estimate, exactly
from techinsure.quoting import priced as quoting
from techinsure.quoting.engines import FEWEST_BEYOND, agreements
from techinsure.quoting.margin import reference_losses
from tests.techinsure import builders
from tests.techinsure.asked import CATALOGUE, RUN, project

LAW = AnnualLaw(amounts=np.array([0.0, 100.0, 300.0]), chance=np.array([0.9, 0.08, 0.02]), paid=0.1)
PURE = exactly(14.0, "CNY")


def years(paid, n_years, loss=100.0):
    """A table of `n_years`, the first `paid` of them with a payment."""
    return builders.table([(year, loss + year) for year in range(paid)], n_years=n_years)


def compared(table, law=LAW, pure=PURE):
    return {one.name: one for one in agreements(law, pure, table, "CNY")}


def test_z_scores_by_hand():
    table = years(120, 1000)
    annual, found = table.annual(), compared(table)
    assert list(found) == ["mean", "claim_probability", "var_995", "tvar_995"]
    error = annual.std(ddof=1) / 1000**0.5
    assert found["mean"].z_score == pytest.approx((annual.mean() - 14) / error)
    assert found["mean"].exact == PURE
    chance = found["claim_probability"]
    assert chance.exact.value == 0.1
    assert chance.simulated.value == 0.12
    assert chance.z_score == pytest.approx(0.02 / (0.12 * 0.88 / 1000) ** 0.5, rel=0.01)
    for name, measure in (("var_995", measures.var), ("tvar_995", measures.tvar)):
        simulated = measure(annual, 0.995, unit="CNY")
        one = found[name]
        assert (one.exact.value, one.simulated) == (300.0, simulated)
        assert one.z_score == pytest.approx((simulated.value - 300) / simulated.standard_error)


def test_what_the_lattice_misses_counts_as_error():
    coarser = replace(LAW, amounts=np.array([0.0, 100.0, 400.0]))
    found = compared(years(120, 1000), replace(LAW, coarser=coarser))["tvar_995"]
    apart = found.simulated.value - found.exact.value
    assert found.exact.error_bound == pytest.approx(100.0)
    both = np.hypot(found.simulated.standard_error, 100.0)
    assert found.z_score == pytest.approx(apart / both)


@pytest.mark.parametrize(
    ("paid", "n_years", "names"),
    [
        (0, 1000, []),
        (1, 1000, ["mean"]),
        (FEWEST_BEYOND - 1, 1000, ["mean"]),
        (FEWEST_BEYOND, 1000, ["mean", "claim_probability"]),
        (FEWEST_BEYOND + 1, 1000, ["mean", "claim_probability", "var_995", "tvar_995"]),
        (50, 10_000, ["mean", "claim_probability"]),
        (51, 10_000, ["mean", "claim_probability", "var_995", "tvar_995"]),
    ],
)
def test_few_years_with_a_payment_are_compared_in_little(paid, n_years, names):
    assert list(compared(years(paid, n_years))) == names


def test_what_only_one_engine_knows_is_not_compared():
    table = years(120, 1000)
    simulated = Estimate(value=14.0, standard_error=1.0, unit="CNY")
    assert list(compared(table, pure=simulated)) == ["claim_probability", "var_995", "tvar_995"]
    assert list(compared(table, law=None)) == ["mean"]
    assert list(compared(table, law=None, pure=simulated)) == []


# --- In a quote


@pytest.fixture(scope="module")
def research():
    return reference_losses(CATALOGUE.product("rd_loss"), "all", **RUN)


def quote(research, **changes):
    return ti.price({**project(4e6), "drivers": False, **changes}, reference=research)


def test_engines_that_agree_say_nothing(research):
    found = quote(research)
    assert [one.name for one in found.engines] == [*quoting.FIGURES]
    assert all(abs(one.z_score) <= quoting.MOST_APART for one in found.engines)
    assert not any("simulated" in warning for warning in found.warnings)
    assert found.z_score == found.engines[0].z_score


def test_a_law_that_is_wrong_is_told(research, monkeypatch):
    law_of = quoting.law_of

    def doubtful(*given):
        return replace(law_of(*given), paid=0.9)

    monkeypatch.setattr(quoting, "law_of", doubtful)
    found = quote(research)
    told = next(one for one in found.engines if one.name == "claim_probability")
    assert told.z_score < -4
    assert [line for line in found.warnings if "differ" in line] == [
        "the exact and the simulated probability of a claim differ by "
        f"{told.z_score:.1f} standard errors: 1,000 years may hold too few of its rare large losses"
    ]
    assert found.claim_probability.value == 0.9


def test_a_mean_that_is_wrong_is_told(research, monkeypatch):
    """Twice as exact a mean is no more right."""
    risk_costs = quoting.risk_costs

    def doubled(*given):
        costs = risk_costs(*given)
        return {**costs, "plug_in_pure": costs["plug_in_pure"].scaled(2.0)}

    monkeypatch.setattr(quoting, "risk_costs", doubled)
    found = quote(research)
    assert found.z_score < -4
    assert any("simulated pure premium differ by" in line for line in found.warnings)
