"""Quotes with terms of sites and policies: priced, explained, verified, changed by options."""

import json
from dataclasses import replace

import numpy as np
import pytest

import techinsure as ti
from techinsure import cover, cover_levels
from techinsure.catalogue import Catalogue
from techinsure.errors import InvalidParameter
from techinsure.losses import measures
from techinsure.quotes import PriceRequest
from techinsure.quoting.closed_form import law_of, sampled
from techinsure.quoting.margin import reference_losses
from techinsure.quoting.rating import rate
from techinsure.quoting.verification import verify
from techinsure.reading import read
from techinsure.schedule import with_levels
from techinsure.simulation import simulate
from tests.techinsure.asked import CATALOGUE, CODES, RUN, request
from tests.techinsure.quoting.test_closed_form import known, risk_of
from tests.techinsure.test_standard_levels import with_standard_levels


def amount(value):
    return {"kind": "fixed_amount", "amount": value}


def level(name, by="policy", per="event", causes=(), group="*", **terms):
    return {"name": name, "by": by, "per": per, "causes": list(causes), "terms": {group: terms}}


TERM = level("term", per="term", deductible=amount(1e4), limit=amount(4e5))
LAB = {
    "product": "equipment_loss",
    "exposure": {"risk_class": "lab", "items": [{"value": 4e6, "units": 2}, {"value": 1.5e6}]},
    "simulation": RUN,
    "drivers": False,
}
SITE = level("site", "site", deductible={"kind": "share_of_sum_insured", "share": 0.01})
FIRE = level("fire", causes=["fire"], limit=amount(3e5))


LAB_YEARS = reference_losses(CATALOGUE.product("equipment_loss"), "lab", **RUN)


def price(**more):
    """The quote of the laboratory, in a reference portfolio that is simulated once."""
    return ti.price(LAB | more, reference=LAB_YEARS)


@pytest.fixture(scope="module")
def quote():
    options = [
        {"name": "as asked", "terms": {"deductible": 0.1}},
        {"name": "none", "levels": []},
        {"name": "wider", "levels": [SITE, {**FIRE, "terms": {"*": {"limit": amount(3e6)}}}, TERM]},
    ]
    return price(levels=[SITE, FIRE, TERM], options=options)


@pytest.mark.parametrize("code", CODES)
def test_every_product_is_priced_with_levels_and_cheaper(code):
    """On the same random numbers; no law, and the quote says why."""
    whole = request(code, drivers=False)
    small = {"patent": {"exposure": {"groups": [{"patents": 2, "sum_insured": 2e5}]}}}
    own, reference = whole | small.get(code, {}), None
    if code == "equipment_loss":
        own, reference = LAB, LAB_YEARS
    plain, found = (ti.price(own | more, reference=reference) for more in ({}, {"levels": [TERM]}))
    assert found.engines == ()
    assert found.pure_range is None
    assert any("terms of levels, which are of sums of losses, have no closed form" in warning
               for warning in found.warnings)  # fmt: skip
    assert not found.premium.pure.exact
    assert found.simulated_pure.value <= plain.simulated_pure.value


def test_the_order_and_the_terms_in_force_are_told(quote):
    assert quote.order_of_terms == (
        *cover.ORDER[:-1],
        "level by level: site, fire, term; within each level",
        *cover_levels.ORDER,
        f"after all levels, {cover.ORDER[-1]}",
    )
    assert [(one.level, one.terms) for one in quote.terms_by_level] == [
        ("site", ("deductible 1% of the sum insured",)),
        ("fire", ("limit 300,000",)),
        ("term", ("deductible 10,000", "limit 400,000")),
    ]
    assert "Terms of level fire, each policy, each event, for fire only: limit 300,000." in (
        quote.explain()
    )
    assert "层级 term（每个policy，the whole term）" in quote.explain("zh")


def test_a_quote_without_levels_does_not_speak_of_them():
    found = price()
    assert found.order_of_terms == cover.ORDER
    assert "terms_by_level" not in found.to_dict()
    assert "levels" not in found.to_dict()["request"]
    assert not [name for name in found.receipt.digests if "levels" in name]
    assert found.to_dict()["premium"] == price(levels=[]).to_dict()["premium"]


def test_simulated_figures_are_the_levels_of_the_rows(quote):
    """Ground-up rows by the engine, terms by `evaluate`-like hand: 1% of 9.5m off each event."""
    risk = rate(CATALOGUE.product("equipment_loss"), quote.request).portfolio
    model = {"equipment_loss": CATALOGUE.product("equipment_loss").model}
    item_terms = replace(risk, terms=replace(risk.terms, levels=()))
    table = simulate(item_terms, model, seed=RUN["seed"], n_years=RUN["n_years"])
    total = np.zeros(RUN["n_years"])
    for year in set(table.year.tolist()):
        here = table.year == year
        left, limit = 1e4, 4e5
        for event in dict.fromkeys(table.event[here].tolist()):
            rows = here & (table.event == event)
            fire = table.cause[rows][0] == risk.causes.index("fire")
            loss = max(table.loss[rows].sum() - 0.01 * 9.5e6, 0.0)
            loss = min(loss, 3e5) if fire else loss
            beyond = max(loss - left, 0.0)
            left = max(left - loss, 0.0)
            paid = min(beyond, limit)
            limit -= paid
            total[year] += paid
    assert quote.simulated_pure.value == pytest.approx(total.mean(), rel=1e-12)


def test_options_change_levels(quote):
    same, none, wider = quote.alternatives
    assert same.difference.value == pytest.approx(0, abs=1e-6)
    alone = price(levels=[])
    assert none.charged.value == pytest.approx(alone.premium.charged.value, rel=1e-9)
    assert wider.payout_1_in_200.value >= same.payout_1_in_200.value
    assert none.payout_1_in_200.value > same.payout_1_in_200.value


def test_faults_of_an_option_point_into_it():
    with pytest.raises(InvalidParameter) as caught:
        ti.price(LAB | {"options": [{"name": "x", "levels": [SITE, level("y", "family")]}]})
    assert [fault.pointer for fault in caught.value.faults] == ["/options/0/levels/1/by"]


def test_levels_are_a_driver_of_their_own():
    found = ti.price(request("pilot", levels=[level("event", limit=amount(4e5)), TERM])).drivers
    assert [(part.name, part.level) for part in found.parts][:2] == [
        ("terms", "deductible 0.1, insured_share 0.3"), ("levels", "event, term"),
    ]  # fmt: skip
    total = found.base.value + sum(part.contribution.value for part in found.parts)
    assert total == pytest.approx(found.charged.value, rel=1e-9)
    assert found.parts[1].contribution.value < 0


def test_it_verifies_and_a_changed_level_is_found(quote):
    document = json.loads(json.dumps(quote.to_dict()))
    assert verify(document).reproduced
    document["request"]["levels"][2]["terms"]["*"]["limit"]["amount"] = 5e5
    assert verify(document).differences == (
        "/request/levels/2/terms/*/limit/amount is 500000.0: changed after pricing, or its digest "
        "was",
    )
    del document["request"]["levels"]
    assert all("removed after pricing" in line for line in verify(document).differences)


@pytest.mark.parametrize("code", ["equipment_loss", "patent"])
def test_sampling_by_strata_holds_them(code):
    """Within 4 standard errors of the simulation; claims made of suits are simulated only."""
    levels = {
        "equipment_loss": [SITE, level("fire", causes=["fire"], limit=amount(3e5)), TERM],
        "patent": [level("family", "family", deductible=amount(2e4)), TERM],
    }[code]
    product, risk = risk_of(code)
    asked = read(PriceRequest, {"product": code, "exposure": {}, "levels": levels}).levels
    risk = known(risk)
    risk = replace(risk, terms=replace(risk.terms, levels=asked))
    assert law_of(product.model, risk) is None
    strata = sampled(product.model, risk, seed=3).mean
    table = simulate(risk, {code: product.model}, seed=5, n_years=10_000)
    drawn = measures.mean(table.annual())
    error = np.hypot(strata.standard_error, drawn.standard_error)
    assert abs(strata.value - drawn.value) < 4 * error
    made = level("made", trigger="claims_made")
    made = read(PriceRequest, {"product": code, "exposure": {}, "levels": [made]}).levels
    held = replace(risk, terms=replace(risk.terms, levels=made))
    assert (sampled(product.model, held, seed=3) is None) == (code == "patent")


def test_claims_made_leave_out_suits_reported_after_the_end():
    """Suits are known some time after they are filed; two more years of reporting find more."""
    product, risk = risk_of("patent")
    paid = []
    for terms in ({}, {"trigger": "claims_made", "extended_reporting": 2.0},
                  {"trigger": "claims_made"}):  # fmt: skip
        document = {"product": "patent", "exposure": {}, "levels": [level("made", **terms)]}
        levels = read(PriceRequest, document).levels
        held = replace(risk, terms=replace(risk.terms, levels=levels))
        table = simulate(held, {"patent": product.model}, seed=5, n_years=10_000)
        late = table.reported.astype(float) > 1.0 + terms.get("extended_reporting", np.inf)
        assert not late.any()
        paid.append(table.annual().sum())
    assert paid[0] > paid[1] > paid[2] > 0


# --- From the product


def test_a_product_with_levels_prices_as_a_request_that_says_them(quote):
    product = with_standard_levels()
    shelf = Catalogue(products={"equipment_loss": product})
    document = json.loads(json.dumps(quote.to_dict()))["request"]
    found = ti.price({**LAB}, shelf)
    assert [one.level for one in found.terms_by_level] == ["site excess", "term"]
    own = ti.price(LAB | {"levels": document["levels"]}, shelf)
    assert [one.level for one in own.terms_by_level] == ["site", "fire", "term"]
    assert own.simulated_pure == quote.simulated_pure
    assert ti.price(LAB | {"levels": []}, shelf).terms_by_level == ()


def test_a_loss_of_no_level_is_told_in_the_quote():
    """Named for fire only: breakdowns are paid as the terms of items say, and counted."""
    found = price(levels=[FIRE])
    told = [warning for warning in found.warnings if "match the terms of no level" in warning]
    assert any(line.split(" ", 1)[1].startswith("losses from breakdown in 1,000 years")
               for line in told)  # fmt: skip
    assert not any("fire" in line for line in told)
    assert with_levels(rate(CATALOGUE.product("equipment_loss"), found.request), ()).portfolio


def test_a_clause_that_cuts_nothing_costs_nothing_and_one_that_cuts_is_cheaper():
    without = price().premium.pure
    vacuous = price(levels=[level("wide", limit=amount(1e14))]).premium.pure
    cut = price(levels=[level("narrow", limit=amount(4e5))]).premium.pure
    assert without.exact
    assert vacuous.value == pytest.approx(without.value, rel=1e-12)
    assert vacuous.standard_error == pytest.approx(0.0, abs=1e-6 * without.value)
    assert cut.value < without.value - 4 * cut.standard_error
