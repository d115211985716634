"""A price: its identities, the published numbers it rests on, and what is refused."""

import json
import math
from collections import UserDict
from dataclasses import replace

import numpy as np
import pytest

import techinsure as ti
from techinsure import exact
from techinsure.catalogue import Catalogue
from techinsure.errors import InvalidParameter, NotFound
from techinsure.models.factors import Cohorts
from techinsure.quotes import PriceRequest
from techinsure.quoting import charging, closed_form
from techinsure.quoting import priced as quoting
from techinsure.quoting.margin import WORLDS, reference_losses
from techinsure.quoting.priced import leaf_digest, leaves
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.schedule import schedule
from techinsure.simulation import DEFAULT_SEED, DEFAULT_YEARS
from tests.techinsure.asked import CATALOGUE, CODES, RUN, project, request

RD = CATALOGUE.product("rd_loss")
LINES = [
    "plug_in_pure", "parameter_mean", "process_capital", "parameter_capital", "dependence",
    "model_risk", "reinsurance_cost", "fixed_expense", "claims_handling", "administration",
    "commission", "pool_fee", "levies", "profit", "minimum_premium",
]  # fmt: skip


@pytest.fixture(scope="module")
def research():
    """The reference of every R&D quote here: simulated once."""
    return reference_losses(RD, "all", seed=RUN["seed"], n_years=RUN["n_years"])


@pytest.fixture(scope="module")
def price(research):
    def priced(whole):
        return ti.price(whole, reference=research if whole["product"] == "rd_loss" else None)

    return priced


@pytest.fixture(scope="module")
def quotes():
    return {code: ti.price(request(code)) for code in CODES}


@pytest.fixture(params=CODES)
def quote(quotes, request):
    return quotes[request.param]


def refused(whole):
    with pytest.raises(InvalidParameter) as caught:
        ti.price(whole)
    return {fault.pointer: str(fault) for fault in caught.value.faults}


# --- Reference


BASE = {  # pure rate named, technical; P(claim) named, technical; percent of the sum insured
    "general": (1.25, 3.13, 5.6, 20), "software": (0.66, 1.69, 2.8, 10),
    "chip": (1.75, 4.45, 6.4, 24), "material": (1.58, 3.88, 6.6, 24),
    "biopharma": (2.85, 7.10, 13, 47),
}  # fmt: skip


@pytest.mark.parametrize("name", BASE)
def test_rates_of_research_at_the_base(name):
    """Simulated by another program, standard errors up to 0.017 points; chances rounded to two
    figures."""
    for form, rate_there, chance_there in zip(
        ("named_cause", "technical_failure"), BASE[name][:2], BASE[name][2:], strict=True
    ):
        columns = {"sum_insured": [2e6], "risk_class": [name], "form": [form]}
        held, item = schedule(RD, columns, "base").portfolio, np.zeros(1, np.int32)
        found = 100 * exact.mean(RD.model, held, item)[0] / 2e6
        assert found == pytest.approx(rate_there, abs=0.005 + 2 * 0.017)
        chance = 100 * exact.claim_probability(RD.model, held, item)
        assert chance == pytest.approx(chance_there, abs=0.5 if chance_there >= 10 else 0.06)


def test_a_quote_at_the_base_has_that_rate(research):
    """The same through `price`, with unknown levels that have no error."""
    sure = {
        name: replace(f, levels={k: replace(v, error=0.0) for k, v in f.levels.items()})
        for name, f in RD.factors.items()
    }
    whole = project(2e6, stage="unknown", terms={"form": "named_cause"}, risk_class="chip")
    catalogue = Catalogue(products={"rd_loss": replace(RD, factors=sure)})
    quote = ti.price(whole, catalogue, research)
    assert 100 * quote.premium.pure.value / 2e6 == pytest.approx(1.75, abs=0.005 + 2 * 0.017)
    assert quote.premium.pure.exact


# --- Identities, for the example of each product


def test_the_premium_is_what_its_lines_say(quote):
    premium, margin = quote.premium, quote.margin
    pure, charged = premium.pure.value, premium.charged.value
    loaded = 1 - sum(loading.rate for loading in CATALOGUE.product(quote.product).loadings.values())
    assert premium.risk_margin.value == pytest.approx(0.08 * (margin.tail.value - pure), rel=1e-9)
    assert charged == pytest.approx((pure + premium.risk_margin.value) / loaded, rel=1e-12)
    steps = premium.waterfall.steps
    assert sum(step.amount.value for step in steps) == pytest.approx(charged, rel=1e-9)
    assert [step.name for step in steps] == LINES
    for name, amount in premium.loadings.items():
        rate_there = CATALOGUE.product(quote.product).loadings[name].rate
        assert amount.value == pytest.approx(rate_there * charged, rel=1e-12)
    assert quote.rate.value == pytest.approx(charged / quote.sum_insured, rel=1e-12)
    assert quote.rate.unit == "of sum insured"
    alone = margin.stand_alone_tvar.value - pure
    assert margin.stand_alone_capital.value == pytest.approx(alone, rel=1e-12)


def test_the_steps_are_capital_in_three_worlds(quote):
    """What is not known and what strikes together are differences of capital, priced alike."""
    step, capital = quote.premium.waterfall.step, quote.margin.capital
    known, drawn, whole = (capital[world].value for world in WORLDS)
    parts = {"process_capital": known, "parameter_capital": drawn - known,
             "dependence": whole - drawn}  # fmt: skip
    for name, value in parts.items():
        assert step(name).value == pytest.approx(0.08 * value, rel=1e-6)
        assert step(name).standard_error > 0
    sparse = step("parameter_mean").value + step("parameter_capital").value
    assert quote.premium.sparse_data.value == pytest.approx(sparse)
    pure = step("plug_in_pure").value + step("parameter_mean").value
    assert quote.premium.pure.value == pytest.approx(pure)
    assert quote.premium.vat.value == pytest.approx(0.06 * quote.premium.charged.value)


def test_errors_are_carried_through(quote):
    """A simulated pure premium moves with the tail of the same years, so errors do not add up."""
    premium, tail, pure = quote.premium, quote.margin.tail, quote.premium.pure
    margin = 0.08 * math.hypot(tail.standard_error, pure.standard_error or 0.0)
    assert premium.risk_margin.standard_error == pytest.approx(margin, rel=1e-3)
    charged = premium.charged.standard_error
    assert charged == pytest.approx(math.hypot(margin, pure.standard_error or 0.0) / 0.695, 1e-3)
    assert quote.rate.standard_error == pytest.approx(charged / quote.sum_insured)


def test_the_two_engines_agree(quotes):
    for code in ("rd_loss", "equipment_loss"):
        quote = quotes[code]
        assert quote.premium.pure.exact
        z = (quote.simulated_pure.value - quote.premium.pure.value) / (
            quote.simulated_pure.standard_error
        )
        assert quote.z_score == z
        assert abs(z) < 4
        assert quote.warnings == ()


def test_an_aggregate_limit_has_a_law_and_cuts_what_it_says(quotes):
    """The example of patents has one."""
    quote = quotes["patent"]
    assert quote.premium.pure.exact
    assert quote.warnings == ()
    assert quote.payout_1_in_200.value <= quote.terms["aggregate_limit"] == 2e6
    assert quote.margin.basis == "euler_share"


@pytest.mark.parametrize("limit", [40_000.0, 200_000.0, 1e9])
def test_a_limit_cuts_the_exact_mean_by_what_the_simulation_loses_to_it(limit):
    run = {"n_years": 20_000, "seed": 3}
    group = {"patents": 40, "sum_insured": 200_000, "factors": {"province": "other"}}
    whole = {"product": "patent", "exposure": {"groups": [group]}, "simulation": run,
             "drivers": False}  # fmt: skip
    free = ti.price(whole).premium.pure
    quote = ti.price({**whole, "terms": {"aggregate_limit": limit}})
    limited = quote.premium.pure
    assert free.exact
    assert all(abs(one.z_score) < 4 for one in quote.engines)
    if limit == 1e9:  # too far for a lattice; it cannot bite, so it costs nothing
        assert limited.value == pytest.approx(free.value, rel=1e-6)
        assert limited.standard_error == pytest.approx(0, abs=1e-6)
    else:
        assert limited.exact
        assert limited.value < 0.98 * free.value


def test_what_is_simulated_says_so(price):
    """The law is withheld, and so are strata: what is left is the control variate."""
    group = {"patents": 40, "sum_insured": 200_000, "factors": {"province": "other"}}
    whole = {"product": "patent", "exposure": {"groups": [group]}, "simulation": RUN,
             "terms": {"aggregate_limit": 4e4}, "drivers": False}  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closed_form, "law_of", lambda *_: None)
        patch.setattr(quoting, "law_of", lambda *_: None)
        patch.setattr(charging, "sampled", lambda *_: None)
        quote = ti.price(whole)
    assert not quote.premium.pure.exact
    assert quote.premium.pure.standard_error < quote.simulated_pure.standard_error
    assert quote.warnings == (
        "the aggregate limit has no closed form: what it cuts of the pure premium is simulated",
    )
    assert quote.premium.pure.value == pytest.approx(
        ti.price(whole).premium.pure.value, abs=4 * quote.premium.pure.standard_error
    )


def test_the_range_of_expected_claims_is_what_parameters_leave_open():
    """One project whose form's cause is the only draw: q ~ Beta, so quantiles are those of q."""
    quote = ti.price(project(budget=1e6, risk_class="general"))
    span = quote.pure_range
    assert span.levels == (0.05, 0.95)
    assert span.low.value < quote.premium.pure.value < span.high.value
    items = np.zeros(1, dtype=np.int32)
    product = CATALOGUE.product("rd_loss")
    risk = rate(product, quote.request).portfolio
    other = Cohorts(seed=99, n=20_000)  # other years of another seed
    given = exact.conditional_mean(product.model, risk, items, other)[0]
    for edge, level in ((span.low, 0.05), (span.high, 0.95)):
        share = (given <= edge.value).mean()
        assert share == pytest.approx(level, abs=4 * (level * (1 - level) / 4096) ** 0.5 + 0.003)
    assert "What is not known" in quote.explain()


def test_what_a_quote_is_of(quote):
    product = CATALOGUE.product(quote.product)
    assert quote.product_version == product.version
    assert quote.currency == "CNY"
    assert quote.insured == product.example["insured"]["name"]
    assert 0 < quote.claim_probability.value < 1
    assert quote.payout_1_in_20.value <= quote.payout_1_in_200.value
    assert quote.order_of_terms[0] == "loss capped at the sum insured"
    assert quote.assumed == tuple(sorted(f.name for f in quote.factors if f.assumed))
    assert {entry.grade for entry in quote.evidence} <= set("ABCD")
    assert quote.receipt.seed == quote.request.simulation.seed == RUN["seed"]


def test_sums_insured_and_terms(quotes):
    assert {code: (q.sum_insured, q.term_months) for code, q in quotes.items()} == {
        "rd_loss": (6e6, 18), "equipment_loss": (36e6, 12), "patent": (4e6, 12),
        "first_set": (120e6, 36), "patent_overseas": (10e6, 12), "pilot": (5e6, 8),
    }  # fmt: skip
    assert quotes["equipment_loss"].terms["daily_cost"] == 20_000


def test_the_evidence_is_that_of_every_class_insured(quotes):
    """Inventions and utility models; of a chip project no other class."""
    classes = {code: {e.name.split(".classes.")[1].split(".")[0]
                      for e in q.evidence if ".classes." in e.name}
               for code, q in quotes.items()}  # fmt: skip
    assert classes == {
        "rd_loss": {"chip"}, "equipment_loss": {"lab"}, "patent": {"invention", "utility"},
        "first_set": {"equipment"}, "patent_overseas": {"united_states"}, "pilot": {"general"},
    }  # fmt: skip


def test_the_same_request_gives_the_same_quote(quotes, quote):
    again = ti.price(request(quote.product))
    assert again == quote
    assert json.dumps(again.to_dict(), allow_nan=False) == json.dumps(quote.to_dict())


def test_a_reference_that_the_caller_has_changes_no_bit(price, quotes):
    assert price(request("rd_loss")) == quotes["rd_loss"]


@pytest.mark.parametrize(
    "change", [{"seed": 8}, {"n_years": 1001}, {"digest": "0" * 64}], ids=lambda c: next(iter(c))
)
def test_another_runs_reference_is_refused(research, change):
    other = replace(research, **change)
    with pytest.raises(InvalidParameter, match="reference must be of seed 7, 1000 years and class"):
        ti.price(project(), reference=other)


# --- What the price depends on


def pure(price, **changes):
    return price(project(5e6, **changes)).premium.pure.value


def test_a_larger_deductible_or_share_or_a_limit_costs_less(price):
    for term, values in {
        "deductible": (0.0, 0.05, 0.1, 0.2, 0.3), "insured_share": (0.0, 0.2, 0.5, 0.8),
    }.items():  # fmt: skip
        prices = [price(project(5e6, {term: value})).premium for value in values]
        for one in ("pure", "charged"):
            amounts = [getattr(p, one).value for p in prices]
            assert amounts == sorted(amounts, reverse=True)
            assert len(set(amounts)) == len(amounts)
    limits = [pure(price, terms={"limit": limit}) for limit in (1e3, 1e5, 1e6, 1e7)]
    assert limits == sorted(limits)
    assert limits[-1] == pure(price)  # above the largest payment


def test_an_insured_share_scales_the_pure_premium(price):
    half, none = (pure(price, terms={"insured_share": share}) for share in (0.5, 0.0))
    assert half == pytest.approx(none / 2, rel=1e-12)


@pytest.mark.parametrize("name", RD.factors)
def test_a_higher_relativity_costs_more(price, name):
    levels = {k: v.on["odds"] for k, v in RD.factors[name].levels.items() if k != "unknown"}
    ranked = sorted(levels, key=levels.get)
    found = [
        pure(price, stage=level) if name == "stage" else pure(price, factors={name: level})
        for level in ranked
    ]
    assert found == sorted(found)
    assert len(set(found)) == len(set(levels.values()))


def test_a_supply_shock_is_extra_risk(price):
    assert pure(price, supply_exposed=True) > pure(price)


def test_the_respin_endorsement_costs_extra(price):
    chip = {"risk_class": "chip"}
    with_it = price(project(5e6, respin=True, **chip))
    assert with_it.premium.pure.value > pure(price, **chip)
    assert with_it.terms["respin_share"] == 0.5


def test_own_funds_are_the_sum_insured(price):
    part = price(project(8e6, own_funds=2e6))
    assert part.sum_insured == 2e6
    assert part.premium.pure == price(project(2e6)).premium.pure


def test_the_term_of_a_project_moves_no_rate(price):
    """Probabilities are per project, not per year."""
    short, long = (price(project(term_months=months)) for months in (12, 36))
    assert short.premium.pure == long.premium.pure
    assert (short.term_months, long.term_months) == (12, 36)


def test_the_insureds_name_moves_no_price(price):
    named = project() | {"insured": {"name": "甲", "stage": "growth"}}
    assert price(named).premium == price(project()).premium
    assert price(named).insured == "甲"


def test_a_small_project_is_priced_without_noise_of_its_own(price):
    assert price(project(5e5)).margin.basis == "conditional_mean"
    assert price(project(5e6)).margin.basis == "euler_share"


def all_to_the_insured(product):
    term = replace(product.terms["insured_share"], high=1.0)
    return replace(product, terms=product.terms | {"insured_share": term})


def test_where_the_insured_keeps_all_nothing_is_charged(research):
    """No shipped product offers it; where one does, zero is a number like others."""
    catalogue = Catalogue(products={"rd_loss": all_to_the_insured(RD)})
    quote = ti.price(project(5e6, {"insured_share": 1.0}), catalogue, research)
    figures = [quote.premium.charged, quote.rate, quote.claim_probability, quote.margin.tail,
               quote.payout_1_in_200, quote.expected_claims]  # fmt: skip
    assert [figure.value for figure in figures] == [0.0] * 6
    assert (quote.z_score, quote.warnings) == (0.0, ())
    json.dumps(quote.to_dict(), allow_nan=False)
    assert "charged 0" in str(quote)
    with pytest.raises(InvalidParameter, match=r"insured_share must be in \[0, 0.8\]"):
        ti.price(project(terms={"insured_share": 1.0}), reference=research)


def test_a_risk_that_never_struck_says_so():
    """0.001 suits a year: in 1,000 years there may be none, and no z-score can be judged."""
    factors = {"field": "chemical", "in_production": "no", "selection": "subsidised"}
    whole = {"product": "patent", "insured": {"factors": factors}, "simulation": dict(RUN),
             "exposure": {"groups": [{"sum_insured": 2e4, "risk_class": "utility"}]}}  # fmt: skip
    for seed in range(20):
        quote = ti.price(whole | {"simulation": {"n_years": 1000, "seed": seed}})
        json.dumps(quote.to_dict(), allow_nan=False)
        if quote.simulated_pure.value == 0:
            break
    assert quote.warnings[0] == (
        "no claim in 1,000 simulated years: simulated figures say nothing, take more years"
    )
    assert (quote.z_score, quote.claim_probability.exact) == (0, True)
    assert quote.premium.charged.value > 0


@pytest.mark.parametrize("budget", [0.01, 1.0, 1e15])
def test_amounts_at_their_bounds(price, budget):
    quote = price(project(budget))
    assert quote.rate.value == pytest.approx(price(project(budget * 1.0)).rate.value)
    assert all(math.isfinite(step.amount.value) for step in quote.premium.waterfall.steps)


# --- Requests


def test_defaults():
    asked = read(PriceRequest, {"product": "rd_loss", "exposure": {"budget": 1e6}})
    assert (asked.simulation.n_years, asked.simulation.seed) == (DEFAULT_YEARS, DEFAULT_SEED)
    assert (asked.insured.name, asked.insured.stage, asked.terms) == ("insured", "unknown", {})


def test_any_mapping_and_the_record_itself_are_requests(price, quotes):
    quote = quotes["rd_loss"]
    assert price(UserDict(request("rd_loss"))) == quote
    assert ti.price(read(PriceRequest, request("rd_loss"))) == quote


def test_a_request_that_is_changed_afterwards_leaves_the_quote_alone(price):
    """One dict, changed from scenario to scenario, is how people work."""
    whole = request("equipment_loss", terms={"deductible": 0.1})
    quote = price(whole)
    before = json.dumps(quote.to_dict())
    whole["exposure"]["items"][0]["value"] = 1.0
    whole["terms"]["deductible"] = 0.2
    assert json.dumps(quote.to_dict()) == before
    assert ti.verify(quote.to_dict()).reproduced


@pytest.mark.parametrize("depth", [200, 100_000])
def test_a_request_without_a_bottom_is_refused(depth):
    bottom = inner = {}
    for _ in range(depth):
        inner["a"] = inner = {}
    for part in ("exposure", "terms", "insured", "simulation", "product"):
        with pytest.raises(InvalidParameter):
            ti.price(project() | {part: bottom})


def changed(code="rd_loss", **parts):
    return request(code) | parts


@pytest.mark.parametrize(
    ("whole", "pointer", "told"),
    [
        (changed(colour=1), "/colour", "is not a known key"),
        (changed(insured={"nam": "x"}), "/insured/nam", "is not a known key"),
        (changed(insured={"name": ""}), "/insured/name", "1 character"),
        (changed(insured={"name": "a\nb"}), "/insured/name", "no control character"),
        (changed(insured={"name": 5}), "/insured/name", "must be a valid string"),
        (changed(insured={"factors": {"trl": 3}}), "/insured/factors/trl", "valid string"),
        (changed(insured=[]), "/insured", "must be an object with named fields"),
        (changed(exposure={}), "/exposure/budget", "is required"),
        (changed(exposure={"budget": True}), "/exposure/budget", "must be a valid number"),
        (changed(exposure={"budget": "1e6"}), "/exposure/budget", "must be a valid number"),
        (changed(exposure={"budget": math.nan}), "/exposure/budget", "finite"),
        (changed(exposure={"budget": 10**5000}), "/exposure/budget", "must be a valid number"),
        (changed(exposure={"budget": 1e6, "kind": "site"}), "/exposure/kind", "'project'"),
        (changed(exposure={"budget": 1e6, "term_months": 1.5}), "/exposure/term_months", "integer"),
        (changed(exposure={"budget": 1e6, "respin": 1}), "/exposure/respin", "valid boolean"),
        (changed(exposure=7), "/exposure", "must be an object"),
        (changed(terms={"deductible": True}), "/terms/deductible", "must be a valid"),
        (changed(terms={"deductible": None}), "/terms/deductible", "must be a valid"),
        (changed(terms={"deductible": math.inf}), "/terms/deductible", "must be a"),
        (changed(terms={"deductible": "0.1"}), "/terms/deductible", "write it without quotes"),
        (changed(as_of="2026-13-01"), "/as_of", "must be a date"),
        (changed(simulation={"n_years": 999}), "/simulation/n_years", "must be in [1000, 2000000]"),
        (changed(simulation={"n_years": 2_000_001}), "/simulation/n_years", "must be in [1000"),
        (changed(simulation={"n_years": 1e3}), "/simulation/n_years", "integer"),
        (changed(simulation={"n_years": True}), "/simulation/n_years", "integer"),
        (changed(simulation={"seed": -1}), "/simulation/seed", "must be in [0, 9007199254740992]"),
        (changed(simulation={"seed": 2**53 + 1}), "/simulation/seed", "must be in [0, 90071"),
        (changed(simulation={"seed": "7"}), "/simulation/seed", "must be a valid integer"),
        (changed(product=7), "/product", "must be a valid string"),
        ({}, "/product", "is required"),
        ([], "", "must be an object with named fields"),
        (None, "", "must be an object with named fields"),
        ("rd_loss", "", "must be an object with named fields"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(whole, pointer, told):
    faults = refused(whole)
    assert pointer in faults
    assert told in faults[pointer]


def test_a_product_that_does_not_exist():
    with pytest.raises(NotFound, match="did you mean 'rd_loss'"):
        ti.price(changed(product="rd_los"))


# --- Reading a quote


def test_a_quote_prints_what_matters(quote):
    told, name = str(quote), quote.request.insured.name
    assert told.startswith(f"{quote.product} for {name}: charged {quote.premium.charged}")
    assert f"{100 * quote.rate.value:.3f}% of {quote.sum_insured:,.0f} CNY" in told
    assert "\n" not in told
    assert str(quote.premium) == f"charged {quote.premium.charged}"


def test_a_quote_explains_itself(quote):
    text = quote.explain()
    lines = text.splitlines()
    assert lines[0].startswith(f"{quote.title['en']} for {quote.insured}: ")
    for step in quote.premium.waterfall.steps[7:]:
        if step.amount.value:
            assert any(step.name.replace("_", " ") in line and step.pays_for in line
                       for line in lines)  # fmt: skip
    assert "reinsurance: nothing, no pool with a reinsurance programme is given" in text
    assumed = next((line for line in lines if line.startswith("Not given")), "")
    for factor in quote.factors:
        assert not factor.assumed or factor.title["en"] in assumed or "more." in assumed
    assert "8% a year on the risk's share of the mean of the worst 0.5%" in text
    grades = sum(1 for entry in quote.evidence if entry.grade == "D")
    assert f"Expert opinion (grade D): {grades} of the {len(quote.evidence)} numbers" in text
    for warning in quote.warnings:
        assert f"Warning: {warning}" in lines


def test_the_premium_as_a_table(quote):
    frame = quote.to_frame()
    assert list(frame.columns) == ["line", "amount", "standard_error", "pays_for"]
    assert frame["amount"].sum() == pytest.approx(quote.premium.charged.value)
    assert list(frame["line"]) == LINES


# --- The receipt


def test_the_receipt_has_a_digest_of_every_leaf_of_the_request(quote):
    whole = dict(leaves(quote.to_dict()["request"]))
    digests = quote.receipt.digests
    assert {f"request{path}" for path in whole} | {"product", "reference"} == set(digests)
    assert all(digests[f"request{path}"] == leaf_digest(value) for path, value in whole.items())


def test_leaves_are_pointers():
    document = {"a": {"b/c": [1, {"~": None}]}, "d": [], "e": {}}
    assert list(leaves(document)) == [
        ("/a/b~1c/0", 1), ("/a/b~1c/1/~0", None), ("/d", []), ("/e", {}),
    ]  # fmt: skip


def test_a_number_has_one_digest_whichever_way_it_is_written():
    assert leaf_digest(8_000_000) == leaf_digest(8e6) != leaf_digest("8000000")
    assert len({leaf_digest(v) for v in (True, 1, "1", None, "", 2**53 + 2, 1.5)}) == 7


def test_rating_is_what_is_priced(quote):
    product = CATALOGUE.product(quote.product)
    held = rate(product, read(PriceRequest, request(quote.product))).portfolio
    assert held.sum_insured.sum() == quote.sum_insured
