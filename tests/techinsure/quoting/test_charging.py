"""What a risk costs, step by step: by hand, against closed forms, and over repeated seeds."""

from dataclasses import replace

import numpy as np
import pytest

import techinsure as ti
from techinsure import exact
from techinsure.catalogue import Catalogue
from techinsure.errors import Refused, Undefined
from techinsure.losses.paired import Paired, paired_mean
from techinsure.pricing.model_risk import worst_case
from techinsure.pricing.waterfall import RISK_STEPS
from techinsure.product import Band, Charge, ModelRisk, Tariff
from techinsure.quotes import PriceRequest
from techinsure.quoting import charging, closed_form, margin
from techinsure.quoting.charging import (
    charge,
    charged,
    claim_probability,
    expected_claims,
    flags,
    premium_of,
    risk_costs,
    total,
)
from techinsure.quoting.margin import WORLDS, Share, as_known, drawing, reference_losses, share
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.simulation import Simulation, simulate
from tests.techinsure import builders
from tests.techinsure.asked import CATALOGUE, RUN, project, request
from tests.techinsure.losses.annual_values import worst_mean

SAID = {"grade": "D", "source": "test", "as_of": "2026-11-24"}
FEW = {"risk_class": ("chip", "general"), "route": ("r1", "r2"), "sum_insured": (1e6, 4e6)}


def small(code="rd_loss", **tariff):
    """A shipped product with 8 items in its reference and only this tariff."""
    product = CATALOGUE.product(code)
    reference = replace(product.reference("all"), copies=1, grid=FEW)
    return replace(product, references={"all": reference}, tariff=Tariff(**tariff))


def amount(value):
    return Charge(amount=value, pays_for="something", **SAID)


def wrong_by(entropy, part=0.5):
    return ModelRisk(entropy=entropy, share=part, pays_for="doubt", **SAID)


RD = small()
EVERYTHING = {"fixed_expense": amount(700.0), "model_risk": wrong_by(0.02)}
YEARS = Simulation(n_years=RUN["n_years"], seed=RUN["seed"])


def risk_of(whole, product=RD):
    return rate(product, read(PriceRequest, whole)).portfolio


def losses(risk, product=RD, run=YEARS):
    return simulate(risk, {product.code: product.model}, seed=run.seed, n_years=run.n_years)


def costs_of(product, risk, run=YEARS):
    around = reference_losses(product, "chip", seed=run.seed, n_years=run.n_years)
    found, law = share(product, risk, around), closed_form.law_of(product.model, risk)
    return risk_costs(product, risk, losses(risk, product, run), run, found, law)


@pytest.fixture(scope="module")
def around():
    return reference_losses(RD, "chip", **RUN)


@pytest.fixture(scope="module")
def risk():
    return risk_of(project(4e6, risk_class="chip", route="r1", supply_exposed=True))


# --- The steps, by hand


def test_each_step_by_hand(around, risk):
    costs = costs_of(RD, risk)
    one, price = np.zeros(1, dtype=np.int32), RD.capital.rate
    capital = {}
    for world in WORLDS:
        model, drawn = drawing(RD, world)
        own = margin._copies(RD, risk, around, world)
        tail = worst_mean(own, own + around.worlds[world], RD.capital.level)
        mean = exact.mean(model, as_known(risk, world), one, drawn)[0]
        capital[world] = tail - mean
    fixed = exact.mean(RD.model, as_known(risk, "plug_in"), one, "fixed")[0]
    by_hand = {
        "plug_in_pure": fixed,
        "parameter_mean": exact.mean(RD.model, risk, one)[0] - fixed,
        "process_capital": price * capital["plug_in"],
        "parameter_capital": price * (capital["predictive"] - capital["plug_in"]),
        "dependence": price * (capital["dependent"] - capital["predictive"]),
        "model_risk": 0.0,
        "reinsurance_cost": 0.0,
    }
    assert tuple(costs) == RISK_STEPS
    for name, value in by_hand.items():
        assert costs[name].value == pytest.approx(value, rel=1e-9, abs=1e-6), name


def test_a_known_parameter_moves_nothing():
    """Every prior a point and every relativity certain: two worlds are one, bit for bit."""
    sure = {name: replace(factor, levels={
        level: replace(one, error=0.0) for level, one in factor.levels.items()
    }) for name, factor in RD.factors.items()}  # fmt: skip
    model = closed_form.at_best_estimates(RD.model)
    known = replace(RD, factors=sure, model=model)
    costs = costs_of(known, risk_of(project(4e6, risk_class="chip"), known))
    assert costs["parameter_mean"].value == pytest.approx(0, abs=1e-8)
    assert abs(costs["parameter_capital"].value) <= 1e-9 * costs["process_capital"].value
    assert costs["process_capital"].value > 0


def test_what_drawing_the_parameters_does_to_the_mean(risk):
    """A project fails once, so its mean is concave in the odds; a claim rate counts linearly."""
    several = costs_of(RD, risk)["parameter_mean"]
    assert several.value < 0
    assert several.estimate().exact
    product = CATALOGUE.product("first_set")
    asked = read(PriceRequest, request("first_set"))
    contract = rate(product, asked).portfolio
    drawn, fixed = (
        expected_claims(product, of, YEARS, how)
        for of, how in ((contract, "class"), (as_known(contract, "plug_in"), "fixed"))
    )
    assert drawn.value == pytest.approx(fixed.value, rel=1e-9)
    assert drawn.estimate().exact


def test_reinsurance_is_passed_on(around, risk):
    found = share(RD, risk, around)
    brought = replace(found, reinsurance=Paired(value=12.5, apart=2.0))
    costs = risk_costs(RD, risk, losses(risk), YEARS, brought, None)
    assert costs["reinsurance_cost"].estimate("CNY").value == 12.5
    whole, without = (total(one, RISK_STEPS) for one in (costs, {
        **costs, "reinsurance_cost": Paired(value=0.0)
    }))  # fmt: skip
    assert (whole - without).value == pytest.approx(12.5)
    assert whole.apart == 2.0


# --- Model risk


def test_model_risk_is_a_share_of_the_rise_of_the_worst_case(risk):
    table = losses(risk)
    found = worst_case(table.annual(), 0.02)
    step = charging.model_risk(small(model_risk=wrong_by(0.02, 0.5)), table)
    assert step.value == pytest.approx(0.5 * (found.mean.value - found.modelled.value), rel=1e-12)
    assert step.value > 0
    assert charging.model_risk(RD, table).estimate().exact
    wider = charging.model_risk(small(model_risk=wrong_by(0.05, 0.5)), table)
    assert wider.value > step.value


def test_its_error_is_what_leaving_years_out_says(risk):
    """Jackknife in 50 groups of 20 years."""
    product, table = small(model_risk=wrong_by(0.02)), losses(risk)
    annual = table.annual()
    kept = [np.delete(annual, np.s_[k * 20 : (k + 1) * 20]) for k in range(50)]
    rises = []
    for years in kept:
        found = worst_case(years, 0.02)
        rises.append(0.5 * (found.mean.value - found.modelled.value))
    spread = np.sqrt(49 / 50 * ((rises - np.mean(rises)) ** 2).sum())
    said = charging.model_risk(product, table).estimate().standard_error
    assert said == pytest.approx(spread, rel=0.25)


def test_where_the_worst_law_is_the_worst_year_only_the_mean_has_an_error():
    table = builders.table([(year, 10.0 * year) for year in range(1, 100)], n_years=100)
    step = charging.model_risk(small(model_risk=wrong_by(20.0, 0.5)), table)
    annual = table.annual()
    assert step.value == pytest.approx(0.5 * (990.0 - annual.mean()))
    said = step.estimate()
    assert not said.exact
    assert said.standard_error == pytest.approx(0.5 * annual.std(ddof=1) / 10)


# --- What is charged


def test_a_premium_by_hand():
    product = small(fixed_expense=amount(50.0), minimum_premium=amount(100.0))
    rates = sum(loading.rate for loading in product.loadings.values())
    years = np.array([90.0, 110.0, 80.0, 120.0])
    found = charge(product, paired_mean(years))
    assert found.value == pytest.approx((100 + 50) / (1 - rates))
    error = years.std(ddof=1) / 2 / (1 - rates)
    assert found.estimate().standard_error == pytest.approx(error)
    least = charge(replace(product, tariff=Tariff(minimum_premium=amount(1e3))), paired_mean(years))
    assert (least.value, least.estimate().exact) == (1000.0, True)


def test_no_premium_is_below_zero(risk):
    """Not even where a minimum would hide it."""
    costs = {**costs_of(RD, risk), "reinsurance_cost": Paired(value=-1e7)}
    for product in (RD, small(minimum_premium=amount(100.0))):
        with pytest.raises(Refused, match="no premium below 0 is defined"):
            charged(product, costs)
        with pytest.raises(Refused, match=r"sum to -1.00 CNY"):
            charge(product, Paired(value=-1.0))


@pytest.mark.parametrize("least", [0.0, 1e3, 1e7])
def test_the_lines_sum_and_are_what_is_charged_without_them(around, risk, least):
    """The waterfall and the short way to the price are one figure, error included."""
    product = small(**EVERYTHING, minimum_premium=amount(least))
    costs = costs_of(product, risk)
    premium = charged(product, costs)
    steps = premium.waterfall.steps
    parts = sum(step.amount.value for step in steps)
    assert parts == pytest.approx(premium.charged.value, rel=1e-9)
    assert parts >= least
    pure, short = premium_of(product, risk, YEARS, around)
    for one, other in ((short.estimate(), premium.charged), (pure.estimate(), premium.pure)):
        assert one.value == pytest.approx(other.value, rel=1e-12)
        assert one.exact == other.exact
        assert one.standard_error == (
            None if other.exact else pytest.approx(other.standard_error, rel=1e-9)
        )
    with_table = premium_of(product, risk, YEARS, around, losses(risk))[1]
    assert with_table.value == short.value


def test_every_step_says_what_it_pays_for(risk):
    costs = costs_of(RD, risk)
    plain = {step.name: step.pays_for for step in charged(RD, costs).waterfall.steps}
    assert plain["model_risk"] == "nothing: the product sets no charge for model risk"
    assert plain["reinsurance_cost"].startswith("nothing: no pool")
    assert plain["fixed_expense"].startswith("nothing")
    assert plain["minimum_premium"].startswith("nothing")
    full = small(**EVERYTHING, minimum_premium=amount(1.0))
    told = charged(full, costs_of(full, risk), "pool_after_reinsurance").waterfall.steps
    by_name = {step.name: step.pays_for for step in told}
    assert by_name["model_risk"] == "doubt"
    assert by_name["fixed_expense"] == by_name["minimum_premium"] == "something"
    assert by_name["reinsurance_cost"] == charging.PAYS_FOR["reinsurance_cost"]
    assert all(by_name.values())


def test_vat_and_the_loss_ratio_stand_outside_the_price(risk):
    product = replace(RD, tariff=CATALOGUE.product("rd_loss").tariff)
    costs = costs_of(product, risk)
    premium, plain = charged(product, costs), charged(RD, costs)
    assert premium.charged == plain.charged
    assert premium.vat.value == pytest.approx(product.tariff.vat.rate * premium.charged.value)
    assert plain.vat.value == 0
    ratio = premium.pure.value / premium.charged.value
    assert premium.loss_ratio.value == pytest.approx(ratio)
    relative = premium.charged.standard_error / premium.charged.value
    assert premium.loss_ratio.standard_error == pytest.approx(ratio * relative)


def test_flags_name_the_ratio_and_the_minimum(risk):
    band = Band(low=0.98, high=0.99, grade="D", source="test", as_of="2026-11-24")
    product = small(loss_ratio=band, minimum_premium=amount(1e6))
    told = [*flags(product, charged(product, costs_of(product, risk)))]
    assert told[0].startswith("expected claims are ")
    assert "98.0% to 99.0%" in told[0]
    assert told[1].startswith("the minimum premium of 1,000,000.00 applies: it adds ")
    assert [*flags(RD, charged(RD, costs_of(RD, risk)))] == []


# --- The tariff reaches options and drivers too

HALF = {"name": "half", "terms": {"deductible": 0.05}}


def quoted(**tariff):
    catalogue = Catalogue(products={"rd_loss": small(**tariff)})
    return ti.price({**project(4e6), "options": [HALF]}, catalogue)


@pytest.fixture(scope="module")
def plain():
    return quoted()


def test_a_fixed_expense_raises_every_price_alike(plain):
    found, more = quoted(fixed_expense=amount(695.0)), 695.0 / 0.695
    assert found.premium.charged.value - plain.premium.charged.value == pytest.approx(more)
    assert found.drivers.base.value - plain.drivers.base.value == pytest.approx(more)
    for new, old in zip(found.drivers.parts, plain.drivers.parts, strict=True):
        assert new.contribution.value == pytest.approx(old.contribution.value, abs=1e-6)
    new, old = found.alternatives[0], plain.alternatives[0]
    assert new.charged.value - old.charged.value == pytest.approx(more)
    assert new.difference.value == pytest.approx(old.difference.value, abs=1e-6)


def test_a_minimum_levels_prices(plain):
    """Between the two prices it raises the lower one; above both nothing moves anything."""
    lower, higher = plain.premium.charged.value, plain.alternatives[0].charged.value
    between = (lower + higher) / 2
    found = quoted(minimum_premium=amount(between))
    assert (found.premium.charged.value, found.premium.charged.exact) == (between, True)
    assert found.alternatives[0].difference.value == pytest.approx(higher - between)
    top = quoted(minimum_premium=amount(2 * higher))
    assert top.alternatives[0].difference.value == 0
    assert top.alternatives[0].difference.exact
    assert top.drivers.base.value == top.drivers.charged.value == 2 * higher
    assert {part.contribution.value for part in top.drivers.parts} == {0.0}


def test_model_risk_reaches_options_and_drivers():
    found = quoted(model_risk=wrong_by(0.05))
    gap = found.drivers.charged.value - found.drivers.base.value
    added = sum(part.contribution.value for part in found.drivers.parts)
    assert added == pytest.approx(gap, rel=1e-9)
    catalogue = Catalogue(products={"rd_loss": small(model_risk=wrong_by(0.05))})
    alone = ti.price({**project(4e6), "terms": HALF["terms"], "drivers": False}, catalogue)
    assert found.alternatives[0].charged.value == pytest.approx(alone.premium.charged.value)
    assert alone.premium.waterfall.step("model_risk").value > 0


# --- The error of each step


def test_the_errors_of_the_steps_are_about_right():
    """Over 16 seeds the spread of each step is what its error says, within a half or so."""
    product = small(model_risk=wrong_by(0.05))
    product = replace(product, capital=replace(product.capital, level=0.95))
    held, found = risk_of(project(4e6, risk_class="chip", route="r1"), product), []
    for seed in range(16):
        premium = charged(product, costs_of(product, held, Simulation(n_years=1000, seed=seed)))
        figures = {step.name: step.amount for step in premium.waterfall.steps[:6]}
        found.append({**figures, "charged": premium.charged})
    for name in ("process_capital", "parameter_capital", "dependence", "model_risk", "charged"):
        spread = np.std([one[name].value for one in found], ddof=1)
        said = np.sqrt(np.mean([one[name].standard_error ** 2 for one in found]))
        assert 0.6 < spread / said < 1.6, name


# --- Expected claims: which way


PATENTS = {"patents": 40, "sum_insured": 200_000, "factors": {"province": "other"}}


def limited(limit):
    terms = {} if limit is None else {"aggregate_limit": limit}
    whole = {"product": "patent", "exposure": {"groups": [PATENTS]}, "terms": terms}
    return risk_of(whole, CATALOGUE.product("patent"))


def without(monkeypatch, *ways):
    """Switch ways to expected claims off: `law`, `strata`."""
    if "law" in ways:
        monkeypatch.setattr(closed_form, "law_of", lambda *_: None)
    if "strata" in ways:
        monkeypatch.setattr(charging, "sampled", lambda *_: None)


def test_four_ways_to_one_figure(monkeypatch):
    """Law, strata, control variate and plain simulation of a limit that bites."""
    product, held, run = CATALOGUE.product("patent"), limited(60_000.0), YEARS
    law = expected_claims(product, held, run, "class").estimate()
    without(monkeypatch, "law")
    strata = expected_claims(product, held, run, "class").estimate()
    without(monkeypatch, "strata")
    control = expected_claims(product, held, run, "class").estimate()

    def never(*_):
        raise Undefined("no closed form")

    monkeypatch.setattr(charging, "expected", never)
    plain = expected_claims(product, held, run, "class").estimate()
    assert law.exact
    assert plain.value == losses(held, product).annual().mean()
    for one in (strata, control, plain):
        assert abs(one.value - law.value) < 4 * one.standard_error
    assert 0 < strata.standard_error < plain.standard_error
    assert control.standard_error < plain.standard_error


def test_a_limit_that_cuts_nothing_costs_nothing(monkeypatch):
    product = CATALOGUE.product("patent")
    free = expected_claims(product, limited(None), YEARS, "class")
    without(monkeypatch, "law", "strata")
    found = expected_claims(product, limited(1e9), YEARS, "class").estimate()
    assert free.estimate().exact
    assert found.value == pytest.approx(free.value, rel=1e-12)
    assert found.standard_error == pytest.approx(0, abs=1e-9 * free.value)


def test_known_losses_are_not_simulated_again(monkeypatch, risk):
    waiting = replace(risk, terms=replace(risk.terms, waiting=np.full(len(risk.terms), 0.25)))
    table = losses(waiting)
    monkeypatch.setattr(charging, "simulate", None)
    found = expected_claims(RD, waiting, YEARS, "class", table)
    assert found.value == table.annual().mean()
    assert not found.estimate().exact


def test_the_chance_of_a_claim(risk):
    law = closed_form.law_of(RD.model, risk)
    table = losses(risk)
    by_law, by_form = (claim_probability(RD, risk, table, one) for one in (law, None))
    assert by_law.exact
    assert by_form.exact
    assert by_law.value == pytest.approx(by_form.value, rel=1e-6)
    waiting = replace(risk, terms=replace(risk.terms, waiting=np.full(len(risk.terms), 0.25)))
    late = losses(waiting)
    seen = claim_probability(RD, waiting, late)
    assert seen.value == (late.annual() > 0).mean()
    assert not seen.exact


def test_nothing_at_stake_costs_nothing(around, risk):
    free = replace(risk, terms=replace(risk.terms, insured_share=np.ones(len(risk.terms))))
    premium = charged(small(**EVERYTHING), costs_of(small(**EVERYTHING), free))
    assert premium.pure.value == 0
    assert premium.charged.value == pytest.approx(700 / 0.695)
    nothing = charged(RD, costs_of(RD, free))
    assert (nothing.charged.value, nothing.loss_ratio.value) == (0.0, 0.0)


def test_the_margin_is_of_the_worlds_it_is_asked_for(around, risk):
    one = share(RD, risk, around, ("dependent",))
    assert isinstance(one, Share)
    assert one.tails.keys() == {"dependent"}
    every = share(RD, risk, around)
    assert one.capital("dependent").value == every.capital("dependent").value


def test_a_negative_premium_says_in_how_many_years():
    """True without a pool, where too few years made the margin negative, and in one."""
    few = Paired(value=-2.0, influence=np.zeros(1_500))
    with pytest.raises(Refused, match=r"sum to -2\.00 CNY in 1,500 simulated years.*simulate more"):
        charge(RD, few)
    with pytest.raises(Refused) as exactly:
        charge(RD, Paired(value=-2.0))
    assert "years" not in str(exactly.value)
    assert "pool" not in str(exactly.value)


def test_a_negative_premium_is_told_in_chinese():
    from techinsure_api import words

    for costs in (Paired(value=-2.0), Paired(value=-2.0, influence=np.zeros(1_500))):
        with pytest.raises(Refused) as refused:
            charge(RD, costs)
        with words.speaking("zh"):
            assert "不存在低于 0 的保费" in words.retell(str(refused.value))
