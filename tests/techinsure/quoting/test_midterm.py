"""Policies cancelled or changed within their term: by hand from the quote and the risk pattern."""

import pytest

import techinsure as ti
from techinsure.errors import InvalidParameter, Undefined
from techinsure.pricing.over_time.midterm import EARNED
from techinsure.pricing.over_time.pattern import risk_pattern
from techinsure.pricing.over_time.staged_pattern import exact_pattern, project_ends
from techinsure.quotes import PriceRequest
from techinsure.quoting.midterm import midterm, moment_of
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.simulation import Simulation, cohort_blocks, simulate
from tests.techinsure.asked import CATALOGUE, RUN, project, request

RISK = {**project(1e6, term_months=36), "drivers": False}
RD = CATALOGUE.product("rd_loss")


@pytest.fixture(scope="module")
def quote():
    return ti.price(RISK)


@pytest.fixture(scope="module")
def cancelled():
    return midterm({"risk": RISK, "months": 12})


def portfolio_of(asked):
    return rate(CATALOGUE.product(asked["product"]), read(PriceRequest, asked)).portfolio


def test_the_refund_is_what_is_not_earned(quote, cancelled):
    moment = exact_pattern(RD.model, portfolio_of(RISK), 0, [1.0]).at(1.0)
    share = {"at_inception": 0.0, "with_risk": moment.share.value, "with_time": 2 / 3}
    steps = quote.premium.waterfall.steps
    left = sum(step.amount.value * share[EARNED[step.name]] for step in steps)
    done = cancelled.cancellation
    assert done.refund.amount_minor == pytest.approx(100 * left, abs=1)
    assert done.still_due.amount_minor == 0
    assert cancelled.before.basis == "exact"
    assert cancelled.before.charged.value == pytest.approx(quote.premium.charged.value, rel=1e-12)
    assert cancelled.after is cancelled.endorsement is None
    assert sum(line.amount for line in done.unearned.lines) == pytest.approx(
        quote.premium.charged.value
    )


def test_what_was_not_paid_is_not_given_back(cancelled):
    less = midterm({"risk": RISK, "months": 12, "paid": "10000.00"}).cancellation
    whole = cancelled.cancellation
    paid = whole.paid.amount_minor
    assert less.refund.amount_minor == whole.refund.amount_minor - (paid - 1_000_000)
    nothing = midterm({"risk": RISK, "months": 12, "paid": "0"}).cancellation
    assert nothing.refund.amount_minor == 0
    assert nothing.still_due.amount_minor == paid - whole.refund.amount_minor


def test_a_change_is_charged_for_what_remains():
    change = {"name": "20%", "terms": {"deductible": 0.2}}
    found = midterm({"risk": RISK, "months": 12, "change": change})
    other = ti.price({**RISK, "terms": {"deductible": 0.2}})
    assert found.after.charged.value == pytest.approx(other.premium.charged.value, rel=1e-12)
    difference = found.endorsement.after.total.value - found.endorsement.before.total.value
    assert difference < 0
    assert found.endorsement.charge.amount_minor == pytest.approx(100 * difference, abs=1)
    same = midterm({"risk": RISK, "months": 12, "change": {"name": "same", "stage": "growth"}})
    assert same.endorsement.charge.amount_minor == 0


def test_patterns_of_others_are_simulated_in_the_years_of_the_request():
    asked = request("equipment_loss")
    run = read(PriceRequest, asked).simulation
    product, risk = CATALOGUE.product("equipment_loss"), portfolio_of(asked)
    moment, basis = moment_of(product, risk, 0.5, run)
    table = simulate(risk, {product.code: product.model}, seed=run.seed, n_years=run.n_years)
    assert (moment, basis) == (risk_pattern(table, [0.5]).at(0.5), "simulated")


def test_a_project_under_an_aggregate_limit_has_left_when_it_failed():
    """The exact pattern is before aggregate limits, so it is not taken."""
    asked = {**RISK, "terms": {"aggregate_limit": 2e5}} if "aggregate_limit" in RD.terms else RISK
    risk, run = portfolio_of(asked), Simulation(**RUN)
    from dataclasses import replace

    import numpy as np

    n = len(risk.terms.limit)
    terms = replace(risk.terms, aggregate=np.zeros(n, np.int64), aggregate_limit=np.full(n, 3e5))
    limited = replace(risk, terms=terms)
    moment, basis = moment_of(RD, limited, 1.0, run)
    ended = project_ends(RD.model, limited, 0, cohort_blocks(run.seed, run.n_years))
    table = simulate(limited, {"rd_loss": RD.model}, seed=run.seed, n_years=run.n_years)
    assert basis == "simulated"
    assert moment == risk_pattern(table, [1.0], ended=ended).at(1.0)
    assert moment.in_force.value < 1


@pytest.mark.parametrize(
    ("changes", "pointer", "words"),
    [
        ({"months": 36}, "/months", "less than the term, 36"),
        ({"months": 0}, "/months", "must be > 0"),
        ({"paid": "1e3x"}, "/paid", "paid"),
        ({"paid": "99999999"}, "/paid", "must be in \\[0, "),
        ({"risk": {**RISK, "terms": {"deductible": 7.0}}}, "/risk/terms/deductible", "must be in"),
        ({"change": {"name": "x", "terms": {"deductible": 7.0}}}, "/change/terms/deductible",
         "must be in"),
        ({"risk": {**RISK, "tolerance": {"relative_error": 0.1}}}, "/risk/tolerance", "absent"),
    ],
)  # fmt: skip
def test_faults_point_into_the_request(changes, pointer, words):
    with pytest.raises(InvalidParameter, match=words) as caught:
        midterm({"risk": RISK, "months": 12, **changes})
    assert pointer in {fault.pointer for fault in caught.value.faults}


def test_what_has_no_pattern_is_refused_by_name():
    with pytest.raises(Undefined, match="joined parts"):
        midterm({"risk": {**request("pilot"), "drivers": False}, "months": 3})
