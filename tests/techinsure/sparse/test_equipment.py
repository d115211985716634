"""Equipment of a site as a sparse risk against the closed forms and the simulation."""

from dataclasses import replace

import numpy as np
import pytest

from techinsure.errors import Undefined
from techinsure.exact import equipment as exact
from techinsure.losses import measures
from techinsure.models.equipment import CAUSES
from techinsure.sparse import Claims, policy, price
from tests.techinsure.models.equipment_cases import (
    STOPPED,
    STREET,
    annual,
    busy,
    equipment,
    everyone,
    simulated,
    sites,
)

SITE = [
    {"catastrophe_rate": rate, **row, **STOPPED}
    for row, rate in zip([r for r in STREET if r.get("site") == "A"], (0.4, 1.0, 0.7), strict=True)
]
"""Three items: units, exposed to a supply shock, relativities on rates and ratios; stopped."""
FIGURES = ("mean", "var", "tvar", "probability")


def capped(held, limit):
    """The same under one aggregate limit for damage and another for interruption, in order."""
    interruption = np.zeros(len(held.terms.aggregate), dtype=bool)
    rows = held.terms_of[:, CAUSES.index("interruption")]
    interruption[rows[rows >= 0]] = True
    terms = replace(
        held.terms,
        aggregate=interruption.astype(np.int32),
        aggregate_limit=np.where(interruption, 0.5 * limit, limit),
    )
    return replace(held, terms=terms)


def test_figures_are_those_of_the_closed_forms():
    model, held = busy(by=2.0, park=0.3, sector=0.2, shock=0.2), sites(SITE)
    found = price(*policy(model, held, everyone(held)), seed=1, points=256)
    assert abs(found.mean.z_score(exact.mean(model, held, everyone(held)).sum())) <= 4
    chance = exact.claim_probability(model, held, everyone(held))
    assert abs(found.probability.z_score(chance)) <= 4
    assert found.mean.standard_error < 0.01 * found.mean.value


def test_each_peril_has_its_mean():
    """One cause insured at a time, so that no peril hides behind another."""
    model, held = busy(by=2.0, shock=0.3, park=0.2), sites(SITE)
    for cause in range(len(CAUSES)):
        only = np.full_like(held.terms_of, -1)
        only[:, cause] = held.terms_of[:, cause]
        one = replace(held, terms_of=only)
        found = price(*policy(model, one, everyone(one)), seed=3, points=128)
        assert abs(found.mean.z_score(exact.mean(model, one, everyone(one)).sum())) <= 4
        assert found.mean.value > 0


def test_a_catastrophe_hits_the_items_that_are_higher():
    """Relativities 0.4, 1.0 and 0.7: below 0.4 all are hit, above 0.7 the second alone."""
    held = sites([{**row, "daily_cost": 0.0} for row in SITE])
    _, terms = policy(equipment(), held, everyone(held))
    height = np.array([0.1, 0.5, 0.9])
    claims = Claims(
        n_scenarios=3, scenario=np.arange(3), source=np.full(3, 3), time=np.full(3, 0.5),
        sizes=np.array([np.full(3, 0.9999), np.ones(3), height]),
    )  # fmt: skip
    first, second, third = terms(claims)
    sums = held.sum_insured
    hit = [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]
    ratios = np.array([first - second, second - third]) / (np.array(hit) @ sums)
    assert third > 0
    assert (ratios > 0.05).all()
    assert (ratios <= 1).all()


def test_aggregate_limits_by_cause_agree_with_the_simulation():
    model, n = busy(by=6.0, park=0.3, sector=0.2, shock=0.2), 20_000
    held = capped(sites(SITE), 60.0)
    found = price(*policy(model, held, everyone(held)), seed=1, points=512, level=0.95)
    years = annual(simulated(model, held, n), n)
    plain = (measures.mean(years), measures.var(years, 0.95), measures.tvar(years, 0.95),
             measures.probability_positive(years))  # fmt: skip
    for name, other in zip(FIGURES, plain, strict=True):
        assert abs(getattr(found, name).z_score(other)) <= 4, name
    assert found.mean.value < 0.9 * exact.mean(model, sites(SITE), everyone(held)).sum()


def test_items_not_asked_for_share_the_site_but_not_the_payment():
    model, held = busy(by=2.0), sites(SITE)
    some = np.array([1], dtype=np.int32)
    found = price(*policy(model, held, some), seed=1, points=256)
    assert abs(found.mean.z_score(exact.mean(model, held, some).sum())) <= 4


def test_sources_are_perils_and_double_under_a_supply_shock():
    held = sites(SITE)
    calm, _ = policy(equipment(), held, everyone(held))
    assert [source.name for source in calm.sources] == list(CAUSES[:4])
    shaken, _ = policy(equipment(shock=0.25), held, everyone(held))
    names = [source.name for source in shaken.sources]
    assert names[:2] == ["breakdown", "breakdown, supply shock"]
    assert shaken.expected[1] == pytest.approx(shaken.expected[0] / 3)
    assert shaken.expected.sum() == pytest.approx(calm.expected.sum())
    unexposed = sites([{**row, "exposed": False} for row in SITE])
    assert len(policy(equipment(shock=0.25), unexposed, everyone(held))[0].sources) == 4


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([{"site": "A"}, {"site": "B"}], "is one site, these are 2"),
        ([{"site": "A"}, {"site": "A", "inception": 0.5}], "the site has several inceptions"),
        ([{"site": "A"}, {"site": "A", "months": 24}], "the site has several terms"),
        ([{"site": "A", "fire_rate_error": 0.2}], "that on fire_rate has an error"),
    ],
)
def test_what_does_not_fit_is_undefined(rows, why):
    held = sites(rows)
    with pytest.raises(Undefined, match=why):
        policy(equipment(), held, everyone(held))
