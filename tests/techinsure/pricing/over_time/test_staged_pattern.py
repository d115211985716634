"""The pattern of projects: closed forms, an independent integral, and simulation beside them."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter, Undefined
from techinsure.exact import staged as exact
from techinsure.models.stages import Phase, StagedClass
from techinsure.pricing.over_time.pattern import exact_years, policy_years, risk_pattern
from techinsure.pricing.over_time.staged_pattern import exact_pattern, project_ends
from techinsure.quotes import PriceRequest
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.simulation import cohort_blocks, simulate
from tests.techinsure import asked, builders
from tests.techinsure.models.staged_cases import (
    frailty,
    prior,
    projects,
    staged,
)

YEARS, SEED = 8192, 5
CASES = {
    "general": (staged(), {"months": 36}),
    "respin and shock": (
        staged(shock=0.2), {"class": "chip", "respin": 1.0, "exposed": True, "route": "r"},
    ),
    "compensated": (
        staged(shock=0.2, compensated=True), {"class": "chip", "exposed": True, "months": 18},
    ),
    "late entry, begun later": (staged(), {"entry": 1, "inception": 0.25, "months": 12}),
    "relativity not known": (staged(), {"class": "biopharma", "odds": 1.5, "error": 0.5}),
    "frailty": (staged(frailty(0.4)), {"class": "material", "route": "r", "form": "named"}),
}  # fmt: skip


def simulated(model, portfolio, times):
    table = simulate(portfolio, {"rd_loss": model}, seed=SEED, n_years=YEARS)
    ended = project_ends(model, portfolio, 0, cohort_blocks(SEED, YEARS))
    return risk_pattern(table, times, ended=ended)


@pytest.mark.parametrize("case", CASES)
def test_both_engines_agree(case):
    model, row = CASES[case]
    portfolio = projects([row])
    term = float(portfolio.term[0])
    times = [part * term for part in (0.1, 0.25, 0.4, 0.5, 0.7, 0.9, 1.0)]
    drawn, known = simulated(model, portfolio, times), exact_pattern(model, portfolio, 0, times)
    for one, other in zip(drawn.moments, known.moments, strict=True):
        for name in ("in_force", "remaining", "share"):
            assert abs(getattr(one, name).z_score(getattr(other, name))) <= 4, (name, one.time)


@pytest.mark.parametrize("case", CASES)
def test_the_whole_is_the_exact_mean(case):
    model, row = CASES[case]
    portfolio = projects([row])
    pattern = exact_pattern(model, portfolio, 0, [0.0])
    mean = exact.mean(model, portfolio, np.array([0], np.int32))[0]
    assert pattern.whole.value == pytest.approx(mean, rel=1e-12)
    assert pattern.at(0.0).share.value == 1
    assert pattern.whole.exact


@pytest.mark.parametrize("case", ["general", "respin and shock"])
def test_policy_years_of_both_engines_agree(case):
    model, row = CASES[case]
    portfolio = projects([row])
    ends = [*map(float, range(round(float(portfolio.term[0])) + 1))]
    known = exact_years(exact_pattern(model, portfolio, 0, ends))
    drawn = policy_years(simulate(portfolio, {"rd_loss": model}, seed=SEED, n_years=YEARS))
    assert sum(year.share.value for year in known) == pytest.approx(1, rel=1e-12)
    for one, other in zip(drawn, known, strict=True):
        assert abs(one.expected.z_score(other.expected)) <= 4
        assert abs(one.share.z_score(other.share)) <= 4


def single(fail=0.4):
    """One phase in which spending runs evenly, a share 0.6 of causes insured, no deductible."""
    model = staged(
        phases=(Phase(name="lab", budget_share=prior(1.0), duration=prior(1.0)),),
        spend=dataclasses.replace(prior(0.5, 3**-0.5), family="beta"),
        classes={"general": StagedClass(title={}, fail={"lab": prior(fail)})},
    )
    portfolio = projects([{"months": 12}], terms=builders.terms(2))
    return model, portfolio


@pytest.mark.parametrize("u", [0.0, 0.25, 0.5, 0.9])
def test_one_phase_in_closed_form(u):
    """To come 0.85 * 0.6 * q * 100 * (1 - u**2) / 2, in force 1 - q u."""
    model, portfolio = single()
    moment = exact_pattern(model, portfolio, 0, [u]).at(u)
    assert moment.in_force.value == pytest.approx(1 - 0.4 * u, rel=1e-12)
    left = 85 * 0.6 * 0.4 * (1 - u**2) / 2 / (1 - 0.4 * u)
    assert moment.remaining.value == pytest.approx(left, rel=1e-9)
    assert moment.share.value == pytest.approx((1 - u**2) / (1 - 0.4 * u), rel=1e-9)


def test_three_years_by_an_independent_integral():
    """General class, phases that end at 0.75, 1.875 and 3 years, deductible 10, share 40%: the
    payment of each moment of failure summed over 200,000 of them."""
    ends, cumulated, budget = [0.75, 1.875, 3.0], [0.0, 0.25, 0.6], [0.25, 0.35, 0.40]
    fail, alive = [0.20, 0.15, 0.10], 1.0
    middle = (np.arange(200_000) + 0.5) / 200_000
    spend = stats.beta(2.0, 1.2).ppf(middle)
    moments, paid, weight = [], [], []
    for k, end in enumerate(ends):
        start = ends[k - 1] if k else 0.0
        moments.append(start + (end - start) * middle)
        paid.append(0.6 * np.maximum(85 * (cumulated[k] + budget[k] * spend) - 10, 0))
        weight.append(np.full(len(middle), alive * fail[k] / len(middle)))
        alive *= 1 - fail[k]
    moment, cost, chance = (np.concatenate(part) for part in (moments, paid, weight))
    whole = 0.6 * (cost * chance).sum()
    portfolio, times = projects([{"months": 36}]), [0.5, 1.0, 1.5, 2.0, 2.5]
    pattern = exact_pattern(staged(), portfolio, 0, times)
    assert pattern.whole.value == pytest.approx(whole, rel=1e-5)
    for time in times:
        later = moment >= time
        in_force = 1 - chance[~later].sum()
        share = 0.6 * (cost * chance)[later].sum() / in_force / whole
        assert pattern.at(time).in_force.value == pytest.approx(in_force, abs=1e-5)
        assert pattern.at(time).share.value == pytest.approx(share, rel=1e-4)


def product_pattern(risk_class, times):
    product = shipped().product("rd_loss")
    wanted = asked.project(risk_class=risk_class, term_months=36)
    portfolio = rate(product, read(PriceRequest, wanted)).portfolio
    return exact_pattern(product.model, portfolio, 0, times)


@pytest.mark.parametrize("risk_class", ["general", "software", "chip", "material", "biopharma"])
def test_a_project_that_came_through_a_year_of_three_is_worth_more_than_pro_rata(risk_class):
    """More than all that was expected of it in every class but software, whose risk is small."""
    moment = product_pattern(risk_class, [1.0]).at(1.0)
    assert moment.pro_rata == pytest.approx(2 / 3)
    assert moment.share.value > (0.95 if risk_class == "software" else 1.0)


@pytest.mark.parametrize("case", CASES)
def test_survival_falls_and_nothing_jumps_but_a_repeated_tape_out(case):
    model, row = CASES[case]
    portfolio = projects([row])
    times = np.linspace(0, portfolio.term[0], 301).tolist()
    listed = exact_pattern(model, portfolio, 0, times).moments
    in_force = np.array([moment.in_force.value for moment in listed])
    to_come = np.array([moment.remaining.value for moment in listed]) * in_force
    assert (np.diff(in_force) <= 0).all()
    assert (np.diff(to_come) <= 1e-12).all()
    assert to_come[-1] == 0
    steps = -np.diff(to_come) / to_come[0]
    assert (steps > 0.02).sum() == (1 if row.get("respin") else 0)


def test_a_project_ends_from_any_cause():
    model, portfolio = CASES["general"][0], projects([{"months": 36}])
    blocks = cohort_blocks(SEED, YEARS)
    ended = project_ends(model, portfolio, 0, blocks)
    table = simulate(portfolio, {"rd_loss": model}, seed=SEED, n_years=YEARS)
    assert (ended[table.year].astype(np.float32) == table.time).all()
    failed = np.isfinite(ended).mean()
    assert failed == pytest.approx(1 - 0.8 * 0.85 * 0.9, abs=4 * (0.24 / YEARS) ** 0.5)
    parts = [project_ends(model, portfolio, 0, [block]) for block in blocks]
    assert np.array_equal(np.concatenate(parts), ended)


def test_a_tape_out_without_failure_ends_nothing():
    portfolio = projects([{"class": "chip", "respin": 1.0}])
    table = simulate(portfolio, {"rd_loss": staged()}, seed=SEED, n_years=2048)
    ended = project_ends(staged(), portfolio, 0, cohort_blocks(SEED, 2048))
    respins = table.year[table.cause == 1]
    assert np.isinf(ended[respins]).any()


def test_what_has_no_answer_says_so():
    with pytest.raises(Undefined, match="waiting period"):
        exact_pattern(staged(), projects([{"waiting": 0.5}]), 0, [1.0])
    nothing = dataclasses.replace(projects([{}]), terms_of=np.full((1, 2), -1, np.int32))
    with pytest.raises(Undefined, match="no payment is expected"):
        exact_pattern(staged(), nothing, 0, [1.0])
    with pytest.raises(InvalidParameter, match=r"times\[0\] must be in \[0, 2\]"):
        exact_pattern(staged(), projects([{}]), 0, [2.5])
    with pytest.raises(InvalidParameter, match="at least one block"):
        project_ends(staged(), projects([{}]), 0, [])
