"""The law of a year's payments on compound perils, against means, chances and the simulation."""

from dataclasses import replace

import numpy as np
import pytest

from techinsure import exact
from techinsure.errors import Undefined
from techinsure.losses import measures
from tests.techinsure import builders
from tests.techinsure.models.compound_cases import (
    BATHTUB,
    UNCERTAIN,
    annual,
    compound,
    contracts,
    everyone,
    simulated,
)

YEARS = 32_768
CASES = [
    [{"units": 3, "months": 36}],
    [{"units": 2, **UNCERTAIN}],
    [{"units": 2, "quality_ratio": 2.5, "months": 18, "waiting": 0.5}],
    [{"id": "a", "route": "r"}, {"id": "b", "route": "r", "class": "software", "units": 4}],
]


@pytest.mark.parametrize("rows", CASES)
def test_the_law_has_the_mean_the_chance_and_the_tail(rows):
    portfolio = contracts([{"route": "r", **row} for row in rows])
    model = compound(by=3.0, route=0.2, sector=0.0, pattern=BATHTUB)
    items = everyone(portfolio)
    law = exact.annual_law(model, portfolio, items, cells=256)
    assert law.mean == pytest.approx(exact.mean(model, portfolio, items).sum(), rel=2e-5)
    assert law.paid == pytest.approx(exact.claim_probability(model, portfolio, items), abs=1e-5)
    losses = annual(simulated(model, portfolio, YEARS), YEARS)
    assert abs(measures.sd(losses).z_score(law.sd)) <= 4
    assert abs(measures.tvar(losses, 0.99).z_score(law.tvar(0.99))) <= 4


# units of a batch, serial share, mean, sd and TVaR 99.5 in % of the price, error of the last; an
# independent program, 4,000,000 years
INDEPENDENT = [(1, 0.25, 1.0047, 6.205, 64.80, 0.14), (3, 0.25, 1.0232, 4.515, 44.60, 0.17),
               (3, 0.50, 1.0201, 5.070, 53.52, 0.16)]  # fmt: skip


@pytest.mark.parametrize(("units", "serial", "mean", "sd", "tvar", "error"), INDEPENDENT)
def test_batches_of_an_independent_program(units, serial, mean, sd, tvar, error):
    portfolio = contracts([{"units": units}])
    law = exact.annual_law(compound(serial=serial), portfolio, everyone(portfolio))
    assert law.mean == pytest.approx(mean, abs=4 * sd / 2000)
    assert law.sd == pytest.approx(sd, rel=5e-3)
    assert law.tvar(0.995) == pytest.approx(tvar, abs=4 * error)


def test_an_aggregate_limit_cuts_the_law():
    whole = contracts([{"units": 3, "months": 36}])
    n = len(whole.terms)
    terms = replace(whole.terms, aggregate=np.zeros(n, np.int32), aggregate_limit=np.full(n, 40.0))
    portfolio, model = replace(whole, terms=terms), compound(by=3.0, pattern=BATHTUB)
    law = exact.annual_law(model, portfolio, everyone(portfolio), cells=256)
    losses = annual(simulated(model, portfolio, YEARS), YEARS)
    assert losses.max() <= 40.0 + 1e-9
    assert abs(measures.mean(losses).z_score(law.mean)) <= 4
    assert law.quantile(0.999) == pytest.approx(40.0)


def test_liability_without_limit_and_several_items_of_a_batch_have_no_law():
    model = compound()
    one = contracts([{}])
    open_ended = builders.terms(3, sum_insured=np.full(3, np.inf))
    with pytest.raises(Undefined, match="neither a sum insured nor a limit"):
        exact.annual_law(model, replace(one, terms=open_ended), everyone(one))
    two = contracts([{"batch": "B"}, {"batch": "B"}])
    with pytest.raises(Undefined, match="several items of one batch"):
        exact.annual_law(model, two, everyone(two))


def test_nothing_covered_pays_nothing():
    portfolio = contracts([{}])
    bare = replace(portfolio, terms_of=np.full((1, 3), -1, np.int32))
    law = exact.annual_law(compound(), bare, everyone(bare))
    assert (law.mean, law.paid) == (0.0, 0.0)
