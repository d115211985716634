"""What moves a price: contributions sum, and each is what its factor does."""

from dataclasses import replace

import pytest

import techinsure as ti
from techinsure.catalogue import Catalogue
from techinsure.quoting.margin import reference_losses
from tests.techinsure.asked import CATALOGUE, CODES, RUN, project, request

RD = CATALOGUE.product("rd_loss")


@pytest.fixture(scope="module")
def research():
    return reference_losses(RD, "all", seed=RUN["seed"], n_years=RUN["n_years"])


@pytest.mark.parametrize("code", CODES)
def test_contributions_sum_to_price_less_base(code):
    quote = ti.price(request(code))
    found = quote.drivers
    added = sum(part.contribution.value for part in found.parts)
    gap = found.charged.value - found.base.value
    assert added == pytest.approx(gap, rel=1e-9, abs=1e-6)
    assert found.charged.value == pytest.approx(quote.premium.charged.value, rel=1e-12)
    assert found.charged.standard_error == pytest.approx(quote.premium.charged.standard_error)


def test_the_base_is_the_exposure_without_factors(research):
    """Factors whose levels move nothing are no step, and then base and price are one."""
    levels = {"high_tech": "no", "trl": "trl_4_5", "novelty": "moderate",
              "team_record": "no_record", "innovation_points": "q3"}  # fmt: skip
    known = {name: level for name, level in levels.items()
             if not RD.factors[name].levels[level].error
             and set(RD.factors[name].levels[level].on.values()) == {1.0}}  # fmt: skip
    quote = ti.price(project(4e6, factors=levels), reference=research)
    named = {part.name for part in quote.drivers.parts}
    assert known
    assert not named & known.keys()
    assert "stage" in named

    flat = replace(RD, factors={
        name: replace(factor, levels={
            level: replace(one, on=dict.fromkeys(one.on, 1.0), error=0.0)
            for level, one in factor.levels.items()
        })
        for name, factor in RD.factors.items()
    })  # fmt: skip
    plain = ti.price(project(4e6), Catalogue(products={"rd_loss": flat}), reference=research)
    assert plain.drivers.parts == ()
    assert plain.premium.charged.value == pytest.approx(quote.drivers.base.value, rel=1e-12)


def test_a_factor_that_raises_the_odds_adds_and_one_that_lowers_takes_away(research):
    found = {}
    for stage in ("startup", "mature"):
        quote = ti.price({**project(4e6), "insured": {"stage": stage}}, reference=research)
        found[stage] = next(part for part in quote.drivers.parts if part.name == "stage")
    assert found["startup"].contribution.value > 0 > found["mature"].contribution.value
    assert found["mature"].level == "mature"


def test_terms_are_a_step_of_their_own(research):
    whole = project(4e6)
    plain = ti.price(whole, reference=research)
    larger = ti.price({**whole, "terms": {"deductible": 0.2}}, reference=research)
    assert "terms" not in [part.name for part in plain.drivers.parts]
    first = larger.drivers.parts[0]
    assert (first.name, first.level) == ("terms", "deductible 0.2")
    assert first.contribution.value < 0
    assert larger.drivers.base.value == pytest.approx(plain.drivers.base.value, rel=1e-12)


def test_nobody_needs_them():
    quote = ti.price({**project(4e6), "drivers": False})
    assert quote.drivers is None
    assert "drivers = false" in quote.explain()
